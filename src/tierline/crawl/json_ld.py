"""Reads the JSON-LD of a page as its author meant it: most of what is not JSON is so by habits that can be told from damage."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator
from typing import Any

from tierline.text.bounded_json import MAX_DEPTH

TYPE = "application/ld+json"
_WRAPPER = re.compile(
    r"(?:\s|//\s*(?=<!\[CDATA\[|\]\]>|-->|<!--)|/\*\s*(?=<!\[CDATA\[|\]\]>)|<!\[CDATA\[(?:\s*\*/)?|\]\]>(?:\s*\*/)?|<!--|-->|\ufeff|;)+"
)
# A string, or what stands between two of them and is no JSON: comments, commas before a bracket, and numbers of other languages.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+"|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*[}\]])|[-+]?(?:\d[\d.eE+-]*|\.\d[\d.eE+-]*)', re.S
)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NUMBER = re.compile(r"\+?(-?)(\d*)(?:\.(\d*))?((?:[eE][+-]?\d+)?)")
_WITHIN_LINES, _PARTING = "a b i u em sub sup font span small strong".split(), "p br h1 h2 h3 h4 h5 h6 li ol ul div img".split()
_MARKUP = re.compile(rf"</?(?:({'|'.join(_WITHIN_LINES)})|{'|'.join(_PARTING)})(?:[\s/][^<>]*)?>", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def is_json_ld(kind: str | None) -> bool:
    """Whether a script's type is that of JSON-LD, in any case and with any parameters."""
    return (kind or "").split(";")[0].strip().lower() == TYPE


def read_json_ld(script: str) -> Iterator[Any]:
    """The values of a script: usually one; several where it writes one behind the other; none from where it is damaged.

    Every value can be written as JSON again: a number that is none (NaN, Infinity, 1e999) becomes null, one that JSON writes otherwise
    (+1, .5) a number, one with zeros in front (01234) a string of its digits; 1702.0 is 1702. Entities in strings are what they stand
    for, and of markup in them the text is there alone. What is nested deeper than MAX_DEPTH becomes null.
    """
    for reading in (script, html.unescape(script)):
        values = list(_values(reading)) or list(_values(_TOKEN.sub(_as_json, reading)))
        if values:
            yield from values
            return


def _values(text: str) -> Iterator[Any]:
    at = 0
    while True:
        wrapper = _WRAPPER.match(text, at)
        at = wrapper.end() if wrapper else at
        if at >= len(text):
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield _plain(value, MAX_DEPTH)


def _float(digits: str) -> float | None:
    value = float(digits)
    if value.is_integer() and "e" not in digits.lower():
        return int(value)
    return value if math.isfinite(value) else None


_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None, parse_float=_float)


def _as_json(match: re.Match[str]) -> str:
    token = match[0]
    if token[0] == '"' or _JSON_NUMBER.fullmatch(token):
        return token
    number = _NUMBER.fullmatch(token)
    if not number or not (number[2] or number[3]):
        return "" if token[0] in ",/" else json.dumps(token)
    sign, whole, decimals, exponent = number.groups()
    if len(whole) > 1 and whole[0] == "0":
        return json.dumps(token)
    return f"{sign}{whole or '0'}{'.' + decimals if decimals else ''}{exponent}"


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _without_markup(html.unescape(value) if _ENTITY.search(value) else value)
    if isinstance(value, list | dict) and not depth:
        return None
    if isinstance(value, list):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_plain(key, depth): _plain(item, depth - 1) for key, item in value.items()}
    return value


def _without_markup(text: str) -> str:
    """A tag within a line parts no words; a break and a block do."""
    if not _MARKUP.search(text):
        return text
    return " ".join(_MARKUP.sub(lambda tag: "" if tag[1] else " ", text).split())
