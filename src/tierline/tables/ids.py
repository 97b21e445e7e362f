"""Ids that depend on content alone, so that a replay gives each row the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

ONE_ITEM = pa.scalar((1).to_bytes(8, "little") + b"1")  # stands before a part of one


def content_id(prefix: str, *parts: str | int | Sequence[str]) -> str:
    """`prefix_` and 24 hex digits that depend on every part and on where one part ends and the next begins."""
    return framed_id(prefix, map(frame, parts))


def framed_id(prefix: str, frames: Iterable[bytes]) -> str:
    """`content_id` of parts whose frames are known."""
    return f"{prefix}_{hashlib.sha256(b''.join(frames)).hexdigest()[:24]}"


def frame(part: str | int | Sequence[str]) -> bytes:
    """A part as the bytes that count: how many items it has, and each item behind its length."""
    items = [str(part)] if isinstance(part, str | int) else [str(item) for item in part]
    encoded = (item.encode("utf-8", "surrogatepass") for item in (str(len(items)), *items))
    return b"".join(len(data).to_bytes(8, "little") + data for data in encoded)


def content_ids(prefix: str, *columns: pa.Array) -> pa.Array:
    """`content_id` of each row of columns of text or whole numbers, of which each holds one part and no null."""
    parts: list[Any] = []
    for values in columns:
        data = values.cast(pa.string()).cast(pa.binary())
        lengths = pc.binary_length(data).to_numpy(zero_copy_only=False).astype("<i8")
        counts = pa.FixedSizeBinaryArray.from_buffers(pa.binary(8), len(lengths), [None, pa.py_buffer(lengths)]).cast(pa.binary())
        parts += [ONE_ITEM, counts, data]
    rows: list[bytes] = pc.binary_join_element_wise(*parts, pa.scalar(b"")).to_pylist()
    return pa.array([f"{prefix}_{hashlib.sha256(row).hexdigest()[:24]}" for row in rows], pa.string())


def document_id(source_uri: str, source_offset: int, payload_sha256: str) -> str:
    """A document's id in L0-L2: its address and its bytes, so that it survives cleaning of the text."""
    return content_id("doc", source_uri, source_offset, payload_sha256)
