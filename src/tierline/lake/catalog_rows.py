"""How a catalog keeps records: as JSON in SQLite, found by the stage and shard that they are of."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

Row = dict[str, Any]
Where = dict[str, str]  # stage, shard, or both


def clause_of(name: str, where: Where | None) -> tuple[str, tuple[str, ...]]:
    return " and ".join(["name = ?", *(f"{column} = ?" for column in where or {})]), (name, *(where or {}).values())


def partition(path: str) -> tuple[str, str]:
    """(stage, shard) that the folders of a path name; empty if they do not."""
    values = {key: unquote(value) for key, _, value in (folder.partition("=") for folder in path.split("/")[:-1])}
    return values.get("stage", ""), values.get("shard", "")


@cache
def fingerprint(schema: pa.Schema | None) -> str:
    return "" if schema is None else sha256(str(schema).encode()).hexdigest()[:16]


def plain(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"records hold a {type(value).__name__}")


def row_of(text: str, schema: pa.Schema) -> Row:
    stored: Row = json.loads(text)
    row: Row = {name: stored.get(name) for name in schema.names}
    for field in schema:
        if row[field.name] is not None and pa.types.is_timestamp(field.type):
            row[field.name] = datetime.fromisoformat(row[field.name])
        elif row[field.name] is not None and pa.types.is_date(field.type):
            row[field.name] = date.fromisoformat(row[field.name])
    return row
