"""Replaces personal data in structured data by tags, value by value, so that every line stays JSON."""

from __future__ import annotations

import json
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from tierline.filters.pii import find
from tierline.text.bounded_json import MAX_DEPTH, parse_json


def redact_lines(lines: str, language: str | None = None) -> tuple[str, int]:
    """(JSON lines with <EMAIL>, <PHONE>, ... in place of personal data in keys and values, number of replacements).

    `language` as for `find`. A number with a replacement becomes a string. A line that cannot be read is left out: nobody can tell what
    it holds.
    """
    words = _Words()
    read: list[tuple[str, Any, int]] = []  # line, value, the words up to its end
    for line in filter(None, lines.split("\n")):
        try:
            value = parse_json(line, MAX_DEPTH + 2)
        except ValueError:
            continue
        words.add(value, "")
        read.append((line, value, len(words)))
    tags, done = words.tags(language), 0
    redacted: list[str] = []
    for line, value, end in read:
        own, done = tags[done:end], end
        changed = any(replaced for _, replaced in own)
        redacted.append(json.dumps(_replaced(value, iter(own)), ensure_ascii=False) if changed else line)
    return "\n".join(redacted), sum(replaced for _, replaced in tags)


class _Words:
    """Keys and values of JSON values in reading order, each on a line of its own behind the key that says what it is."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []  # what stands before a text, the text

    def __len__(self) -> int:
        return len(self._found)

    def add(self, value: Any, key: str) -> None:
        """Add all keys and values of a value that has a key."""
        if isinstance(value, str):
            self._found.append((key, value))
        elif isinstance(value, dict):
            rows = _captions(value)
            for name, inner in value.items():
                self._found.append(("", name))
                if rows is not None and name == "rows":
                    for captions, row in zip(rows, inner, strict=True):
                        self._found += zip(captions, row, strict=True)
                else:
                    self.add(inner, name)
        elif isinstance(value, list):
            for inner in value:
                self.add(inner, key)
        elif _is_number(value):
            self._found.append((key, json.dumps(value)))

    def tags(self, language: str | None) -> list[tuple[str, int]]:
        """Each text with its personal data replaced, and how often; empty if there is none in any."""
        lines = [f"{key}: {text}\n" if key else f"{text}\n" for key, text in self._found]
        spans = find("".join(lines), language)
        if not spans:
            return []
        texts = [text for _, text in self._found]
        starts = [end - len(text) - 1 for end, text in zip(accumulate(map(len, lines)), texts, strict=True)]
        found = [(text, 0) for text in texts]
        for start, end, kind in reversed(spans):
            place = bisect_right(starts, start) - 1
            if place < 0:
                continue
            text, count = found[place]
            at, behind = start - starts[place], min(end - starts[place], len(texts[place]))
            if at < behind:
                found[place] = f"{text[:at]}<{kind}>{text[behind:]}", count + 1
        return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _captions(value: dict[str, Any]) -> list[list[str]] | None:
    """What each cell of a table's rows is: its column, or where the table has no header the row's first cell; None for no table."""
    if value.get("kind") != "table":
        return None
    header, rows = value.get("header"), value.get("rows")
    if not isinstance(header, list) or not isinstance(rows, list):
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
    if isinstance(value, str) or _is_number(value):
        text, count = next(tags)
        return text if count or isinstance(value, str) else value
    return value
