"""Keeps rows that come in their order: small results stay in memory, large ones are written to a file of the local disk as they come."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from tierline.lake.external_sort import BATCH_BYTES, BATCH_ROWS, COMPRESSED, MEMORY_BYTES, rows_within


def spooled(schema: pa.Schema, parts: Iterable[pa.Table], memory_bytes: int = MEMORY_BYTES) -> pa.Table | SpooledRows:
    """All rows of the parts, which are taken one after the other; about `memory_bytes` of them and one part are held at a time."""
    waiting, size = [schema.empty_table()], 0
    supply = iter(parts)
    for part in supply:
        waiting.append(part.select(schema.names).cast(schema))
        size += part.nbytes
        if size > memory_bytes:
            return SpooledRows(schema, waiting, supply)
    return pa.concat_tables(waiting).combine_chunks()


class SpooledRows:
    """Rows in a file, which is deleted with its last reader."""

    def __init__(self, schema: pa.Schema, waiting: list[pa.Table], more: Iterable[pa.Table]) -> None:
        """`waiting`: the first parts, which are taken out of the list."""
        self.schema, self.num_rows, self.nbytes = schema, 0, 0
        self._folder = tempfile.TemporaryDirectory(prefix="tierline-")
        self._path = Path(self._folder.name) / "rows.arrow"
        with pa.ipc.new_file(str(self._path), schema, options=COMPRESSED) as writer:
            while waiting:
                self._write(writer, waiting.pop(0))
            for part in more:
                self._write(writer, part.select(schema.names).cast(schema))

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """All rows in order."""
        return self._read(pa.ipc.IpcReadOptions())

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Only these columns; nothing else is decoded."""
        fields = [self.schema.get_field_index(column) for column in columns]
        return (batch.select(list(columns)) for batch in self._read(pa.ipc.IpcReadOptions(included_fields=fields)))

    def _read(self, options: pa.ipc.IpcReadOptions) -> Iterator[pa.RecordBatch]:
        with pa.OSFile(str(self._path)) as source, pa.ipc.open_file(source, options=options) as file:
            for number in range(file.num_record_batches):
                yield file.get_batch(number)

    def _write(self, writer: pa.ipc.RecordBatchFileWriter, part: pa.Table) -> None:
        self.num_rows, self.nbytes = self.num_rows + part.num_rows, self.nbytes + part.nbytes
        writer.write_table(part.combine_chunks(), max_chunksize=rows_within(BATCH_BYTES, part, BATCH_ROWS))
