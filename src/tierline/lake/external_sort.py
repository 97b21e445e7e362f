"""Sorts a stage's rows as they come, batch by batch: small results stay in memory, large ones wait on disk in sorted runs."""

from __future__ import annotations

import operator
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MEMORY_BYTES = 64 << 20  # of rows in memory before a run goes to disk
BATCH_BYTES = 1 << 20  # of rows that one run holds in memory while runs are merged: 16 MB for each GB of rows
BLOCK_BYTES = 32 << 20  # of merged rows returned at a time
BATCH_ROWS = 1024  # at most, of either
COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


class Batches(Protocol):
    """Rows that can be read more than once, a batch at a time; a pyarrow Table is one."""

    @property
    def schema(self) -> pa.Schema: ...
    @property
    def num_rows(self) -> int: ...
    def to_batches(self) -> Iterable[pa.RecordBatch]: ...


class Rows(Batches, Protocol):
    """The same, of known size: the result of a stage."""

    @property
    def nbytes(self) -> int: ...


@runtime_checkable
class Scannable(Protocol):
    """Rows of which some columns can be read without the others."""

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]: ...


class SortingBuffer:
    """Takes rows in any order and returns them in ascending `order`, holding about MEMORY_BYTES of them at a time.

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
        """All appended rows in order; nothing can be appended after this."""
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
    """Files of sorted rows and the batch size of each; the folder is deleted with its last user."""

    folder: tempfile.TemporaryDirectory[str]
    paths: list[Path]
    batch_rows: list[int]


class SortedRuns:
    """Rows on disk, read in the order of their keys; the files are deleted with their last reader."""

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
        block_rows = rows_within(BLOCK_BYTES, self, BATCH_ROWS)
        for start in range(0, len(ranked), block_rows):
            run_of_row = np.searchsorted(self._run_ends, ranked[start : start + block_rows], side="right")
            counts = np.bincount(run_of_row, minlength=len(readers))
            gathered = pa.concat_tables([readers[run].take(int(count)) for run, count in enumerate(counts) if count])
            # `gathered` is ordered by run; a stable sort by run gives the place of each row of the block in it.
            places = np.empty(len(run_of_row), np.int64)
            places[np.argsort(run_of_row, kind="stable")] = np.arange(len(run_of_row))
            yield from gathered.take(pa.array(places)).combine_chunks().to_batches()

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Only these columns of all rows, run after run: nothing else is decoded, and nothing is merged."""
        options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(column) for column in columns])
        for path in self._runs.paths:
            file = pa.ipc.open_file(pa.OSFile(str(path)), options=options)
            for number in range(file.num_record_batches):
                yield file.get_batch(number).select(list(columns))

    def pick(self, key: str, wanted: Sequence[str], column: str) -> list[Any]:
        """As the function `pick`; `key` is the first column of the order. Decodes only batches that hold a wanted row."""
        places = self._places(key, wanted)
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

    def _places(self, key: str, wanted: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Positions of the wanted keys, counted through all runs: each run is sorted, so none is searched completely."""
        sought, places, first = pa.array(wanted, pa.string()), np.full(len(wanted), -1, np.int64), 0
        for keys in self._keys[key].chunks:
            found = np.array([min(bisect_left(keys, one, key=operator.methodcaller("as_py")), len(keys) - 1) for one in wanted], np.int64)
            hit = pc.equal(keys.take(pa.array(found)), sought).to_numpy(zero_copy_only=False)
            places[hit] = first + found[hit]
            first += len(keys)
        return places

    def _sorted_positions(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        numbered = self._keys.append_column("position of the row", pa.array(np.arange(self.num_rows)))
        return _sorted(numbered, [*self._order, "position of the row"]).column("position of the row").to_numpy()


class _RunReader:
    """Returns the rows of one run from first to last, holding one batch."""

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


def without(rows: pa.Table | SortedRuns, key: str, removed: Iterable[str]) -> pa.Table | Without:
    """Rows less those with a removed key, every one of which must be there; the rows are in the order of their keys."""
    left = Without(rows, key, removed)
    return pa.Table.from_batches(left.to_batches(), rows.schema) if isinstance(rows, pa.Table) else left


class Without:
    """The same for rows on disk, filtered as they are read."""

    def __init__(self, rows: pa.Table | SortedRuns, key: str, removed: Iterable[str]) -> None:
        self._rows, self._key, self._removed = rows, key, sorted(removed)
        self.schema, self.nbytes = rows.schema, rows.nbytes
        self.num_rows = rows.num_rows - len(self._removed)

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """In the order of the rows."""
        yield from map(self._filtered, self._rows.to_batches())

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """As of SortedRuns."""
        for batch in scan(self._rows, [*columns, self._key]):
            yield self._filtered(batch).select(list(columns))

    def _filtered(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Looks only at the removed keys between the batch's first and last, so that a batch costs the same whatever was removed."""
        keys = batch.column(self._key)
        if not len(keys):
            return batch
        first, last = bisect_left(self._removed, keys[0].as_py()), bisect_right(self._removed, keys[-1].as_py())
        removed = pa.array(self._removed[first:last], pa.string())
        return batch.filter(pc.invert(pc.is_in(keys, value_set=removed))) if len(removed) else batch


def scan(rows: Rows, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """These columns of all rows, each name once, in the cheapest order."""
    names = list(dict.fromkeys(columns))
    if isinstance(rows, Scannable):
        return rows.scan(names)
    return (batch.select(names) for batch in rows.to_batches())


def pick(rows: pa.Table | SortedRuns, key: str, wanted: Sequence[str], column: str) -> list[Any]:
    """Values of `column` in the rows whose unique `key`, by which they are ordered, is wanted, in the order of `wanted`; every one
    must be there."""
    if isinstance(rows, SortedRuns):
        return rows.pick(key, wanted, column)
    return rows[column].take(pc.index_in(pa.array(wanted, pa.string()), value_set=rows[key])).to_pylist()


def rows_within(size: int, rows: Rows | pa.RecordBatch, most: int) -> int:
    """How many rows take about `size` bytes, at their mean size: at least 1, at most `most`."""
    return max(1, min(most, rows.num_rows * size // max(1, rows.nbytes)))


def _sorted(rows: pa.Table, order: list[str]) -> pa.Table:
    return rows.sort_by([(column, "ascending") for column in order]) if order else rows
