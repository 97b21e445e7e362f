"""Replaces personal data in structured data by tags, value by value, so that every line stays JSON."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import Any

from tierline.filters.pii import find
from tierline.text.bounded_json import MAX_DEPTH, parse_json


def redact_lines(lines: str, language: str | None = None) -> tuple[str, int]:
    """(JSON lines with <EMAIL>, <PHONE>, ... in place of personal data in keys and values, number of replacements).

    `language` as for `find`. A number with a replacement becomes a string. A line that cannot be read is left out: nobody can tell what
    it holds.
    """
    found = [_redact_line(line, language) for line in lines.split("\n") if line]
    return "\n".join(line for line, _ in found if line), sum(count for _, count in found)


def _redact_line(line: str, language: str | None) -> tuple[str, int]:
    try:
        parsed = parse_json(line, MAX_DEPTH + 2)
    except ValueError:
        return "", 0
    words = _Words()
    words.add(parsed, "")
    tags = words.tags(language)
    count = sum(replaced for _, replaced in tags)
    return (json.dumps(_replaced(parsed, iter(tags)), ensure_ascii=False), count) if count else (line, 0)


class _Words:
    """Keys and values of a JSON value in reading order, each on a line of its own behind the key that says what it is."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._texts: list[str] = []
        self._length = 0

    def add(self, value: Any, key: str) -> None:
        """Add all keys and values of a value that has a key."""
        if isinstance(value, dict):
            rows = _captions(value)
            for name, inner in value.items():
                self._add("", name)
                if rows is not None and name == "rows":
                    for captions, row in zip(rows, inner, strict=True):
                        for caption, cell in zip(captions, row, strict=True):
                            self.add(cell, caption)
                else:
                    self.add(inner, name)
        elif isinstance(value, list):
            for inner in value:
                self.add(inner, key)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            self._add(key, value if isinstance(value, str) else json.dumps(value))

    def _add(self, key: str, text: str) -> None:
        before = f"{key}: " if key else ""
        self._starts.append(self._length + len(before))
        self._texts.append(text)
        self._parts.append(f"{before}{text}\n")
        self._length += len(before) + len(text) + 1

    def tags(self, language: str | None) -> list[tuple[str, int]]:
        """Each text with its personal data replaced, and how often."""
        found: list[tuple[str, int]] = [(text, 0) for text in self._texts]
        for start, end, kind in reversed(find("".join(self._parts), language)):
            place = bisect_right(self._starts, start) - 1
            if place < 0:
                continue
            text, count = found[place]
            at, behind = start - self._starts[place], min(end - self._starts[place], len(self._texts[place]))
            if at < behind:
                found[place] = f"{text[:at]}<{kind}>{text[behind:]}", count + 1
        return found


def _captions(value: dict[str, Any]) -> list[list[str]] | None:
    """What each cell of a table's rows is: its column, or where the table has no header the row's first cell; None for no table."""
    header, rows = value.get("header"), value.get("rows")
    if value.get("kind") != "table" or not isinstance(header, list) or not isinstance(rows, list):
        return None
    if not all(isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in [header, *rows]):
        return None
    return [[(header[column : column + 1] or (row[:1] if column else []) or [""])[0] for column in range(len(row))] for row in rows]


def _replaced(value: Any, tags: Any) -> Any:
    """The value with each key and plain value as `tags` has it, in the order of _Words."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for inner in value.values():
            name = next(tags)[0]
            found[name] = _replaced(inner, tags)
        return found
    if isinstance(value, list):
        return [_replaced(inner, tags) for inner in value]
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        text, count = next(tags)
        return text if count or isinstance(value, str) else value
    return value
