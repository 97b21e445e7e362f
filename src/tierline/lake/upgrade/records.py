"""What an older lake says about itself: every activity, present and replaced, with the verdicts on it; read as the files have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from tierline.errors import LakeUnavailable
from tierline.lake.delta import UNREADABLE, DeltaFolder

Row = dict[str, Any]
EVERY = {"stage", "shard", "digest", "parameters", "inputs", "outputs", "before", "started_at", "ended_at"}  # columns of activities


@dataclass(frozen=True, slots=True)
class Recorded:
    """An activity and the verdicts on its stage and shard, each with the file that holds it."""

    file: str
    row: Row
    verdicts: tuple[tuple[str, Row], ...]
    current: bool

    @property
    def place(self) -> tuple[str, str]:
        """Stage and shard."""
        return self.row["stage"], self.row["shard"]

    @property
    def judged(self) -> list[Row]:
        """The verdicts on exactly these rows."""
        return [row for _, row in self.verdicts if row["digest"] == self.row["digest"]]


def read_records(delta: DeltaFolder) -> list[list[Recorded]]:
    """For every stage and shard its activities, the newest first. LakeUnavailable if a present one cannot be read."""
    return [list(_chain(delta, file)) for file in delta.files("activities")]


def read_rows(delta: DeltaFolder, table: str, file: str) -> list[Row]:
    """Rows of one file of records, with the columns that its folders name. Raises one of UNREADABLE."""
    found = read_file(delta, table, file)
    return [row | partition(file) for row in found.to_pylist()]


def read_file(delta: DeltaFolder, table: str, file: str) -> pa.Table:
    """A file of records as it is. Raises one of UNREADABLE."""
    with delta.root_filesystem().open_input_file(f"{table}/{file}") as source:
        return pq.ParquetFile(source).read(use_threads=False)


def partition(file: str) -> dict[str, str]:
    """Columns that a file's folders name."""
    return {key: unquote(value) for key, _, value in (folder.partition("=") for folder in file.split("/")[:-1])}


def registration_order(delta: DeltaFolder) -> list[str]:
    """Shards as they were registered."""
    rows = [row for file in delta.files("crawl_files") for row in read_rows(delta, "crawl_files", file)]
    return list(dict.fromkeys(row["shard"] for row in sorted(rows, key=lambda row: (row["sequence"], row["shard"], row["position"]))))


def _chain(delta: DeltaFolder, file: str) -> Iterator[Recorded]:
    verdict_files, current = delta.files("verdicts", partition(file)), True
    while True:
        try:
            row = read_rows(delta, "activities", file)[0]
            verdicts = [(name, found) for name in verdict_files for found in read_rows(delta, "verdicts", name)]
        except UNREADABLE as error:
            if current:
                raise LakeUnavailable(f"activities/{file} cannot be read ({error})", delta.root, "restore the file") from error
            return  # the state before is gone: files of replaced records may be cleaned up
        if not row.keys() >= EVERY:
            raise LakeUnavailable(f"activities/{file} is no record of a lake", delta.root, "give the root of a lake")
        yield Recorded(file, row, tuple(verdicts), current)
        if not row["before"]["activity"]:
            return
        file, verdict_files, current = row["before"]["activity"][0], row["before"]["verdict"], False
