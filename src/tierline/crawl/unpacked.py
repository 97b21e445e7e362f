"""Undoes the compression of a whole file, member by member, as a stream: what is there is given out, and a cut or damaged end raises."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Any, NamedTuple

import zstandard

MAX_WINDOW = 128 << 20  # what `zstd --long` and `xz -9e` need; a file may request gigabytes


class _Codec(NamedTuple):
    """`step`: stored bytes that are unpacked at once, few enough that what they become stays below some 32 MB."""

    decoder: Callable[[], Any]
    step: int


CODECS = {
    "gz": _Codec(lambda: zlib.decompressobj(31), 16 << 10),
    "zst": _Codec(lambda: zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj(), 1 << 10),
    "bz2": _Codec(bz2.BZ2Decompressor, 1 << 10),
    "xz": _Codec(lambda: lzma.LZMADecompressor(memlimit=2 * MAX_WINDOW), 1 << 10),
}


class Unpacked(io.RawIOBase):
    """The bytes of every member of `file` behind each other, from its position on; read as far as it is sound.

    Raises EOFError where the file ends within a member, and zlib.error, ZstdError, LZMAError or OSError where it is damaged.
    `one_member`: end with the first; `member_end` is then where it ended in the file.
    """

    def __init__(self, file: IO[bytes], codec: str, one_member: bool = False) -> None:
        self._file, self._codec, self._one = file, CODECS[codec], one_member
        self._decoder: Any = None
        self._rest = b""  # stored bytes that belong to the next member
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
        ended = self._decoder is None or self._decoder.eof
        if ended and self._decoder and self._one:
            return False
        stored = self._rest or self._file.read(self._codec.step)
        self._rest = b""
        if not stored:
            if not ended:
                raise EOFError("the file ends within its compressed data")
            return False
        if ended:
            stored = stored.lstrip(b"\0")  # padding
            if not stored:
                return True
            self._decoder = self._codec.decoder()
        self._ready = memoryview(self._decoder.decompress(stored))
        if self._decoder.eof:
            self._rest = self._decoder.unused_data
            self.member_end = self._file.tell() - len(self._rest) if self._one else 0
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
