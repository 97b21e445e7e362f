"""Iterates over the records of a WARC file however broken it is: every fault is reported and reading continues behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from tierline.crawl.http_head import Response, split_response
from tierline.crawl.unpack import GZIP, LZ4, PLAIN, Broken, Packing, is_start, packing_of, unpack
from tierline.crawl.warc_records import MAX_HEAD_BYTES, Record, read_records
from tierline.unforeseen import reason_of

DOCUMENT_TYPES = frozenset({"response", "resource", "conversion"})
NEXT_RECORD = b"\r\n\r\nWARC/"  # within a block: of a page about the format, or of a record that says it is longer than it is
OTHER_TYPES = frozenset({"warcinfo", "request", "metadata", "revisit", "continuation"})


def iterate_warc(file: IO[bytes], unpacked_max: int = 1 << 40, start: int = 0) -> Iterator[tuple[int, Record] | Broken]:
    """(place in the file, record) for every record of any type, and what is broken for each stretch that cannot be read.

    `file` must be seekable; the record at `start` is the first. A record can be read until the next step. Several records share a
    place where a file is one compressed member. fastwarc reads as far as it can, the patient reader what is left: a record in another
    spelling and all behind it, and the end of a file, which may be cut off, or swallowed by a record that says it is longer than it is,
    without fastwarc saying so. That one unpacks at most `unpacked_max` bytes.
    """
    try:
        packing = packing_of(file)
    except Broken as broken:
        yield broken
        return
    if packing is None:
        yield Broken(0, "no WARC file: " + _describe_start(file))
        return
    begin = place = max(start, packing.start)  # of the last record
    count = total = 0  # how many began there, and in all
    patient = packing.dictionary is not None or has_bare_line_feeds(file, packing, begin)
    left = patient or packing.magic in (GZIP, PLAIN)
    if not patient:
        try:
            for position, record in _fast(file, begin):
                if record is None:
                    left = True
                    break
                place, count, total = position, count + 1 if position == place else 1, total + 1
                within = record if packing.magic == PLAIN or count > 1 else _within_member(file, packing, place, record)
                yield position, within
        except BaseException as error:  # fastwarc's parts in Rust raise what is no Exception
            known = isinstance(error, OSError | EOFError | ValueError | UnicodeError)
            reason, left = f"broken record: {error}" if known else reason_of(error), True
            if packing.magic == LZ4:  # which the patient reader does not unpack
                yield Broken(place, reason)
    if left and packing.magic != LZ4:
        within = not is_start(file, place, packing.magic)  # a member, where fastwarc's places mean nothing
        if within:
            place, count = begin, total
        for item in read_records(file, packing, place, unpacked_max):
            if count and not isinstance(item, Broken) and (within or item[0] == place):  # given out already
                count -= 1
            else:
                yield item


def response_of(record: Record, block: bytes) -> Response | None:
    """The HTTP response that a record's block is, if it is one; the bytes that its row's hash is of are its body, as stored."""
    kind = record.fields.get("content-type", "").lower()
    is_http = record.type == "response" and (kind.startswith("application/http") or (not kind and block.startswith(b"HTTP/")))
    return split_response(block) if is_http else None


def payload_of(record: Record) -> bytes:
    """The bytes that a row's hash is of: the block, or the body of the response that it is, before any decoding."""
    block = record.read()
    response = response_of(record, block)
    return block if response is None else response.body


def _fast(file: Any, start: int) -> Iterator[tuple[int, Record | None]]:
    """The records as fastwarc has them; None for one whose head it did not understand."""
    file.seek(start)
    for record in ArchiveIterator(file, parse_http=False):
        fields = {name.lower(): value.strip() for name, value in record.headers.items()}
        yield record.stream_pos, _understood(record, fields)


def _within_member(file: IO[bytes], packing: Packing, place: int, record: Record) -> Record:
    """The same record, whose block ends with its member although it says that it is longer and another record stands behind."""

    def read() -> bytes:
        block = record.read()
        if block.rfind(NEXT_RECORD) < 0:  # from the end, which takes half the time
            return block
        position = file.tell()
        patient = next(iter(read_records(file, packing, place, len(block) + MAX_HEAD_BYTES)))
        whole = block if isinstance(patient, Broken) else patient[1].read()
        file.seek(position)
        return whole

    return Record(record.fields, record.length, read)


def _understood(record: WarcRecord, fields: dict[str, str]) -> Record | None:
    kind = fields.get("warc-type", "").lower()
    missed = record.record_type == WarcRecordType.unknown and kind in (*DOCUMENT_TYPES, *OTHER_TYPES)
    torn = any("\n" in value for value in fields.values())
    if missed or torn or not kind or fields.get("content-length") != str(record.content_length):
        return None
    return Record(fields, record.content_length, record.reader.read)


def has_bare_line_feeds(file: IO[bytes], packing: Packing, start: int) -> bool:
    """Whether the first line ends in LF alone: fastwarc would pass over such a record as if it were not there."""
    try:
        _, data = next(unpack(file, packing, start), (0, b"")) if packing.magic != LZ4 else (0, b"")
    except Broken:
        return False
    end = data.find(b"\n")
    return end >= 0 and not data.startswith(b"\r", end - 1)


def _describe_start(file: IO[bytes]) -> str:
    file.seek(0)
    start = file.read(8)
    if start.startswith(b"filedesc"):
        return "an ARC file; name it .arc or .arc.gz"
    return f"it starts with {start!r}" if start else "it is empty"
