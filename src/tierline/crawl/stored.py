"""Crawl files as they are stored: opened on any file system, decompressed, and what of a record is hashed."""

from __future__ import annotations

import codecs
import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

import pyarrow as pa
import zstandard

from tierline.config.regular_file import open_regular
from tierline.crawl.address import local_path, remote_errors, remote_file
from tierline.crawl.compression import Unpacked, codec_shown, unpacked
from tierline.crawl.formats import codec_of
from tierline.crawl.members import file_and_member, open_member

START_BYTES = 512
MEMBER_BYTES = 1 << 16  # within which the end of a first member is sought
MEMBER_READS = 100  # of so many unpacked bytes; what becomes more is no record before a text
PLAIN_STARTS = b"PAR1", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
CONTROLS = bytes([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])  # rare in text, one byte of ten in compressed data
FEWEST_CONTROLS, MOST_CONTROLS = 4, 0.03
# What libraries raise over files that are damaged, cut off, or something else than their name says.
UNREADABLE = (
    *(OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError),
    # zipfile: struct.error where a file ends within a header, NotImplementedError for a compression that it does not know
    *(zipfile.BadZipFile, struct.error, NotImplementedError, pa.ArrowException),
)


def open_binary(uri: str) -> IO[bytes]:
    """A file of any file system, or a member of a WACZ file, seekable; the one place where an address becomes a file."""
    file, member = file_and_member(uri)
    if member:
        return open_member(open_binary(file), member)
    if path := local_path(uri):
        return open_regular(path)
    filesystem, name = remote_file(uri)
    with remote_errors():
        return filesystem.open(name, "rb")


def stored_bytes(uri: str) -> int:
    """Size of the file as it is stored."""
    with open_binary(uri) as file:
        return file.seek(0, 2)


def open_decompressed(uri: str) -> IO[bytes]:
    """The file's bytes behind the compression that its first bytes show, whatever its name says; if compressed it is read forward only.
    What was compressed twice is unpacked twice.

    A file that is not named so, begins so and is text behind its first member is a text with such bytes in front.
    """
    file = open_binary(uri)
    start = file.read(START_BYTES)
    named, shown = codec_of(uri), codec_shown(start)
    if not named and shown:
        start += file.read(MEMBER_BYTES)
        file.seek(max(0, file.seek(0, 2) - START_BYTES))
        shown = "" if _is_text_behind(start, file.read(), shown) else shown
    file.seek(0)
    codec = shown or ("" if _is_plain(start) else named)
    return _within(unpacked(file, codec)) if codec else file


def _within(opened: Any) -> IO[bytes]:
    """What was compressed twice, as by a crawler and then by hand, unpacked once more. Text behind a first record of such bytes is text,
    as in a file that is not compressed."""
    try:
        start = opened.peek(START_BYTES)
    except UNREADABLE:  # whoever reads it is told
        return opened
    codec = codec_shown(start)
    return unpacked(opened, codec) if codec and not _is_text_behind(start, start[-START_BYTES:], codec) else opened


def _is_text_behind(start: bytes, end: bytes, codec: str) -> bool:
    """Whether a file with this start and end is text behind a first member of a codec: it ends as text, but for zstd, which may keep text
    as it is; or the member ends within the start, and what follows is none."""
    if codec != "zst" and _is_plain(end):
        return True
    member = Unpacked(io.BytesIO(start), codec, one_member=True)
    try:
        for _ in range(MEMBER_READS):
            if not member.read(MEMBER_BYTES):
                break
        else:
            return False
    except UNREADABLE:
        return False
    rest = start[member.member_end :].lstrip(b"\0")
    return bool(rest) and not codec_shown(rest) and _is_plain(rest[:START_BYTES])


def _is_plain(start: bytes) -> bool:
    """Whether a file begins as one that is not compressed: with a text, or as Parquet. All else is a compressed file that is damaged."""
    controls = len(start) - len(start.translate(None, CONTROLS))
    return start.startswith(PLAIN_STARTS) or controls <= max(FEWEST_CONTROLS, MOST_CONTROLS * len(start))


def parquet_payload(record: Mapping[str, Any]) -> bytes:
    """The hashed bytes of a Parquet row: its values as JSON with sorted names."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, default=str).encode()
