"""Rows of JSON and of JSON lines. Numbers stay as they are written, so that no digit is lost or gained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from tierline.errors import BadInput


def parse(text: str | bytes) -> Any:
    """JSON with numbers as text."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def encoding_of(reader: Any) -> str:
    """The encoding of a file; UTF-8 may begin with its mark."""
    return "utf-8-sig" if reader.encoding.lower() in ("utf-8", "utf8") else reader.encoding


def json_rows(file: IO[bytes], reader: Any) -> Iterator[tuple[str, Any]]:
    """(JSON pointer, value) of the items of the list at `reader.rows`; an object there is one row, `*` stands for all of its values."""
    try:
        found = [("", parse(file.read().decode(encoding_of(reader))))]
    except RecursionError:
        raise BadInput("is nested too deeply") from None
    for step in reader.rows.split("/") if reader.rows else ():
        inner: list[tuple[str, Any]] = []
        for pointer, value in found:
            if step == "*" and isinstance(value, dict | list):
                inner += _items(pointer, value)
            elif isinstance(value, dict) and step in value:
                inner.append((f"{pointer}/{_escaped(step)}", value[step]))
            else:
                raise BadInput(f"nothing is at {pointer}/{step}{_present(value)}", do="mend `rows` in the mapping")
        found = inner
    for pointer, value in found:
        yield from _items(pointer, value) if isinstance(value, list) else ((pointer or "/", value),)


def line_rows(file: IO[bytes], reader: Any) -> Iterator[tuple[str, Any]]:
    """(line N, value); a line that is no JSON is an error of that row, an empty one no row."""
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                yield f"line {number}", parse(line.decode(encoding_of(reader)))
            except (ValueError, RecursionError) as error:
                yield f"line {number}", ValueError(f"no JSON: {error}")


def _items(pointer: str, value: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [(f"{pointer}/{_escaped(str(key))}", item) for key, item in items]


def _present(value: Any) -> str:
    return f", but {', '.join(map(str, list(value)[:8]))}" if isinstance(value, dict) else ""


def _escaped(key: str) -> str:
    """As in RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")
