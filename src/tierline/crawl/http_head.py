"""Divides an HTTP response into its head and its body, in whatever spelling the head is; verification needs no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

STATUS_LINE = re.compile(rb"(?:[A-Za-z]{1,9}(?:/\s?[\d.]{1,5})?[ \t]{1,9})?(\d{3})(?!\d)")

HEAD = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]{1,9}\d{3}[^\n]{0,999}\n(?:[!-9;-~]{1,99}[ \t]{0,9}:[^\n]*+\n|[ \t][^\n]*+\n)++\r?\n")


# Fields whose values, sent several times, are lines of their own: a crawler's name in one holds to the end of its line.
BY_LINE = frozenset(("x-robots-tag",))


class Response(NamedTuple):
    """An HTTP response as it was stored: None for a status line that is none, names of fields in lower case.

    A field that is there several times has all values, with commas between them (RFC 9110, 5.3); those of BY_LINE with line feeds.
    """

    status: int | None
    fields: dict[str, str]
    body: bytes


def split_response(block: bytes) -> Response:
    """Head and body. Lines end in CRLF or LF; one that begins with white space goes on with the one before it (RFC 9112, 2.2 and 5.2)."""
    status, fields, start = read_head(block, 0)
    while status and status // 100 == 1 and STATUS_LINE.match(block, start):  # an interim response: the final one follows
        status, fields, start = read_head(block, start)
    return Response(status, fields, block[start:])


def without_heads(payload: bytes) -> bytes:
    """A payload without the heads of HTTP responses before it: some crawlers store them as a part of the page, and they hold cookies."""
    start = 0
    while head := HEAD.match(payload, start):
        start = head.end()
    return payload[start:]


def read_head(block: bytes, start: int) -> tuple[int | None, dict[str, str], int]:
    """(status or None, fields by lower-case name, where the body begins) of a head that begins at `start`."""
    while block.startswith((b"\r\n", b"\n"), start):  # a server may send empty lines first (RFC 9112, 2.2)
        start = block.index(b"\n", start) + 1
    first = STATUS_LINE.match(block, start)
    fields: dict[str, list[str]] = {}
    value: list[str] = []
    for number, (line, end) in enumerate(_lines(block, start)):
        start = end
        if not line:
            break
        if line[0] in b" \t":
            value.append(" " + line.strip().decode("latin-1"))
        elif number:
            name, _, said = line.decode("latin-1").partition(":")
            name = name.strip().lower()
            value = fields.setdefault(name, [])
            value += ["\n" if name in BY_LINE else ", ", said.strip()] if value else [said.strip()]
    return int(first.group(1)) if first else None, {name: "".join(parts).strip() for name, parts in fields.items()}, start


def _lines(block: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    """(line without its end, where the next one begins)."""
    while start < len(block):
        end = block.find(b"\n", start) + 1 or len(block) + 1
        yield block[start : end - 1].removesuffix(b"\r"), min(end, len(block))
        start = end
