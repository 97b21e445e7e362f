"""Reads a line of JSON with the place of every value, so that what a value states can be quoted where it stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

# The line is sound JSON, so every string in it ends.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},:]|[^\s\[\]{},:"]+')


@dataclass(frozen=True, slots=True)
class Value:
    """A value in the characters from `start` to `end`: `data` is a str, int, float, bool or None, a list of Values, or a dict of Values
    by name. `key_start` is where its name stands, its own start where it has none."""

    data: Any
    start: int
    end: int
    key_start: int


def read_spans(line: str, offset: int) -> Value:
    """The value of a sound JSON line that stands at an offset."""
    tokens = [(match.group(), match.start() + offset, match.end() + offset) for match in _TOKEN.finditer(line)]
    return _read(tokens, 0, None)[0]


def _read(tokens: list[tuple[str, int, int]], at: int, key_start: int | None) -> tuple[Value, int]:
    text, start, end = tokens[at]
    begun = start if key_start is None else key_start
    if text == "[":
        items: list[Value] = []
        at += 1
        while tokens[at][0] != "]":
            item, at = _read(tokens, at, None)
            items.append(item)
            at += tokens[at][0] == ","
        return Value(items, start, tokens[at][2], begun), at + 1
    if text == "{":
        fields: dict[str, Value] = {}
        at += 1
        while tokens[at][0] != "}":
            name = json.loads(tokens[at][0])
            fields[name], at = _read(tokens, at + 2, tokens[at][1])
            at += tokens[at][0] == ","
        return Value(fields, start, tokens[at][2], begun), at + 1
    return Value(json.loads(text), start, end, begun), at + 1
