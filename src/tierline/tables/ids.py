"""Ids that depend on content alone, so that a replay gives each row the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def content_id(prefix: str, *parts: str | int | Sequence[str]) -> str:
    """`prefix_` and 24 hex digits that depend on every part and on where one part ends and the next begins."""
    digest = hashlib.sha256()
    for part in parts:
        items = [str(part)] if isinstance(part, str | int) else [str(item) for item in part]
        for item in (str(len(items)), *items):
            data = item.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
    return f"{prefix}_{digest.hexdigest()[:24]}"


def document_id(source_uri: str, source_offset: int, payload_sha256: str) -> str:
    """A document's id in L0-L2: its address and its bytes, so that it survives cleaning of the text."""
    return content_id("doc", source_uri, source_offset, payload_sha256)
