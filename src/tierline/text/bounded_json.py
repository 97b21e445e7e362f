"""Reads JSON that strangers wrote: nested to a bound, because whoever writes, copies or walks the value recurses into it."""

from __future__ import annotations

import json
from typing import Any, cast

MAX_DEPTH = 64  # of arrays and objects in each other; schema.org data nests ten deep, Python's own limit lies at some 990


def parse_json(text: str | bytes, max_depth: int = MAX_DEPTH, strict: bool = True) -> Any:
    """The value of a JSON text. ValueError if it is broken, holds a number of thousands of digits, or nests deeper than the bound.

    Not `strict`: control characters may stand in strings, as browsers do not allow either but pages have them.
    """
    try:
        value = json.loads(text, strict=strict)
    except RecursionError:
        raise ValueError(f"nested more than {max_depth} deep") from None
    brackets = (b"[", b"{") if isinstance(text, bytes) else ("[", "{")
    if sum(map(text.count, brackets)) > max_depth and is_deeper(value, max_depth):  # type: ignore[arg-type]
        raise ValueError(f"nested more than {max_depth} deep")
    return value


def object_of(line: str) -> dict[str, Any]:
    """The object of one line of `l0_raw.structured_data`, whose data stands two levels within it; empty for what is none."""
    try:
        found = parse_json(line, MAX_DEPTH + 2) if line else None
    except ValueError:  # older code redacted values so that a line was no JSON any more
        found = None
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def is_deeper(value: Any, depth: int) -> bool:
    """Whether a value of arrays and objects nests deeper."""
    level = [value]
    for _ in range(depth + 1):
        level = [
            inner for outer in level if isinstance(outer, dict | list) for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)
