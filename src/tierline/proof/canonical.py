"""One way to write a value as bytes, so that equal values have equal hashes: canonical JSON (RFC 8785)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import rfc8785

EXACT = 1 << 53  # integers beyond it are not the same in every reader of JSON


def canonical(value: Any) -> bytes:
    """The value as canonical JSON; dates and times in ISO form, integers that JSON does not keep as text. Raises ValueError."""
    return rfc8785.dumps(_plain(value))


def parse(text: bytes) -> Any:
    """A value from canonical JSON. ValueError for any other way to write it, such as with a name that stands twice."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if canonical(value) != text:
        raise ValueError("is not in canonical form")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= EXACT:
        return str(value)
    return value
