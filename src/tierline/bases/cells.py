"""Finds the values of a column in a row: a name, or a path into nested values."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TEXT = "#text"
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as the base writes it, with what the base says of it beside it: unit, time, language, whether it holds no more, and the id of
    a thing."""

    text: str
    unit: str = ""
    time: str = ""
    language: str = ""
    is_former: bool = False
    id: str = ""


def cells(data: Any, path: str) -> Iterator[Cell]:
    """The values at a path: names with `/` between them, `*` for every value of an object, `@keys` for its names, a number for one item
    of a list. A name that the row
    has as a whole counts first, and lists stand for all their items. What is empty or null is no value."""
    if isinstance(data, dict) and path in data:
        yield from _leaves(data[path])
        return
    for value in _walk(data, path.split("/")):
        yield from _leaves(value)


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        place = int(steps[0]) if steps and steps[0].isdecimal() else None
        if place is not None and place < len(value):
            yield from _walk(value[place], steps[1:])
        for item in value if place is None else ():
            yield from _walk(item, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict):
        first, rest = steps[0], steps[1:]
        if first == "@keys":
            yield from value
        elif first == "*":
            for item in value.values():
                yield from _walk(item, rest)
        elif first in value:
            yield from _walk(value[first], rest)


def _leaves(value: Any) -> Iterator[Cell]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        if text := _clean(value.get(_TEXT)):
            beside = (str(value.get(name, "")) for name in ("unit", "time", "language"))
            yield Cell(text, *beside, is_former=bool(value.get("former")), id=str(value.get("@id", "")))
    elif text := _clean(value):
        yield Cell(text)


def text_of(value: Any) -> Any:
    """The same nested values with HTML as its text: tags are spaces, entities the characters that they stand for."""
    if isinstance(value, str):
        return html.unescape(_TAG.sub(" ", value)) if "<" in value or "&" in value else value
    if isinstance(value, list):
        return [text_of(item) for item in value]
    return {name: text_of(item) for name, item in value.items()} if isinstance(value, dict) else value


def _clean(value: Any) -> str:
    """On one line, without white space around it; numbers as Python writes them, truth as JSON does."""
    if value is None or isinstance(value, bytes | dict | list):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return " ".join(text.replace("\0", " ").split())
