"""Iterates over the records of an ARC file (the Internet Archive's format before WARC), each as the WARC record that it would be.

Written here because warcio, which reads ARC, knows only the headers of version 1, refuses a file that is one gzip member, and ends at the
first fault.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import IO, Any, NamedTuple

from tierline.crawl.compression import Unpacked
from tierline.crawl.stored import UNREADABLE
from tierline.crawl.times import time_of
from tierline.crawl.unpack import GZIP, SCAN_BYTES, Broken, next_start
from tierline.crawl.warc import payload_of
from tierline.crawl.warc_records import Record

MAX_HEADER_BYTES = 1 << 16
MAX_BODY_BYTES = 1 << 30  # of a record that is read again; the first reading has a bound of its own
# URL, IP address, date, media type; in version 2 also result code, checksum, location, offset, file name; length. URLs may hold spaces.
_HEADER = re.compile(
    rb"([a-z][a-z0-9+.-]{0,30}:[^\r\n]{0,40000}?) (?:[\da-f.:]{1,60}|-) (\d{8,14})"
    rb"(?: ([^\r\n ]{0,4000}))?(?: [^\r\n]{0,8000}?)? (\d{1,15})\r?\n?\Z",
    re.I,
)
_PEEK_BYTES = 4096  # stored bytes of a gzip member that hold its first header


class ArcRecord(NamedTuple):
    """`body` is None if it is longer than what is read; it is shorter than `length` where the file ends within it."""

    url: bytes
    date: bytes
    media_type: bytes
    length: int
    body: bytes | None

    @property
    def is_version_block(self) -> bool:
        """Whether it is about the file."""
        return self.url.startswith(b"filedesc:")

    def as_warc(self) -> Record:
        """The WARC record that it would be. What a web server sent is a response, all else a resource."""
        is_http, body = self.url.lower().startswith((b"http:", b"https:")), self.body or b""
        moment = time_of(self.date)
        fields = {
            "warc-type": "response" if is_http else "resource",
            "warc-target-uri": self.url.decode("utf-8", "replace"),
            "warc-date": moment.isoformat() if moment else "",
            "content-type": "application/http; msgtype=response" if is_http else self.media_type.decode("latin-1"),
        }
        return Record(fields, len(body), lambda: body)


def read_arc_payload(file: IO[bytes], offset: int, payload_sha256: str) -> bytes:
    """The payload of the record there: of several in one gzip member that with this digest, else the first. ValueError if there is none."""
    payloads: list[bytes] = []
    for position, found in iterate_arc(file, offset, MAX_BODY_BYTES, MAX_BODY_BYTES):
        if position != offset or isinstance(found, Broken):
            break
        payloads.append(payload_of(found.as_warc()))
        if hashlib.sha256(payloads[-1]).hexdigest() == payload_sha256:
            return payloads[-1]
        del payloads[1:]
    if not payloads:
        raise ValueError("no record there")
    return payloads[0]


def iterate_arc(file: IO[bytes], start: int, body_max: int, noise_max: int) -> Iterator[tuple[int, ArcRecord | Broken]]:
    """(offset in the file, record or what cannot be read there), the version block too. `file` must be seekable.

    At most `noise_max` bytes of a member that are no records are unpacked.
    """
    file.seek(start)
    packed = file.read(len(GZIP)) == GZIP
    file.seek(start)
    if not packed:
        yield from _records(file, file.tell, body_max, noise_max)
        return
    position: int | None = start
    while position is not None:
        file.seek(here := position)
        if not file.read(1):
            return
        file.seek(here)
        member = Unpacked(file, "gz", one_member=True)
        stream: Any = BufferedReader(member, SCAN_BYTES)
        try:
            yield from _records(stream, lambda here=here: here, body_max, noise_max)
            position = member.member_end
        except UNREADABLE as error:
            yield here, Broken(here, f"broken record: {error}")
            position = next_start(file, here + 1, GZIP, _begins_record)


def _records(stream: IO[bytes], place: Callable[[], int], body_max: int, noise_max: int) -> Iterator[tuple[int, ArcRecord | Broken]]:
    lost, noise = False, 0
    while True:
        at = place()
        line = stream.readline(MAX_HEADER_BYTES)
        if not line:
            return
        if found := _HEADER.match(line):
            lost, length = False, int(found[4])
            yield at, ArcRecord(found[1], found[2], found[3] or b"", length, stream.read(length) if length <= body_max else None)
            if length > body_max:
                _skip(stream, length)
            continue
        if line.strip() and not lost:
            lost = True
            yield at, Broken(at, "no header of an ARC record")
        noise += len(line)
        if noise > noise_max:
            raise ValueError(f"more than {noise_max} bytes are no records")


def _skip(stream: IO[bytes], length: int) -> None:
    while length > 0 and (data := stream.read(min(length, SCAN_BYTES))):
        length -= len(data)


def _begins_record(file: IO[bytes], position: int) -> bool:
    file.seek(position)
    try:
        start = zlib.decompressobj(31).decompress(file.read(_PEEK_BYTES), MAX_HEADER_BYTES)
    except zlib.error:
        return False
    return _HEADER.match(start.partition(b"\n")[0]) is not None
