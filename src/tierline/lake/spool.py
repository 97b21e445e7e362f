"""Gathers a stage's rows batch by batch: small results stay in memory, large ones wait on disk in sorted runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

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
        return SortedRuns(self._schema, pa.concat_tables(self._keys), self._order, self._runs, self._written, self._folder)

    def _write_run(self) -> None:
        if not self._waiting:
            return
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="tierline-")
        run = _sorted(pa.concat_tables(self._waiting), self._order)
        self._waiting, self._bytes = [], 0
        path = Path(self._folder.name) / f"{len(self._runs):06}.arrow"
        with pa.ipc.new_stream(str(path), self._schema, options=COMPRESSED) as writer:
            writer.write_table(run, max_chunksize=rows_within(BATCH_BYTES, run, BATCH_ROWS))
        self._written += run.nbytes
        self._runs.append(path)
        self._keys.append(run.select(self._order).combine_chunks())


class SortedRuns:
    """Rows on disk, read in the order of their keys; the files go when the last reader lets go of them."""

    def __init__(
        self, schema: pa.Schema, keys: pa.Table, order: list[str], runs: list[Path], nbytes: int, folder: tempfile.TemporaryDirectory[str]
    ) -> None:
        self.schema, self.nbytes = schema, nbytes
        self._keys, self._order, self._runs, self._folder = keys, order, runs, folder

    @property
    def num_rows(self) -> int:
        """Of all runs."""
        return self._keys.num_rows

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """All rows in order, merged from the runs block by block."""
        run_ends = np.cumsum([len(chunk) for chunk in self._keys.column(0).chunks])
        ranked = self._sorted_positions()
        readers = [_RunReader(path) for path in self._runs]
        block_rows = rows_within(8 * BATCH_BYTES, self, BATCH_ROWS)
        for start in range(0, len(ranked), block_rows):
            run_of_row = np.searchsorted(run_ends, ranked[start : start + block_rows], side="right")
            counts = np.bincount(run_of_row, minlength=len(readers))
            gathered = pa.concat_tables([readers[run].take(int(count)) for run, count in enumerate(counts) if count])
            # Gathered lies run after run; a stable sort by run says where each row of the block lies in it.
            places = np.empty(len(run_of_row), np.int64)
            places[np.argsort(run_of_row, kind="stable")] = np.arange(len(run_of_row))
            yield from gathered.take(pa.array(places)).combine_chunks().to_batches()

    def _sorted_positions(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        numbered = self._keys.append_column("position of the row", pa.array(np.arange(self.num_rows)))
        return _sorted(numbered, [*self._order, "position of the row"]).column("position of the row").to_numpy()


class _RunReader:
    """Hands out the rows of one run from first to last, holding one batch."""

    def __init__(self, path: Path) -> None:
        self._stream = pa.ipc.open_stream(pa.OSFile(str(path)))
        self._rest: Any = None

    def take(self, count: int) -> pa.Table:
        """The next `count` rows."""
        parts: list[pa.RecordBatch] = []
        while count:
            if self._rest is None or not self._rest.num_rows:
                self._rest = self._stream.read_next_batch()
            part = self._rest.slice(0, count)
            parts.append(part)
            self._rest = self._rest.slice(part.num_rows)
            count -= part.num_rows
        return pa.Table.from_batches(parts)


def rows_within(size: int, rows: Rows, most: int) -> int:
    """How many rows take about `size` bytes, at their mean size: at least 1, at most `most`."""
    return max(1, min(most, rows.num_rows * size // max(1, rows.nbytes)))


def _sorted(rows: pa.Table, order: list[str]) -> pa.Table:
    return rows.sort_by([(column, "ascending") for column in order]) if order else rows
