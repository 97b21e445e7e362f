"""A Merkle tree over the rows of a table (RFC 9162), so that one row can be shown to be of a commit without the others.

A leaf covers what the table's digest covers of its row: of each column with a value, in the order of names, its name, type and value. A
column without one is left out: a column that a table has since gained reads as null in the rows that were written before.

    row      of each such column: count, `name:type`, count, content
    content  text and bytes as they are; a number, time or flag in 8 bytes, a real one as IEEE 754 has it; of a list the count of its
             items and each as a value; of a struct each field as a value
    value    a zero byte if it is null, else a byte of one, count, content
    count    of bytes or items, in 8 bytes; these and all numbers have the lowest byte first
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.proof.merkle import RunningRoot

BYTES = pa.large_binary()
NOTHING, NULL, VALUE, LEAF = (pa.scalar(part, BYTES) for part in (b"", b"\0", b"\1", b"\0"))
TEXTS = pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary


class RowTree:
    """The tree over rows that arrive in batches of any size, in the table's order; its leaves are not kept."""

    def __init__(self, schema: pa.Schema) -> None:
        """`schema`: the columns that count."""
        self._names, self._root = schema.names, RunningRoot()

    def update(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        for leaf in row_hashes(batch.select(self._names)):
            self._root.add(leaf)

    def hexdigest(self) -> str:
        """The root over all rows so far."""
        return self._root.value().hex()


def row_hashes(batch: pa.RecordBatch) -> Iterator[bytes]:
    """The hash of each row's leaf, 32 bytes."""
    parts = [LEAF, pa.repeat(NOTHING, batch.num_rows)]
    for name in sorted(batch.schema.names):
        values: pa.Array = batch.column(name)
        if values.null_count == len(values):
            continue
        head = f"{name}:{values.type}".encode()
        content = _content(values)
        own = [pa.scalar(len(head).to_bytes(8, "little") + head, BYTES), _counts(pc.binary_length(content)), content]
        parts += [pc.if_else(values.is_valid(), part, NOTHING) for part in own] if values.null_count else own
    rows = _joined(parts)
    _, offsets, data = rows.buffers()
    ends = np.frombuffer(offsets, np.int64)[rows.offset : rows.offset + len(rows) + 1].tolist()
    view = memoryview(data or b"")
    return (sha256(view[start:end]).digest() for start, end in pairwise(ends))


def _content(values: pa.Array) -> pa.Array:
    """Of each value, as bytes; of a null one anything."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _content(values.dictionary_decode())
    if pa.types.is_struct(kind):
        return _joined([part for index in range(kind.num_fields) for part in _value(pc.struct_field(values, index))])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        counts = pc.list_value_length(values).fill_null(0).cast(pa.int64())
        items, ends = _joined(_value(pc.list_flatten(values))), np.cumsum(counts.to_numpy(zero_copy_only=False))
        lists = pa.LargeListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int64()), items)
        return _joined([_counts(counts), pc.binary_join(lists, NOTHING)])
    if any(is_kind(kind) for is_kind in TEXTS):
        return values.cast(BYTES)
    if pa.types.is_floating(kind):
        numbers = values.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
        return _in_8_bytes(numbers + 0.0)  # -0.0 and 0.0 are one value
    return _counts(values.cast(pa.uint8()) if pa.types.is_boolean(kind) else values)


def _value(values: pa.Array) -> list[Any]:
    """The parts of each value within a list or a struct."""
    content = _content(values)
    own = [VALUE, _counts(pc.binary_length(content)), content]
    if not values.null_count:
        return own
    return [pc.if_else(values.is_valid(), part, null) for part, null in zip(own, (NULL, NOTHING, NOTHING), strict=True)]


def _counts(values: pa.Array) -> pa.Array:
    return _in_8_bytes(values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False))


def _in_8_bytes(numbers: Any) -> pa.Array:
    data = np.ascontiguousarray(numbers)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(8), len(data), [None, pa.py_buffer(data)]).cast(BYTES)


def _joined(parts: list[Any]) -> pa.Array:
    return pc.binary_join_element_wise(*parts, NOTHING)
