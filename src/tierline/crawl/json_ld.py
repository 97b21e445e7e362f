"""Reads the JSON-LD of a page as its author meant it: most of what is not JSON is so by habits that can be told from damage."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from tierline.crawl.loose_json import read_loosely, sound_float
from tierline.text.bounded_json import MAX_DEPTH

TYPE = "application/ld+json"
_WRAPPER = re.compile(
    r"(?:\s|//\s*(?=<!\[CDATA\[|\]\]>|-->|<!--)|/\*\s*(?=<!\[CDATA\[|\]\]>)|<!\[CDATA\[(?:\s*\*/)?|\]\]>(?:\s*\*/)?|<!--|-->|\ufeff|[;,])+"
)
_WITHIN_LINES, _PARTING = "a b i u em sub sup font span small strong".split(), "p br h1 h2 h3 h4 h5 h6 li ol ul div img".split()
_MARKUP = re.compile(rf"</?(?:({'|'.join(_WITHIN_LINES)})|{'|'.join(_PARTING)})(?:[\s/][^<>]*)?>", re.I)
_MARKED = "&", "<", "\\u00"  # what a script has if any string in it has entities or markup
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def is_json_ld(kind: str | None) -> bool:
    """Whether a script's type is that of JSON-LD, in any case and with any parameters."""
    return (kind or "").split(";")[0].strip().lower() == TYPE


def read_json_ld(script: str) -> Iterator[Any]:
    """The values of a script: usually one; several where it writes one behind the other; none from where it is damaged.

    Every value can be written as JSON again: a number that is none (NaN, Infinity, 1e999) becomes null, and what else is no JSON is
    read by `loose_json`; 1702.0 is 1702. Entities in strings are what they stand for, and of markup in them the text is there alone.
    What is nested deeper than MAX_DEPTH becomes null.
    """
    yield from list(_values(script)) or _values(html.unescape(script))


def _values(text: str) -> Iterator[Any]:
    at, is_sound = 0, True
    is_plain = not any(sign in text for sign in _MARKED) and text.count("{") + text.count("[") <= MAX_DEPTH
    while True:
        wrapper = _WRAPPER.match(text, at)
        at = wrapper.end() if wrapper else at
        if at >= len(text):
            return
        found = _decoded(text, at) if is_sound else None
        is_sound = found is not None  # asked once after a fault, for the decoder counts the lines before each
        found = found or read_loosely(text, at, MAX_DEPTH)
        if found is None:
            return
        value, at = found
        yield value if is_plain else _plain(value, MAX_DEPTH)


_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None, parse_float=sound_float)


def _decoded(text: str, at: int) -> tuple[Any, int] | None:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _without_markup(html.unescape(value) if "&" in value and _ENTITY.search(value) else value)
    if isinstance(value, list | dict) and not depth:
        return None
    if isinstance(value, list):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_plain(key, depth): _plain(item, depth - 1) for key, item in value.items()}
    return value


def _without_markup(text: str) -> str:
    """A tag within a line parts no words; a break and a block do."""
    if "<" not in text or not _MARKUP.search(text):
        return text
    return " ".join(_MARKUP.sub(lambda tag: "" if tag[1] else " ", text).split())
