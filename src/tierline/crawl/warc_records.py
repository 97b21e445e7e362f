"""Reads WARC records in whatever spelling: field names in any case, lines that end in LF, any packing; slower than fastwarc."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO

from tierline.crawl.http_head import read_head
from tierline.crawl.times import time_of
from tierline.crawl.unpack import GZIP, PLAIN, Broken, Packing, next_start, unpack

MAX_HEAD_BYTES = 1 << 16
LENGTH_DIGITS = 18  # of no file that there is


@dataclass(frozen=True, slots=True)
class Record:
    """A record of any type. `read` returns its block, at most `length` bytes, and works until the next record is asked for."""

    fields: dict[str, str]  # names in lower case
    length: int
    read: Callable[[], bytes]

    @property
    def type(self) -> str:
        """`response`, `resource` and so on."""
        return self.fields.get("warc-type", "").lower()

    @property
    def id(self) -> str | None:
        """As it is written, with its brackets."""
        return self.fields.get("warc-record-id")

    @property
    def date(self) -> datetime | None:
        """In UTC; None for no date, or one beyond the years 1 to 9999."""
        return time_of(self.fields.get("warc-date"))


def read_records(file: IO[bytes], packing: Packing, start: int, most_bytes: int) -> Iterator[tuple[int, Record] | Broken]:
    """Every record from `start` on with the place of its member, and what is broken between them; behind that reading goes on.

    Unpacks at most `most_bytes`.
    """
    position: int | None = start
    holds = partial(_holds_record, magic=packing.magic)
    while position is not None:
        stream = _Stream(unpack(file, packing, position), packing.magic == PLAIN, most_bytes)
        try:
            cut = yield from _records(stream)
            if cut is None:
                return
            # A record that says it is longer than it is has taken in those behind it.
            most_bytes, position = stream.left, next_start(file, cut + 1, packing.magic, holds)
        except Broken as broken:
            yield broken
            most_bytes = stream.left
            position = None if broken.final else next_start(file, broken.position + 1, packing.magic, holds)


def _records(stream: _Stream) -> Generator[tuple[int, Record] | Broken, None, int | None]:
    """Returns the place of a record within which the file ends, if it does so."""
    while stream.holds_more():
        place = stream.place
        line = stream.line()
        if not line.strip():
            continue
        if not line.upper().startswith(PLAIN):
            raise Broken(place, f"broken record: it begins with {line[:20]!r}")
        _, fields, _ = read_head(line + stream.head(place), 0)
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) <= LENGTH_DIGITS):
            raise Broken(place, "broken record: no length")
        body = _Body(stream, int(length))
        yield (place, Record(fields, int(length), body.read)) if fields.get("warc-type") else Broken(place, "a record without a type")
        if body.skip():
            return place
    return None


class _Stream:
    """Unpacked bytes, in order, and where in the file the next one comes from."""

    def __init__(self, pieces: Iterator[tuple[int, bytes]], plain: bool, most_bytes: int) -> None:
        self._pieces, self._plain, self.left = pieces, plain, most_bytes
        self._base, self._data, self._at = 0, b"", 0
        self._begins = False  # whether these bytes are the first of a member

    def holds_more(self) -> bool:
        """Whether there is a next byte. Raises Broken where the file is."""
        if self._at == len(self._data):
            before = self._base
            self._base, self._data = next(self._pieces, (self._base, b""))
            self._at, self._begins = 0, self._base != before
            self.left -= len(self._data)
            if self.left < 0:
                raise Broken(self._base, "it unpacks to more than is read", final=True)
        return self._at < len(self._data)

    @property
    def place(self) -> int:
        """Of the next byte, or of the member that it comes from."""
        return self._base + self._at * self._plain

    def is_at_record(self) -> bool:
        """Whether the next byte is the first of a member that begins with a record."""
        return self.holds_more() and not (self._plain or self._at) and self._begins and self._data.startswith(PLAIN)

    def take(self, size: int) -> bytes:
        """Up to `size` bytes, at least one unless the file ends."""
        taken = self._data[self._at : self._at + size] if self.holds_more() else b""
        self._at += len(taken)
        return taken

    def line(self) -> bytes:
        """With its end; a line of more than MAX_HEAD_BYTES in parts, and one that is cut off as far as it is in its member."""
        parts: list[bytes] = []
        size = 0
        while size < MAX_HEAD_BYTES and self.holds_more():
            end = self._data.find(b"\n", self._at) + 1 or len(self._data)
            parts.append(self.take(end - self._at))
            size += len(parts[-1])
            if parts[-1].endswith(b"\n") or self.is_at_record():
                break
        return b"".join(parts)

    def head(self, start: int) -> bytes:
        """Lines up to an empty one, of the record whose place is `start`. Raises Broken if its member ends before, or it is too long."""
        lines, size = list[bytes](), 0
        while not lines or lines[-1].strip(b"\r\n"):
            if self.is_at_record():
                raise Broken(start, "broken record: its header is cut off")
            lines.append(self.line())
            size += len(lines[-1])
            if size > MAX_HEAD_BYTES:
                raise Broken(start, f"broken record: header length of more than {MAX_HEAD_BYTES} bytes")
        return b"".join(lines)


class _Body:
    """The block of a record within a stream: as long as it says, but it ends where the member behind it begins another record."""

    def __init__(self, stream: _Stream, length: int) -> None:
        self._stream, self._left = stream, length

    def read(self) -> bytes:
        """All that is there of it."""
        return b"".join(self._parts())

    def skip(self) -> int:
        """Go on behind it; how many bytes of it are missing because the file ends."""
        for _ in self._parts():
            pass
        return self._left

    def _parts(self) -> Iterator[bytes]:
        while self._left and (part := self._stream.take(self._left)):
            yield part
            self._left -= len(part)
            if self._left and self._stream.is_at_record():
                self._left = 0


def _holds_record(file: IO[bytes], position: int, magic: bytes) -> bool:
    if magic == PLAIN:
        file.seek(max(0, position - 1))
        return file.read(1) == b"\n"
    if magic != GZIP:
        return True
    file.seek(position)
    try:
        return zlib.decompressobj(31).decompress(file.read(512), 5).startswith(PLAIN)
    except zlib.error:
        return False
