"""Reads the few rows that a page shows, by their places: of each shard only the row groups that hold one of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tierline.audit.find import Place
from tierline.display import one_line
from tierline.errors import BadInput
from tierline.lake import Lake, Manifest
from tierline.tables import TABLES

Row = dict[str, Any]
CELL = 160  # characters of a cell
LISTED = 6  # columns of a table that names none for people


def shown_columns(table: str) -> list[str]:
    """The columns of a list of a table's rows, its key first."""
    spec = TABLES[table]
    return list(dict.fromkeys((spec.key, *(spec.preview or list(spec.fields)[:LISTED]))))


def read_rows(lake: Lake, places: Iterable[Place], columns: Sequence[str]) -> dict[Place, Row]:
    """These columns of the rows at these places. Damaged, LakeUnavailable."""
    by_part: dict[tuple[str, str], list[Place]] = {}
    for one in dict.fromkeys(places):
        by_part.setdefault((one.table, one.shard), []).append(one)
    found: dict[Place, Row] = {}
    for (table, shard), own in by_part.items():
        own.sort(key=lambda one: one.place)
        manifest, rows = lake.manifest(table, shard), [one.place for one in own]
        there = [name for name in columns if name in TABLES[table].fields]
        values = [lake.pick(manifest, rows, name) for name in there]
        found |= {one: dict(zip(there, row, strict=True)) for one, *row in zip(own, *values, strict=True)}
    return found


def rows_from(lake: Lake, manifest: Manifest, first: int, count: int, columns: Sequence[str]) -> list[Row]:
    """Rows of a shard in the table's order, from number `first` on. BadInput for a number that is none."""
    if first < 0:
        raise BadInput("no row has this number", str(first), "give 0 or more")
    places = list(range(first, min(first + count, manifest.rows)))
    values = [lake.pick(manifest, places, name) for name in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def cell(value: Any, limit: int = CELL) -> str:
    """A value in one line."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes: {value[:24].hex()}"
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str), limit)


def headline(row: Row) -> str:
    """What a row is about, of the columns that there are."""
    if row.get("predicate"):
        return f"{row['subject']}, {row['predicate']}: {row['object']}"
    names = ("title", "heading", "question", "text", "quote", "url")
    return one_line(next((row[name] for name in names if row.get(name)), ""), CELL)


HEADLINE = ("subject", "predicate", "object", "title", "heading", "question", "text", "quote", "url")
