"""Parts and results as bytes, for other processes and for the disk: a part that is cut again gives the same bytes, and no more than its
own rows."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pyarrow as pa


def pack(value: Any) -> bytes:
    """A value whose parts are Arrow tables or batches, arrays, dataclasses and plain Python."""
    target = io.BytesIO()
    _Packer(target, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return target.getvalue()


def unpack(packed: bytes | memoryview) -> Any:
    """The value. To be given nothing but what this code has packed: a pickle can name any function."""
    return pickle.loads(packed)


class _Packer(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, pa.Table | pa.RecordBatch):
            target = pa.BufferOutputStream()
            with pa.ipc.new_stream(target, obj.schema) as writer:
                writer.write(obj)
            return _rows, (target.getvalue().to_pybytes(), isinstance(obj, pa.Table))
        return NotImplemented


def _rows(stream: bytes, is_table: bool) -> pa.Table | pa.RecordBatch:
    with pa.ipc.open_stream(stream) as reader:
        return reader.read_all() if is_table else reader.read_next_batch()
