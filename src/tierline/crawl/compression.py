"""Undoes the compression of a whole file, member by member, as a stream: what is there is given out, and a cut or damaged place raises."""

from __future__ import annotations

import bz2
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import zstandard

MAX_WINDOW = 128 << 20  # what `zstd --long` and `xz -9e` need; a file may request gigabytes


CODECS: dict[str, Callable[[], Any]] = {
    "gz": lambda: zlib.decompressobj(31),
    "zst": lambda: zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj(),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=2 * MAX_WINDOW),
}
# What a file begins with that is compressed so: gzip; zstd, or a skippable frame; bzip2 with a block, or of nothing; xz.
MAGIC = {
    "gz": re.compile(rb"\x1f\x8b\x08"),
    "zst": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
    "bz2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\0"),
}
STEP = 1 << 10  # stored bytes that zstandard gets at once: it has no bound for what they become, which so is 32 MB at most
OUTPUT = 1 << 20  # bytes that others unpack at once


class Unpacked(io.RawIOBase):
    """The bytes of every member of `file` behind each other, from its position on; read as far as it is sound.

    Raises EOFError where the file ends within a member, and zlib.error, ZstdError, LZMAError or OSError where it is damaged. A gzip
    member of which only the checksum or length at its end is wrong is given out like others: `wrong` says how many bytes were unpacked by
    then, and what is wrong. `one_member`: end with the first, which is a record that has to be whole; `member_end` is where it ended.
    """

    def __init__(self, file: IO[bytes], codec: str, one_member: bool = False) -> None:
        self._file, self._new, self._one = file, CODECS[codec], one_member
        self._salvages = codec == "gz" and not one_member
        self._step, self._bound = (STEP, ()) if codec == "zst" else (16 * STEP, (OUTPUT,))
        self._decoder: Any = None
        self._rest = b""  # stored bytes that were read and not taken yet
        self._ready = memoryview(b"")
        self._failure: Exception | None = None  # raised once what was unpacked before it is given out
        self._given = 0
        self.member_end = 0
        self.wrong: list[tuple[int, str]] = []

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """At least one byte, unless the file is at its end."""
        while not self._ready:
            if not self._unpack():
                return 0
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        self._given += size
        return size

    def close(self) -> None:
        """The file too, unless it is read on behind its member."""
        if not self._one:
            self._file.close()
        super().close()

    def _unpack(self) -> bool:
        """Whether there may be more."""
        if self._failure:
            raise self._failure
        if self._decoder is None or self._decoder.eof:
            if self._decoder and self._one:
                return False
            found = self._rest or self._file.read(self._step)
            self._rest, stored = b"", found.lstrip(b"\0")  # padding
            if not stored:
                return bool(found)
            self._decoder = self._new()
        else:
            holds = not getattr(self._decoder, "needs_input", True)
            stored = self._rest or (b"" if holds else self._file.read(self._step))
        decoder = self._decoder
        before = decoder.copy() if self._salvages else None
        try:
            found = decoder.decompress(stored, *self._bound)
        except zlib.error as error:
            if before is None:
                raise
            found = self._salvage(before, stored, error)
        else:
            self._rest = decoder.unused_data if decoder.eof else getattr(decoder, "unconsumed_tail", b"")
        if not (stored or found or decoder.eof):
            raise EOFError("the file ends within its compressed data")
        self._ready = memoryview(found)
        if self._decoder.eof and self._one:
            self.member_end = self._file.tell() - len(self._rest)
        return True

    def _salvage(self, decoder: Any, stored: bytes, error: zlib.error) -> bytes:
        found, end = salvage(decoder, stored, error)
        if end:
            self._file.read(max(0, end - len(stored)))
            self._decoder, self._rest = _ENDED, stored[end:]
            self.wrong.append((self._given + len(found), wrong_end(error)))
        else:
            self._failure = error
        return found


class _Ended:
    """In place of the decoder of a member that has ended in spite of its failure."""

    eof = True


_ENDED = _Ended()
# What zlib says of the two numbers behind a gzip member's data (RFC 1952, 2.3), and how many bytes then follow of them.
_ENDS = {"incorrect data check": ("checksum", 4), "incorrect length check": ("length", 0)}


def salvage(decoder: Any, stored: bytes, error: zlib.error) -> tuple[bytes, int]:
    """(what stands before the byte at which zlib failed; where in `stored` the member ends if only its checksum or length is wrong, else
    0). `decoder`: as it was before it was given `stored`."""
    parts: list[bytes] = []
    place = 0
    try:
        for place in range(len(stored)):
            parts.append(decoder.decompress(stored[place : place + 1]))
    except zlib.error:
        pass
    return b"".join(parts), place + 1 + _end_of(error)[1] if wrong_end(error) else 0


def wrong_end(error: zlib.error) -> str:
    """What is wrong with the end of a gzip member, empty if the failure lies within it."""
    what, _ = _end_of(error)
    return f"the {what} at the end of a gzip member is wrong: what it holds may be damaged" if what else ""


def _end_of(error: zlib.error) -> tuple[str, int]:
    return _ENDS.get(str(error).rpartition(": ")[2], ("", 0))


def wrong_members(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The fields of an error row for each gzip member of an unpacked file whose checksum or length was found wrong so far."""
    for end, reason in getattr(getattr(stream, "raw", None), "wrong", ()):
        yield {"source_offset": end, "source_length": 0, "status": "error", "error": reason}


def codec_shown(start: bytes) -> str:
    """The codec that the first bytes of a file are of, empty for none."""
    return next((codec for codec, magic in MAGIC.items() if magic.match(start)), "")


def unpacked(file: IO[bytes], codec: str) -> IO[bytes]:
    """The file itself without a codec; else what it unpacks to, which can only be read forward."""
    stream: Any = io.BufferedReader(Unpacked(file, codec), 1 << 16) if codec else file
    return stream


def skip_to(file: IO[bytes], offset: int) -> None:
    """Move forward from the start; EOFError if the file is shorter."""
    if file.seekable():
        file.seek(offset)
        return
    while offset and (data := file.read(min(offset, 1 << 20))):
        offset -= len(data)
    if offset:
        raise EOFError("the file ends before it")
