"""A digest of a table's logical content, so that it does not depend on file layout, chunking or library version."""

from __future__ import annotations

import hashlib
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


ROWS_PER_BLOCK = 4096  # fixed, so that a streamed table hashes like a whole one


def content_digest(table: pa.Table) -> str:
    """32 hex digits over names, types, nulls and values, rows in the given order, columns in name order."""
    digest = hashlib.sha256()
    for name in sorted(table.column_names):
        column = table.column(name)
        digest.update(f"{name}:{column.type}:{len(column)};".encode())
        for start in range(0, len(column), ROWS_PER_BLOCK):
            block = column.slice(start, ROWS_PER_BLOCK).combine_chunks()
            _update(digest, block if isinstance(block, pa.Array) else pa.concat_arrays(block.chunks))
    return digest.hexdigest()[:32]


def _update(digest: Hash, values: pa.Array) -> None:
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    digest.update(np.packbits(np.asarray(values.is_null().to_numpy(zero_copy_only=False))).tobytes())
    if pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            _update(digest, pc.struct_field(values, index))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        digest.update(_integers(pc.list_value_length(values)))
        _update(digest, pc.list_flatten(values))
    elif pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        data = values.cast(pa.large_binary()).fill_null(b"")
        digest.update(_integers(pc.binary_length(data)))
        digest.update(b"".join(data.to_pylist()))
    elif pa.types.is_boolean(kind):
        digest.update(np.packbits(values.fill_null(False).to_numpy(zero_copy_only=False)).tobytes())
    elif pa.types.is_temporal(kind):
        digest.update(_integers(values.cast(pa.int64())))
    elif pa.types.is_floating(kind):
        numbers = values.fill_null(0.0).to_numpy(zero_copy_only=False)
        digest.update(np.ascontiguousarray(numbers + 0.0).tobytes())  # -0.0 and 0.0 are one value
    else:
        digest.update(_integers(values))


def _integers(values: pa.Array) -> bytes:
    return np.ascontiguousarray(values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)).tobytes()
