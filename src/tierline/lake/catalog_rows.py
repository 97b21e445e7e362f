"""How a catalog keeps records: as JSON in SQLite, found by the stage and shard that they are of."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from sys import intern
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

Row = dict[str, Any]
Where = dict[str, str]  # stage, shard, or both
ALIKE = (
    "stage",
    "shard",
    "code_version",
    "parameters",
    "weights",
    "model_id",
    "model_digest",
    "prompt_sha256",
    "engine",
    "suite",
    "suite_sha256",
)


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
    """A record as it was written. All records of a table share the names of their columns, and what most shards have alike."""
    stored: Row = json.loads(text)
    names, times, days = _form(schema)
    row: Row = {name: stored.get(name) for name in names}
    for name in times:
        row[name] = row[name] and datetime.fromisoformat(row[name])
    for name in days:
        row[name] = row[name] and date.fromisoformat(row[name])
    for name in ALIKE:
        if row.get(name):
            row[name] = intern(row[name])
    return row


@cache
def _form(schema: pa.Schema) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names of all columns, of the moments and of the days among them."""
    times = tuple(field.name for field in schema if pa.types.is_timestamp(field.type))
    days = tuple(field.name for field in schema if pa.types.is_date(field.type))
    return tuple(schema.names), times, days
