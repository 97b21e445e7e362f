"""Undoes the compression of a whole file, member by member, as a stream: what is there is given out, and a cut or damaged end raises."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Any

import zstandard

MAX_WINDOW = 128 << 20  # what `zstd --long` and `xz -9e` need; a file may request gigabytes


CODECS: dict[str, Callable[[], Any]] = {
    "gz": lambda: zlib.decompressobj(31),
    "zst": lambda: zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj(),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=2 * MAX_WINDOW),
}
STEP = 1 << 10  # stored bytes that zstandard gets at once: it has no bound for what they become, which so is 32 MB at most
OUTPUT = 1 << 20  # bytes that others unpack at once


class Unpacked(io.RawIOBase):
    """The bytes of every member of `file` behind each other, from its position on; read as far as it is sound.

    Raises EOFError where the file ends within a member, and zlib.error, ZstdError, LZMAError or OSError where it is damaged.
    `one_member`: end with the first; `member_end` is then where it ended in the file.
    """

    def __init__(self, file: IO[bytes], codec: str, one_member: bool = False) -> None:
        self._file, self._new, self._one = file, CODECS[codec], one_member
        self._step, self._bound = (STEP, ()) if codec == "zst" else (16 * STEP, (OUTPUT,))
        self._decoder: Any = None
        self._rest = b""  # stored bytes that were read and not taken yet
        self._ready = memoryview(b"")
        self.member_end = 0

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
        return size

    def close(self) -> None:
        """The file too, unless it is read on behind its member."""
        if not self._one:
            self._file.close()
        super().close()

    def _unpack(self) -> bool:
        """Whether there may be more."""
        decoder = self._decoder
        if decoder is None or decoder.eof:
            if decoder and self._one:
                return False
            found = self._rest or self._file.read(self._step)
            self._rest, stored = b"", found.lstrip(b"\0")  # padding
            if not stored:
                return bool(found)
            decoder = self._decoder = self._new()
        else:
            holds = not getattr(decoder, "needs_input", True)
            stored = self._rest or (b"" if holds else self._file.read(self._step))
        found = decoder.decompress(stored, *self._bound)
        if not (stored or found or decoder.eof):
            raise EOFError("the file ends within its compressed data")
        self._ready = memoryview(found)
        self._rest = decoder.unused_data if decoder.eof else getattr(decoder, "unconsumed_tail", b"")
        if decoder.eof and self._one:
            self.member_end = self._file.tell() - len(self._rest)
        return True


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
