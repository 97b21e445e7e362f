"""A digest of a table's logical content, so that it does not depend on file layout, chunking or library version.

What it covers: the number of rows; of every column that holds a value, its name, type, nulls and values, rows in the given order. A
column without a single value is left out, because a column that a table has since gained reads as null in the files written before: the
digest recorded for them stays the one that `verify` finds, and a rerun that leaves the new column empty has an equal digest. Which columns
of a table count is said by `TableSpec.content`: all but the writing activity, so that equal rows have equal digests whoever wrote them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def content_digest(table: pa.Table) -> str:
    """32 hex digits over the table's rows in the given order; the order of columns does not matter."""
    digest = ContentDigest(table.schema)
    for batch in table.to_batches():
        digest.update(batch)
    return digest.hexdigest()


class ContentDigest:
    """The content digest of rows that arrive in batches of any size.

    The parts of a column (nulls, lengths, data, and the same of nested values) have separate hashes, so that the
    borders between batches have no effect.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._rows = 0
        self._parts: dict[str, Any] = {}
        self._holding: set[str] = set()  # columns with a value so far

    def update(self, batch: pa.RecordBatch) -> None:
        """Add rows of the schema."""
        self._rows += batch.num_rows
        for name in self._schema.names:
            values = batch.column(name)
            if values.null_count < len(values):
                self._holding.add(name)
            self._add(name, values)

    def hexdigest(self) -> str:
        """Of all rows so far."""
        return self._combined(self._holding)

    def _combined(self, columns: Iterable[str]) -> str:
        names = set(columns)
        whole = hashlib.sha256(f"{self._rows};".encode())
        for name in sorted(names):
            whole.update(f"{name}:{self._schema.field(name).type};".encode())
        for path, part in sorted(self._parts.items()):
            if path.split("/", 1)[0] in names:
                whole.update(f"{path};".encode() + part.digest())
        return whole.hexdigest()[:32]

    def _add(self, path: str, values: pa.Array) -> None:
        kind = values.type
        if pa.types.is_dictionary(kind):
            values = values.dictionary_decode()
            kind = values.type
        self._hash(f"{path}/null", np.ascontiguousarray(values.is_null().to_numpy(zero_copy_only=False)))
        if pa.types.is_struct(kind):
            for index in range(kind.num_fields):
                self._add(f"{path}/{index}", pc.struct_field(values, index))
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            self._hash(f"{path}/length", _integers(pc.list_value_length(values)))
            self._add(f"{path}/item", pc.list_flatten(values))
        elif pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
            data = values.cast(pa.large_binary()).fill_null(b"")
            self._hash(f"{path}/length", _integers(pc.binary_length(data)))
            self._hash(f"{path}/data", _bytes(data))
        elif pa.types.is_boolean(kind):
            self._hash(f"{path}/data", np.ascontiguousarray(values.fill_null(False).to_numpy(zero_copy_only=False)))
        elif pa.types.is_floating(kind):
            numbers = values.fill_null(0.0).to_numpy(zero_copy_only=False)
            self._hash(f"{path}/data", np.ascontiguousarray(numbers + 0.0))  # -0.0 and 0.0 are one value
        else:
            self._hash(f"{path}/data", _integers(values))

    def _hash(self, path: str, data: Any) -> None:
        if path not in self._parts:
            self._parts[path] = hashlib.sha256()
        self._parts[path].update(data)


def _bytes(values: pa.Array) -> memoryview:
    """The values' bytes in sequence, not copied."""
    _, offsets, data = values.buffers()
    if not len(values) or data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]


def _integers(values: pa.Array) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False))
