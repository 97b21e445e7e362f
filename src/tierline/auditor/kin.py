"""What was made from a row, step by step in the index, so that no table is read: counts of every table and the first rows of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tierline.audit.find import Place, Texts
from tierline.audit.index_rows import TRACED
from tierline.stages import STAGES

FOLLOWED = 500  # rows of a table that are followed further: what was made from the others is not counted
ORDER = [name for stage in STAGES for name in stage.tables]
TABLES_IN_ORDER = tuple(sorted(TRACED, key=ORDER.index))


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of a table that were made from one row, directly or through others. `total` is how many there are; at least so many if not
    `is_whole`, because only some of the rows between were followed."""

    table: str
    rows: tuple[Place, ...]
    total: int
    is_whole: bool = True


def made_from(texts: Texts, table: str, row_id: str) -> Mapping[str, Made]:
    """By table, in graph order; tables with no such row are left out."""
    reached = {table: [row_id]}
    whole, found = {table: True}, dict[str, Made]()
    for name in TABLES_IN_ORDER[TABLES_IN_ORDER.index(table) + 1 :] if table in TABLES_IN_ORDER else ():
        rows, total = texts.made_from([(one, key) for one, keys in reached.items() for key in keys], name, FOLLOWED)
        if total:
            found[name] = Made(name, tuple(rows), total, all(whole.values()))
            reached[name], whole[name] = [row.row_id for row in rows], all(whole.values()) and total <= FOLLOWED
    return found


def listed(texts: Texts, table: str, row_id: str, of: str, first: int, count: int) -> tuple[list[Place], int]:
    """(rows of the table `of` that were made from a row, behind the first ones; how many there are), as `made_from` counts them."""
    between = made_from(texts, table, row_id)
    sources = [(table, row_id), *((name, row.row_id) for name, one in between.items() if name != of for row in one.rows)]
    return texts.made_from(sources, of, count, first)
