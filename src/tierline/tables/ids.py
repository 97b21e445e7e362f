"""Ids that depend on content alone, so that a replay gives each row the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


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


def document_id(source_uri: str, source_offset: int, payload_sha256: str) -> str:
    """A document's id in L0-L2: its address and its bytes, so that it survives cleaning of the text."""
    return content_id("doc", source_uri, source_offset, payload_sha256)
