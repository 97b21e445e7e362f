"""Iterates over the records of a WARC file however broken it is: every fault is reported and reading continues behind it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from fastwarc.warc import ArchiveIterator, WarcRecord

from tierline.unforeseen import reason_of

# The first bytes of a compressed member or an uncompressed record: where to continue reading after a fault.
GZIP, ZSTD, LZ4, PLAIN = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"WARC/"
SCAN_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in the file that is not a readable record."""

    position: int
    reason: str


def iterate_warc(file: IO[bytes], size: int, unpacked_max: int = 1 << 40) -> Iterator[tuple[int, WarcRecord] | Fault]:
    """(offset in the file, record) for every record of any type, and a Fault for each stretch that cannot be read.

    `file` must be seekable. A record's reader is valid until the next step. Several records share an offset where a file is
    one compressed member. At the end at most `unpacked_max` bytes are unpacked to see whether the file is whole.
    """
    file.seek(0)
    magic = next((magic for magic in (GZIP, ZSTD, LZ4, PLAIN) if file.read(5).startswith(magic) or file.seek(0)), None)
    if magic is None:
        yield Fault(0, "no WARC file: " + _describe_start(file))
        return
    quirks = uses_bare_line_feeds(file, magic)
    source: Any = file
    start: int | None = 0
    while start is not None and start < size:
        position = start
        file.seek(start)
        try:
            for record in ArchiveIterator(source, parse_http=False, quirks_mode=quirks):
                position = record.stream_pos
                if not record.headers.get("WARC-Type"):
                    yield Fault(position, "a record without a type")
                    continue
                yield position, record
            fault = _incomplete_end(file, position, unpacked_max) if magic == GZIP else None
            start = None
        except (OSError, EOFError, ValueError, UnicodeError) as error:
            fault, start = Fault(position, f"broken record: {error}"), _next_start(file, position + 1, magic)
        except Exception as error:
            fault, start = Fault(position, reason_of(error)), _next_start(file, position + 1, magic)
        if fault:
            yield fault


def uses_bare_line_feeds(file: IO[bytes], magic: bytes = PLAIN) -> bool:
    """Whether header lines end in LF alone. fastwarc reads that only in quirks mode, where it no longer sees broken records."""
    file.seek(0)
    line = file.readline(64)
    return magic == PLAIN and line.endswith(b"\n") and not line.endswith(b"\r\n")


def _describe_start(file: IO[bytes]) -> str:
    file.seek(0)
    start = file.read(8)
    if start.startswith(b"filedesc"):
        return "an ARC file; convert it to WARC"
    return f"it starts with {start!r}" if start else "it is empty"


def _next_start(file: IO[bytes], position: int, magic: bytes) -> int | None:
    """The next offset where a record can begin, or None up to the end of the file."""
    file.seek(position)
    tail = b""
    while block := file.read(SCAN_BYTES):
        data = tail + block
        base = file.tell() - len(data)
        found = data.find(magic)
        while found >= 0:
            if base + found >= position and _holds_record(file, base + found, magic):
                return base + found
            found = data.find(magic, found + 1)
        tail = data[-len(magic) + 1 :]
        file.seek(base + len(data))
    return None


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


def _incomplete_end(file: IO[bytes], position: int, unpacked_max: int) -> Fault | None:
    """fastwarc ends silently where a gzip member is cut off, so the members from the last record on are walked once more."""
    file.seek(position)
    if file.read(len(GZIP)) != GZIP:  # one member for all records: they have no offsets of their own
        position = 0
    file.seek(position)
    member, rest, unpacked = zlib.decompressobj(31), b"", 0
    try:
        while data := rest or file.read(SCAN_BYTES):
            if member.eof:
                position, member = file.tell() - len(data), zlib.decompressobj(31)
            while data and not member.eof:
                unpacked += len(member.decompress(data, SCAN_BYTES))
                if unpacked > unpacked_max:
                    return Fault(position, f"unpacks to more than {unpacked_max} bytes behind its last record")
                data = member.unconsumed_tail
            rest = member.unused_data.lstrip(b"\0")
    except zlib.error as error:
        return Fault(position, f"broken gzip data: {error}")
    return None if member.eof else Fault(position, "truncated: the file ends within a gzip member")
