"""Reads an object or array that is not quite JSON: what is no JSON in it costs a value, and never makes a number that nobody wrote."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

# A comment; a string, which may lack its end; one in single quotes; what structures; a word: whatever else stands together.
_TOKEN = re.compile(
    r"""(?P<skip>\s+|(?<!:)//[^\n]*|/\*.*?(?:\*/|\Z))
    |"(?P<string>(?:[^"\\]|\\.)*+)(?P<end>"?)
    |'(?P<single>(?:[^'\\\n]|\\.)*+)'(?=\s*+[,:}\]])
    |(?P<mark>[{}\[\],:])
    |(?P<word>(?:[^\s"{}\[\],:/]|/(?![/*]))++|.)""",
    re.S | re.X,
)
_ESCAPE = re.compile(r"""(\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))|\\(.)|(")""", re.S)
_NAME = re.compile(r"[A-Za-z_$@][\w$@-]*")  # a key without quotes, as JavaScript and JSON5 have it
_NUMBER = re.compile(r"([+-]?)(\d*)(\.?)(\d*)((?:[eE][+-]?\d+)?)", re.A)
# What somebody meant as a number, a measure, a date or a time; and a number whose decimal comma or thousands look like the next member.
_FIGURE = re.compile(r"[-+−–~≈]?\s?[$€£¥₹]?\s?[-−]?\d[\w.:/+% °²³'’-]{0,60}\s?[$€£¥₹]?")
_GROUPED = re.compile(r"[-+−–]?\s?[$€£¥₹]?\s?[-−]?\d[\d. '’]{0,30}(?:,\d{1,30}){1,9}(?:\.\d{1,30})?\s?[^\s\d,]{0,4}")
_TRUTHS = {"true": True, "false": False}


class _Damage(ValueError):
    """A string that ends early or never, or brackets that do not match: nobody can tell what the rest belongs to."""


@dataclass(slots=True)
class _Open:
    """An open object or array, with the tokens since the last comma in it; `data` is None where nothing in it is kept."""

    data: dict[str, Any] | list[Any] | None
    closes: str
    tokens: list[re.Match[str]] = field(default_factory=list[re.Match[str]])
    spoiled: bool = False  # brackets stand among the tokens
    filled: bool = False  # an object or array was the value here
    last: tuple[str, int] | None = None  # the key of the member before, and where its value began, if that had no quotes


def read_loosely(text: str, at: int, max_depth: int) -> tuple[Any, int] | None:
    """(value, place behind it) of the object or array at a place; None where there is none, or where it is damaged.

    A number that JSON writes otherwise (+1, .5) is a number, one with zeros in front (01234) a string of its digits. What was meant as a
    number or date (12,50; 5kg; 01/02/2020) is a string, any other word null, as is what is left out between two commas of an array and
    what is nested deeper than `max_depth`. Strings and keys may stand in single quotes, keys without any; a backslash before what JSON
    does not escape is left out before a sign and kept before a letter. Linear in the text.
    """
    if text[at : at + 1] not in ("{", "["):
        return None
    stack: list[_Open] = []
    try:
        while token := _TOKEN.match(text, at):
            at = token.end()
            if token["skip"]:
                continue
            mark = token["mark"]
            if mark in ("{", "["):
                stack.append(_opened(mark, stack[-1] if stack else None, len(stack) >= max_depth))
            elif mark in ("}", "]"):
                _end_member(stack[-1], text)
                closed = stack.pop()
                if mark != closed.closes:
                    raise _Damage
                if not stack:
                    return (closed.data, at) if closed.data else None
                _put(stack[-1], closed)
            elif mark == ",":
                outer = stack[-1]
                if isinstance(outer.data, list) and not outer.tokens and not outer.filled and not outer.spoiled:
                    outer.data.append(None)
                _end_member(outer, text)
                outer.filled = False
            elif token["string"] is not None and not token["end"]:
                raise _Damage
            else:
                stack[-1].tokens.append(token)
    except _Damage:
        pass
    return None


def _opened(mark: str, outer: _Open | None, is_too_deep: bool) -> _Open:
    """What a bracket opens: something to keep where a value is due."""
    data: dict[str, Any] | list[Any] = {} if mark == "{" else []
    closes = "}" if mark == "{" else "]"
    if outer is None:
        return _Open(data, closes)
    if outer.data is None or is_too_deep:
        return _Open(None, closes)
    due = not outer.tokens if isinstance(outer.data, list) else len(outer.tokens) == 2 and _key(outer.tokens) is not None
    return _Open(data if due and not outer.spoiled else None, closes)


def _put(outer: _Open, closed: _Open) -> None:
    """Put what was closed where it stands, or note that there are brackets where none belong."""
    if outer.data is None:
        return
    if isinstance(outer.data, list) and not outer.tokens and not outer.spoiled:
        outer.data.append(closed.data)
    elif isinstance(outer.data, dict) and len(outer.tokens) == 2 and not outer.spoiled and (key := _key(outer.tokens)) is not None:
        outer.data[key] = closed.data
    else:
        outer.spoiled = True
        return
    outer.tokens, outer.filled, outer.last = [], True, None


def _end_member(one: _Open, text: str) -> None:
    """Put the value that the tokens are, if there are any."""
    tokens, spoiled = one.tokens, one.spoiled
    one.tokens, one.spoiled = [], False
    if one.data is None or not (tokens or spoiled):
        return
    if isinstance(one.data, list):
        one.data.append(None if spoiled else _value(tokens, text))
        return
    key = _key(tokens)
    if key is not None:
        one.data[key] = None if spoiled else _value(tokens[2:], text)
        one.last = (key, tokens[2].start()) if len(tokens) > 2 and tokens[2]["word"] else None
        return
    if any(token["word"] is None for token in tokens):
        raise _Damage
    if one.last:
        key, start = one.last
        written = " ".join(text[start : tokens[-1].end()].split()) if tokens and not spoiled else ""
        one.data[key] = written if _GROUPED.fullmatch(written) else None


def _key(tokens: list[re.Match[str]]) -> str | None:
    """The key that tokens begin with, None where they begin with none."""
    if len(tokens) < 2 or tokens[1]["mark"] != ":":
        return None
    if tokens[0]["word"]:
        return tokens[0]["word"] if _NAME.fullmatch(tokens[0]["word"]) else None
    return _string(tokens[0])


def _value(tokens: list[re.Match[str]], text: str) -> Any:
    if not tokens:
        return None
    if len(tokens) == 1 and not tokens[0]["word"]:
        return _string(tokens[0])
    if any(token["word"] is None and token["mark"] is None for token in tokens):
        raise _Damage
    written = " ".join(text[tokens[0].start() : tokens[-1].end()].split())
    if written.lower() in _TRUTHS:
        return _TRUTHS[written.lower()]
    number = _NUMBER.fullmatch(written)
    if not number or not (number[2] or number[4]):
        return written if _FIGURE.fullmatch(written) else None
    sign, whole, point, decimals, exponent = number.groups()
    if len(whole) > 1 and whole[0] == "0":
        return written
    sound = f"{sign.removeprefix('+')}{whole or '0'}"
    try:
        return sound_float(f"{sound}.{decimals or '0'}{exponent}") if point or exponent else int(sound)
    except ValueError:  # Python reads no number of thousands of digits
        return None


def sound_float(digits: str) -> float | None:
    """The number, a whole one without a point; None where it is too large to be one."""
    value = float(digits)
    if value.is_integer() and "e" not in digits.lower():
        return int(value)
    return value if math.isfinite(value) else None


def _string(token: re.Match[str]) -> str | None:
    body = token["string"] if token["string"] is not None else token["single"]
    return None if body is None else json.loads(f'"{_ESCAPE.sub(_sound_escape, body)}"', strict=False)


def _sound_escape(match: re.Match[str]) -> str:
    sound, other, quote = match.groups()
    if sound:
        return sound
    if quote:
        return '\\"'
    return f"\\\\{other}" if other.isalnum() else other
