"""What the index holds of a row: its words, whose text it repeats, what it was made from, and the names by which people look for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from tierline.audit.words import composed
from tierline.lineage.trace import parents_of
from tierline.stages import PREFIX_TABLES, STAGES, stage_of
from tierline.tables import TABLES

Fields = dict[str, Any]  # of one row: names of the index's fields -> value, or list of values


def carries_text_of(table: str) -> str:
    """The table of whose rows this table's rows hold the very text, under the same id; "" if its texts are its own."""
    fields = TABLES[table].fields
    for parent in stage_of(table).parents:
        same = fields["text"].description == TABLES[parent].fields["text"].description if "text" in TABLES[parent].fields else False
        if same and TABLES[parent].key == TABLES[table].key and fields["text"].sources == (f"{parent}.text",):
            return parent
    return ""


# Tables of a tier with texts of their own, and those whose rows repeat the texts of others.
TEXTS = tuple(stage.name for stage in STAGES if TABLES[stage.name].tier and "text" in TABLES[stage.name].fields)
SEARCHED = tuple(table for table in TEXTS if not carries_text_of(table))
CARRIED = {table: parent for table in TEXTS if (parent := carries_text_of(table))}
MIXES = tuple(stage.name for stage in STAGES if stage.phase)
TRACED = tuple(dict.fromkeys(table for tables in PREFIX_TABLES.values() for table in tables))  # whose rows have ids that people follow
INDEXED = tuple(dict.fromkeys((*SEARCHED, *CARRIED, *MIXES, *TRACED)))
PAGE_NAMES, STATED_NAMES = ("url", "title"), ("subject", "predicate", "object", "entity")
NAMES = (*PAGE_NAMES, *STATED_NAMES)  # columns with fields of their own in the index
LINKS = ("parents", "parent_table", "source_table")


def named_columns(table: str) -> list[str]:
    """The columns by which its rows are looked for: of pages where they come from, of what is stated the statement."""
    fields = TABLES[table].fields
    wanted = STATED_NAMES if "predicate" in fields else () if stage_of(table).parents else PAGE_NAMES
    return [name for name in wanted if name in fields]


def text_columns(table: str) -> list[str]:
    """The columns whose words are searched."""
    return [name for name in ("question", "text") if name in TABLES[table].fields]


def original(table: str, row_id: str) -> str:
    """How a row is named by those that repeat its text, or were made from it."""
    return f"{table}/{row_id}"


def link_columns(table: str) -> list[str]:
    """The columns that say what its rows were made from (`parents_of`)."""
    keys = dict.fromkeys(TABLES[parent].key for parent in stage_of(table).parents)
    return [name for name in (*LINKS, *keys) if name in TABLES[table].fields]


def columns_of(table: str) -> list[str]:
    """The columns that indexing a table reads."""
    texts = text_columns(table) if table in SEARCHED else []
    return list(dict.fromkeys((TABLES[table].key, *link_columns(table), *named_columns(table), *texts)))


def fields_of(table: str, batch: pa.RecordBatch) -> Iterator[Fields]:
    """Of each row of a batch with the columns of `columns_of`."""
    key, names, repeats = TABLES[table].key, named_columns(table), table in CARRIED or table in MIXES
    words = texts(batch) if table in SEARCHED else iter(())
    for row in batch.select([name for name in batch.schema.names if name not in ("question", "text")]).to_pylist():
        parents = [original(*parent) for parent in parents_of(table, row)]
        own: Fields = {"row": row[key], "parent": parents} | {name: composed(row[name]) for name in names if row[name]}
        if repeats:
            own["copy_of"] = parents
        elif text := next(words, ""):
            own["text"] = text
        yield own


def texts(batch: pa.RecordBatch) -> Iterator[str]:
    """The searched text of each row: what it asks, if it does, and what it says."""
    columns = [batch.column(name).to_pylist() for name in batch.schema.names if name in ("question", "text")]
    return (composed("\n".join(filter(None, row))) for row in zip(*columns, strict=True))
