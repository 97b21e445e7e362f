"""Unpacks a crawl file whose records are packed one by one, from any member on: each byte knows the place in the file it came from."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

import zstandard

from tierline.crawl.compression import MAX_WINDOW

# The first bytes of a compressed member or of an uncompressed record: where reading can begin.
GZIP, ZSTD, LZ4, PLAIN = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"WARC/"
SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18(....)", re.S)  # with the size of what is skipped (RFC 8878, 3.1.2)
DICTIONARY = b"\x5d\x2a\x4d\x18"  # the skippable frame that begins a file with a dictionary (IIPC, Zstandard in WARC, "Dictionaries")
MAX_DICTIONARY_BYTES = 64 << 20  # zstd trains 110 KB unless told otherwise
BEFORE_BYTES = 1 << 10  # of a byte order mark and empty lines, which may stand before the first record
SCAN_BYTES = 1 << 20
READ_BYTES = 1 << 14  # small, for what is behind the end of a member is copied
_RLE, _RESERVED = 1, 3  # types of blocks (RFC 8878, 3.1.1.2.2)


class Broken(ValueError):
    """Bytes at `position` of the file that cannot be unpacked or are no record; `final` if nothing behind them is to be tried."""

    def __init__(self, position: int, reason: str, final: bool = False) -> None:
        super().__init__(reason)
        self.position, self.final = position, final


class Packing(NamedTuple):
    """How a file's records are packed: the magic number, where the first one begins, and the dictionary that they need."""

    magic: bytes
    start: int
    dictionary: zstandard.ZstdCompressionDict | None = None


def packing_of(file: IO[bytes]) -> Packing | None:
    """None for a file that begins with neither a record nor a member, apart from empty lines and a byte order mark before a record.
    Raises Broken for a dictionary that cannot be read."""
    beginning, dictionary = _read_at(file, 0, BEFORE_BYTES), None
    record = beginning.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    start = len(beginning) - len(record) if record.upper().startswith(PLAIN) else 0
    while skipped := SKIPPABLE.match(_read_at(file, start, 8)):
        size = int.from_bytes(skipped.group(1), "little")
        if start == 0 and skipped.group().startswith(DICTIONARY):
            dictionary = _dictionary(_read_at(file, 8, min(size, MAX_DICTIONARY_BYTES)))
        start += 8 + size
    head = _read_at(file, start, len(PLAIN))
    magic = next((magic for magic in (GZIP, ZSTD, LZ4, PLAIN) if head.upper().startswith(magic)), None)
    return Packing(magic, start, dictionary) if magic else None


def _dictionary(stored: bytes) -> zstandard.ZstdCompressionDict:
    try:
        if stored.startswith(ZSTD):
            with zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_reader(stored) as reader:
                stored = reader.read(MAX_DICTIONARY_BYTES)
        return zstandard.ZstdCompressionDict(stored)
    except zstandard.ZstdError as error:
        raise Broken(0, f"the file's zstd dictionary cannot be read: {error}", final=True) from error


def is_start(file: IO[bytes], place: int, magic: bytes) -> bool:
    """Whether a member or an uncompressed record begins there."""
    return _read_at(file, place, len(magic)).upper().startswith(magic)


def next_start(file: IO[bytes], position: int, magic: bytes, holds: Callable[[IO[bytes], int], bool]) -> int | None:
    """The next place from `position` on with these first bytes at which a record begins, as `holds` says; None up to the file's end."""
    file.seek(position)
    tail = b""
    while block := file.read(SCAN_BYTES):
        data = tail + block
        base = file.tell() - len(data)
        found = data.find(magic)
        while found >= 0:
            if base + found >= position and holds(file, base + found):
                return base + found
            found = data.find(magic, found + 1)
        tail = data[-len(magic) + 1 :]
        file.seek(base + len(data))
    return None


def unpack(file: IO[bytes], packing: Packing, start: int) -> Iterator[tuple[int, bytes]]:
    """(place in the file, bytes) from `start` on: of compressed bytes the place where their member begins. Raises Broken."""
    if packing.magic == GZIP:
        return _gzip_members(file, start)
    if packing.magic == ZSTD:
        return _zstd_frames(file, start, packing.dictionary)
    return _plain(file, start)


def _plain(file: IO[bytes], start: int) -> Iterator[tuple[int, bytes]]:
    while data := _read_at(file, start, READ_BYTES):
        yield start, data
        start += len(data)


def _gzip_members(file: IO[bytes], start: int) -> Iterator[tuple[int, bytes]]:
    position = place = start  # where the member begins, and up to where the file has been read
    member, data = None, b""
    while True:
        if not data:
            data = _read_at(file, place, READ_BYTES)
            place += len(data)
            if not data:
                break
        if member is None:
            data = data.lstrip(b"\0")  # padding of tapes and disks
            if not data:
                continue
            position, member = place - len(data), zlib.decompressobj(31)
        try:
            found = member.decompress(data, READ_BYTES)
        except zlib.error as error:
            raise Broken(position, f"broken gzip data: {error}") from error
        data = member.unused_data if member.eof else member.unconsumed_tail
        if found:
            yield position, found
        member = None if member.eof else member
    if member is not None:
        raise Broken(position, "truncated: the file ends within a gzip member")


def _zstd_frames(file: IO[bytes], start: int, dictionary: zstandard.ZstdCompressionDict | None) -> Iterator[tuple[int, bytes]]:
    options: dict[str, Any] = {"dict_data": dictionary} if dictionary else {}
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW, **options)
    size = file.seek(0, 2)
    while head := _read_at(file, start, 18):
        end = _frame_end(file, start, head)
        if not SKIPPABLE.match(head):
            _check_dictionary(head, start, dictionary)
            part: Any = _Part(file, start, end)
            with decompressor.stream_reader(part) as reader:
                try:
                    while found := reader.read(READ_BYTES):
                        yield start, found
                except zstandard.ZstdError as error:
                    raise Broken(start, f"broken zstd data: {error}") from error
        if end > size:
            raise Broken(start, "truncated: the file ends within a zstd frame")
        start = end


def _frame_end(file: IO[bytes], start: int, head: bytes) -> int:
    if skipped := SKIPPABLE.match(head):
        return start + 8 + int.from_bytes(skipped.group(1), "little")
    try:
        parameters, end = zstandard.get_frame_parameters(head), start + zstandard.frame_header_size(head)
    except zstandard.ZstdError as error:
        raise Broken(start, f"broken zstd data: {error}") from error
    last = False
    while not last:
        block = int.from_bytes(_read_at(file, end, 3).ljust(3, b"\xff"), "little")
        last, kind, size = bool(block & 1), block >> 1 & 3, block >> 3
        if kind == _RESERVED:
            raise Broken(start, "truncated or broken zstd frame")
        end += 3 + (1 if kind == _RLE else size)
    return end + 4 * parameters.has_checksum


def _check_dictionary(head: bytes, start: int, dictionary: zstandard.ZstdCompressionDict | None) -> None:
    needed = zstandard.get_frame_parameters(head).dict_id
    if needed and (dictionary is None or dictionary.dict_id() != needed):
        there = f"holds dictionary {dictionary.dict_id()}" if dictionary else "begins with none"
        raise Broken(start, f"compressed with zstd dictionary {needed}, and the file {there}", final=True)


class _Part:
    """The bytes of a file from `start` to `end`, whoever else moves in it."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        self._file, self._place, self._end = file, start, end

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._place
        data = _read_at(self._file, self._place, left if size < 0 else min(size, left))
        self._place += len(data)
        return data


def _read_at(file: IO[bytes], place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)
