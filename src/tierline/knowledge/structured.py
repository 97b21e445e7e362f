"""Reads statements from structured data (JSON-LD, microdata, tables), with the span of each in the stored JSON lines."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tierline.text.bounded_json import MAX_DEPTH, parse_json

# A string with its colon if it is a key, or a number. The line is sound JSON, so every string in it ends.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+":?|-?(?:\d[\d.eE+-]*|Infinity)|NaN')


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that `subject` has `predicate` `object`, in the characters from `start` to `end`."""

    subject: str
    predicate: str
    object: str
    start: int
    end: int
    method: str  # jsonld | microdata | table | text


def structured_statements(lines: str, title: str) -> Iterator[Statement]:
    """Every statement of an `l0_raw.structured_data` value; `title` names what a table without caption is about."""
    offset = 0
    for line in lines.split("\n"):
        try:
            parsed = parse_json(line, MAX_DEPTH + 2) if line else {}
        except ValueError:  # redaction may have changed a value
            parsed = {}
        item: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
        cursor = _Cursor(line, offset)
        if item.get("kind") == "table":
            yield from _table(item, cursor, title)
        elif item.get("kind"):
            yield from _object(item.get("data"), cursor, item["kind"])
        offset += len(line) + 1


class _Cursor:
    """Finds values in the order in which JSON writes them, so that each of several equal values has its own span.

    All tokens of the line are located once: a value that is not there costs no search to the line's end.
    """

    def __init__(self, line: str, offset: int) -> None:
        self._offset, self._position = offset, 0
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for token in TOKEN.finditer(line):
            self._places[token[0]].append(token.start())

    def find(self, token: str, advance: bool = True) -> tuple[int, int] | None:
        """The next place of a value, or of a key with its colon, in characters of the whole field.

        Without `advance` the next search goes on from before it.
        """
        places = self._places.get(token, [])
        number = bisect_left(places, self._position)
        if number == len(places):
            return None
        start = places[number]
        if advance:
            self._position = start + len(token)
        return self._offset + start, self._offset + start + len(token)


def _object(data: Any, cursor: _Cursor, method: str) -> Iterator[Statement]:
    """Scalar properties of every object that has a name, depth first in the order of the text."""
    if isinstance(data, list):
        for value in data:
            yield from _object(value, cursor, method)
    elif isinstance(data, dict):
        name = data.get("name")
        for key, value in data.items():
            for scalar in _scalars(value):
                where = cursor.find(json.dumps(scalar, ensure_ascii=False))
                if where and isinstance(name, str) and not key.startswith("@"):
                    yield Statement(name, key, _spoken(scalar), *where, method)
            if isinstance(value, dict | list) and not _scalars(value):
                other = value.get("name") if isinstance(value, dict) else None
                if isinstance(other, str) and isinstance(name, str) and not key.startswith("@"):
                    yield from _relation(name, key, other, cursor, method)
                yield from _object(value, cursor, method)


def _relation(name: str, key: str, other: str, cursor: _Cursor, method: str) -> Iterator[Statement]:
    """`"author": {"name": "X"}` says that X is the author; quoted from the key to the name."""
    start = cursor.find(json.dumps(key, ensure_ascii=False) + ":")
    end = cursor.find(json.dumps(other, ensure_ascii=False), advance=False)  # its own properties are read after this
    if start and end:
        yield Statement(name, key, other, start[0], end[1], method)


def _scalars(value: Any) -> list[str | int | float]:
    """A plain value, or a list of plain values; nothing for objects."""
    values = value if isinstance(value, list) else [value]
    plain = [item for item in values if isinstance(item, str | int | float) and not isinstance(item, bool)]
    return plain if len(plain) == len(values) else []


def _spoken(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _table(item: dict[str, Any], cursor: _Cursor, title: str) -> Iterator[Statement]:
    """With a header row each cell states its column of its row's first cell; else each row states a property of the page."""
    header, about = item.get("header") or [], item.get("caption") or title
    cursor.find('"rows":')
    for row in item.get("rows", []):
        spans = [cursor.find(json.dumps(cell, ensure_ascii=False)) for cell in row]
        if not spans or spans[0] is None:
            continue
        pairs = list(zip(header, row, spans, strict=False))[1:] if header else list(zip(row[:1], row[1:2], spans[1:2], strict=False))
        for predicate, value, span in pairs:
            if span and value:
                subject = row[0] if header else about
                yield Statement(subject, predicate, value, spans[0][0], span[1], "table")
