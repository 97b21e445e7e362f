"""Bounds what one record, one file and one shard may become, so that a small file cannot fill the lake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tierline.crawl.rules import ReadRules

ROW_BYTES = 256  # of a row beside its text: ids, hashes, address, decision
TEXTS = ("text", "structured_data")
_NAMES_OF_FILE = ("source_uri", "error")


def within_bounds(row: Mapping[str, Any], rules: ReadRules) -> dict[str, Any]:
    """The row, or an error row without its texts and without what is too long."""
    sizes = {name: len(value) for name, value in row.items() if isinstance(value, str) and name not in _NAMES_OF_FILE}
    bounds = {name: (rules.max_header_characters, "max_header_characters") for name in sizes if name not in TEXTS}
    if "title" in sizes:
        bounds["title"] = rules.max_title_characters, "max_title_characters"
    long = [name for name, (bound, _) in bounds.items() if sizes[name] > bound]
    texts = sum(sizes.get(name, 0) for name in TEXTS)
    if not long and texts <= rules.max_body_bytes:
        return dict(row)
    if long:
        what, size, (bound, setting) = long[0], sizes[long[0]], bounds[long[0]]
    else:
        what, size, bound, setting = "text and structured data", texts, rules.max_body_bytes, "max_body_bytes"
    dropped: dict[str, Any] = dict.fromkeys([*long, *(["domain"] if "url" in long else []), *(name for name in TEXTS if name in row)])
    return {**row, **dropped, "status": "error", "error": f"{what} of {size} characters, more than the {bound} that are read ({setting})"}


class Bound(NamedTuple):
    """Bytes that a file or shard may become, unpacked or as rows, and how to say so."""

    size: int
    said: str


def bound_of_file(stored: int, rules: ReadRules) -> Bound:
    """For a file of so many stored bytes; a small one may hold one whole record."""
    return _bound(stored, rules, rules.max_file_bytes, "max_file_bytes")


def bound_of_shard(stored: int, rules: ReadRules) -> Bound:
    """For a shard whose files have so many stored bytes."""
    return _bound(stored, rules, rules.max_shard_bytes, "max_shard_bytes")


def rest_is_not_read(bound: Bound) -> str:
    """The error of a file that holds more than it may."""
    return f"it holds more than {bound.said}; the rest of the file is not read"


def _bound(stored: int, rules: ReadRules, most: int, setting: str) -> Bound:
    expanded = rules.max_expansion * stored
    if most <= max(expanded, rules.max_body_bytes):
        return Bound(most, f"{most} bytes ({setting})")
    if expanded > rules.max_body_bytes:
        return Bound(expanded, f"{expanded} bytes, {rules.max_expansion} times its {stored} (max_expansion)")
    return Bound(rules.max_body_bytes, f"{rules.max_body_bytes} bytes (max_body_bytes)")


class Allowance:
    """What a file, or all files of a shard, may still become."""

    def __init__(self, bound: Bound) -> None:
        self._left = bound.size

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Whether the row still fits; either way it is counted."""
        self._left -= ROW_BYTES + sum(len(value) for value in row.values() if isinstance(value, str))
        return self._left >= 0

    @property
    def is_used_up(self) -> bool:
        """Whether a row did not fit."""
        return self._left < 0
