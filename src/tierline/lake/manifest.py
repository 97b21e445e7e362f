"""What a lake records of one table's shard, and its rows as they were written, read a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tierline.lake.delta import DeltaFolder
from tierline.tables import TABLES


@dataclass(frozen=True, slots=True)
class Manifest:
    """The lake's record of one table's shard: number of rows, content digest, files, and inputs.

    `stage_digest` covers every table of the stage's activity; verdicts are bound to it. `row_root`: of the tree over its rows; empty in
    what was written before there was one.
    """

    table: str
    stage: str
    shard: str
    rows: int
    digest: str
    files: tuple[str, ...]
    inputs: dict[str, str]
    activity_id: str
    stage_digest: str
    row_root: str = ""


class StoredRows:
    """The rows of a manifest, read from the lake again in each pass, in the table's order."""

    def __init__(self, delta: DeltaFolder, manifest: Manifest, columns: list[str] | None = None) -> None:
        whole = TABLES[manifest.table].schema
        self._delta, self._manifest, self._whole = delta, manifest, whole
        self.schema = whole if columns is None else pa.schema([whole.field(column) for column in columns])

    @property
    def num_rows(self) -> int:
        """As the activity recorded it."""
        return self._manifest.rows

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of bounded size."""
        yield from self._delta.stream_files(self._manifest.table, self._manifest.files, self._whole, self.schema.names)


def manifest_of(row: dict[str, Any], table: str) -> Manifest:
    """The manifest of one table from an activity's row."""
    output = next(output for output in row["outputs"] if output["table"] == table)
    return Manifest(
        table, TABLES[table].stage, row["shard"], output["rows"], output["digest"], tuple(output["files"]),
        json.loads(row["inputs"]), row["activity_id"], row["digest"], json.loads(row["row_roots"] or "{}").get(table, ""),
    )  # fmt: skip
