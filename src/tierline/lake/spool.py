"""Gathers a stage's rows batch by batch: small results stay in memory, large ones wait on disk in sorted runs."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MEMORY_BYTES = 64 << 20  # of rows in memory before a run goes to disk
BATCH_BYTES = 4 << 20  # of rows that one run holds in memory while runs are merged
BATCH_ROWS = 1024  # at most
COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


class Batches(Protocol):
    """Rows that can be read more than once, a batch at a time; a pyarrow Table is one."""

    @property
    def schema(self) -> pa.Schema: ...
    @property
    def num_rows(self) -> int: ...
    def to_batches(self) -> Iterable[pa.RecordBatch]: ...


class Rows(Batches, Protocol):
    """The same, of known size: what a stage hands back."""

    @property
    def nbytes(self) -> int: ...


class Spool:
    """Takes rows in any order and gives them back in ascending `order`, holding about MEMORY_BYTES of them at a time.

    An external merge sort (Knuth, The Art of Computer Programming 3, 5.4): each run is sorted in memory and written once. Only the
    columns of `order` of all rows are held; they should be short.
    """

    def __init__(self, schema: pa.Schema, order: Sequence[str], memory_bytes: int = MEMORY_BYTES) -> None:
        self._schema, self._order, self._memory_bytes = schema, list(order), memory_bytes
        self._waiting: list[pa.Table] = []
        self._bytes = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._runs: list[Path] = []
        self._batch_rows: list[int] = []
        self._keys: list[pa.Table] = []
        self._written = 0

    def append(self, rows: pa.Table) -> None:
        """Take a batch."""
        if rows.num_rows:
            self._waiting.append(rows.select(self._schema.names).cast(self._schema))
            self._bytes += rows.nbytes
        if self._bytes >= self._memory_bytes:
            self._write_run()

    def rows(self) -> pa.Table | SortedRuns:
        """Everything that was taken, in order; the spool takes no more after this."""
        if not self._runs:
            return _sorted(pa.concat_tables([self._schema.empty_table(), *self._waiting]), self._order)
        self._write_run()
        assert self._folder is not None, "runs live in a folder"
        runs = _Runs(self._folder, self._runs, self._batch_rows)
        return SortedRuns(self._schema, pa.concat_tables(self._keys), self._order, runs, self._written)

    def _write_run(self) -> None:
        if not self._waiting:
            return
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="tierline-")
        run = _sorted(pa.concat_tables(self._waiting), self._order)
        self._waiting, self._bytes = [], 0
        path = Path(self._folder.name) / f"{len(self._runs):06}.arrow"
        batch_rows = rows_within(BATCH_BYTES, run, BATCH_ROWS)
        with pa.ipc.new_file(str(path), self._schema, options=COMPRESSED) as writer:
            writer.write_table(run.combine_chunks(), max_chunksize=batch_rows)
        self._written += run.nbytes
        self._runs.append(path)
        self._batch_rows.append(batch_rows)
        self._keys.append(run.select(self._order).combine_chunks())


@dataclass(frozen=True, slots=True)
class _Runs:
    """Files of sorted rows and, of each, the rows of all its batches but the last; the folder goes with its last user."""

    folder: tempfile.TemporaryDirectory[str]
    paths: list[Path]
    batch_rows: list[int]


class SortedRuns:
    """Rows on disk, read in the order of their keys; the files go when the last reader lets go of them."""

    def __init__(self, schema: pa.Schema, keys: pa.Table, order: list[str], runs: _Runs, nbytes: int) -> None:
        self.schema, self.nbytes = schema, nbytes
        self._keys, self._order, self._runs = keys, order, runs
        self._run_ends = np.cumsum([len(chunk) for chunk in keys.column(0).chunks])

    @property
    def num_rows(self) -> int:
        """Of all runs."""
        return self._keys.num_rows

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """All rows in order, merged from the runs block by block."""
        ranked = self._sorted_positions()
        readers = [_RunReader(path) for path in self._runs.paths]
        block_rows = rows_within(8 * BATCH_BYTES, self, BATCH_ROWS)
        for start in range(0, len(ranked), block_rows):
            run_of_row = np.searchsorted(self._run_ends, ranked[start : start + block_rows], side="right")
            counts = np.bincount(run_of_row, minlength=len(readers))
            gathered = pa.concat_tables([readers[run].take(int(count)) for run, count in enumerate(counts) if count])
            # Gathered lies run after run; a stable sort by run says where each row of the block lies in it.
            places = np.empty(len(run_of_row), np.int64)
            places[np.argsort(run_of_row, kind="stable")] = np.arange(len(run_of_row))
            yield from gathered.take(pa.array(places)).combine_chunks().to_batches()

    def pick(self, key: str, wanted: Sequence[str], column: str) -> list[Any]:
        """As the function `pick`; `key` is one of the columns of the order. Decodes only batches that hold a wanted row."""
        places = pc.index_in(pa.array(wanted, pa.string()), value_set=self._keys[key]).to_numpy()
        runs = np.searchsorted(self._run_ends, places, side="right")
        options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(column)])
        found: list[Any] = [None] * len(wanted)
        for run in np.unique(runs).tolist():
            file = pa.ipc.open_file(pa.OSFile(str(self._runs.paths[run])), options=options)
            mine = np.flatnonzero(runs == run)
            batches, rows = np.divmod(places[mine] - (self._run_ends[run - 1] if run else 0), self._runs.batch_rows[run])
            for number in np.unique(batches).tolist():
                values = file.get_batch(number).column(0)
                for index, row in zip(mine[batches == number].tolist(), rows[batches == number].tolist(), strict=True):
                    found[index] = values[row].as_py()
        return found

    def _sorted_positions(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        numbered = self._keys.append_column("position of the row", pa.array(np.arange(self.num_rows)))
        return _sorted(numbered, [*self._order, "position of the row"]).column("position of the row").to_numpy()


class _RunReader:
    """Hands out the rows of one run from first to last, holding one batch."""

    def __init__(self, path: Path) -> None:
        self._file = pa.ipc.open_file(pa.OSFile(str(path)))
        self._batches = (self._file.get_batch(number) for number in range(self._file.num_record_batches))
        self._rest: Any = None

    def take(self, count: int) -> pa.Table:
        """The next `count` rows."""
        parts: list[pa.RecordBatch] = []
        while count:
            if self._rest is None or not self._rest.num_rows:
                self._rest = next(self._batches)
            part = self._rest.slice(0, count)
            parts.append(part)
            self._rest = self._rest.slice(part.num_rows)
            count -= part.num_rows
        return pa.Table.from_batches(parts)


def without(rows: pa.Table | SortedRuns, key: str, removed: Collection[str]) -> pa.Table | Without:
    """Rows less those with a removed key, every one of which must be there."""
    left = Without(rows, key, removed)
    return pa.Table.from_batches(left.to_batches(), rows.schema) if isinstance(rows, pa.Table) else left


class Without:
    """The same for rows on disk, filtered as they are read."""

    def __init__(self, rows: pa.Table | SortedRuns, key: str, removed: Collection[str]) -> None:
        self.schema, self.nbytes = rows.schema, rows.nbytes
        self.num_rows = rows.num_rows - len(removed)
        self._rows, self._key, self._removed = rows, key, pa.array(list(removed), pa.string())

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """In the order of the rows."""
        for batch in self._rows.to_batches():
            yield batch.filter(pc.invert(pc.is_in(batch.column(self._key), value_set=self._removed)))


def pick(rows: pa.Table | SortedRuns, key: str, wanted: Sequence[str], column: str) -> list[Any]:
    """Values of `column` in the rows whose unique `key` is wanted, in the order of `wanted`; every one must be there."""
    if isinstance(rows, SortedRuns):
        return rows.pick(key, wanted, column)
    return rows[column].take(pc.index_in(pa.array(wanted, pa.string()), value_set=rows[key])).to_pylist()


def rows_within(size: int, rows: Rows | pa.RecordBatch, most: int) -> int:
    """How many rows take about `size` bytes, at their mean size: at least 1, at most `most`."""
    return max(1, min(most, rows.num_rows * size // max(1, rows.nbytes)))


def _sorted(rows: pa.Table, order: list[str]) -> pa.Table:
    return rows.sort_by([(column, "ascending") for column in order]) if order else rows
