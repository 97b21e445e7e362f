"""Keeps rows on disk in the order in which they come, and reads them a batch at a time: results that follow the size of a lake."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROWS_PER_BATCH = 1024  # at least, where rows come in smaller tables
BYTES_PER_READ = 1 << 20


class RowFile:
    """Rows of an Arrow stream in a file; what is not read takes no memory."""

    def __init__(self, path: Path, schema: pa.Schema, folder: tempfile.TemporaryDirectory[str] | None = None) -> None:
        """`folder` is deleted with its last reader."""
        self.path, self.schema, self._folder = path, schema, folder

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """All rows in order, one batch held at a time."""
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_stream(file) as reader:
            yield from reader

    def parts(self) -> Iterator[npt.NDArray[np.uint8]]:
        """The bytes of the file."""
        return parts_of(self.path)


class RowWriter:
    """Writes tables one behind the other; rows that come in one table are in one batch."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._folder = tempfile.TemporaryDirectory(prefix="tierline-")
        self._path = Path(self._folder.name) / "rows.arrow"
        self._file = pa.OSFile(str(self._path), "wb")
        self._writer = pa.ipc.new_stream(self._file, schema)
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def append(self, rows: pa.Table) -> None:
        """Take a table of the schema."""
        if len(rows):
            self._waiting.append(rows)
            self._rows += len(rows)
        if self._rows >= ROWS_PER_BATCH:
            self._write()

    def rows(self) -> RowFile:
        """Everything that was appended; nothing can be appended after this."""
        self._write()
        self._writer.close()
        self._file.close()
        return RowFile(self._path, self._schema, self._folder)

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting).combine_chunks())
        self._waiting, self._rows = [], 0


def parts_of(path: Path) -> Iterator[npt.NDArray[np.uint8]]:
    """The bytes of a file; one empty part of an empty one."""
    with path.open("rb") as file:
        while True:
            part = np.fromfile(file, np.uint8, BYTES_PER_READ)
            yield part
            if len(part) < BYTES_PER_READ:
                return


def stream_of(table: pa.Table) -> Iterator[npt.NDArray[np.uint8]]:
    """The bytes of a table as a stream of Arrow's."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    yield np.frombuffer(sink.getvalue(), np.uint8)
