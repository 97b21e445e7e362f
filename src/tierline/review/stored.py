"""Finds single rows and counts in a lake for those who show them to people, without reading whole tables."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.errors import NotWritten
from tierline.lake import Lake
from tierline.tables import TABLES


def row_of(lake: Lake, table: str, shard: str, key: str, columns: tuple[str, ...]) -> dict[str, Any] | None:
    """These columns of one row, promoted or not; None if it is not there. Reads the column of keys and the row groups that hold the row."""
    name = TABLES[table].key
    try:
        manifest = lake.manifest(table, shard)
    except NotWritten:
        return None
    place = pc.index(lake.read_manifest(manifest, [name])[name], pa.scalar(key)).as_py()
    return None if place < 0 else {column: next(lake.pick(manifest, [place], column)) for column in columns}


def rows_of(lake: Lake, table: str, shard: str, keys: set[str], columns: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """These columns of the rows with these keys, by key."""
    name = TABLES[table].key
    if not keys:
        return {}
    try:
        rows = lake.read(table, shard, [name, *columns])
    except NotWritten:
        return {}
    return {row[name]: row for row in rows.filter(pc.is_in(rows[name], pa.array(sorted(keys), pa.string()))).to_pylist()}


def count_rows(lake: Lake, table: str) -> int:
    """Promoted rows of a table, by its manifests."""
    return sum(manifest.rows for manifest in lake.promoted(table))


def fan_out(lake: Lake, table: str, *made: str) -> float:
    """Mean number of rows that rest on one promoted row of a table, itself included: 1 and those of the tables `made` of it."""
    whole = count_rows(lake, table)
    return 1.0 + (sum(count_rows(lake, name) for name in made) / whole if whole else 0.0)
