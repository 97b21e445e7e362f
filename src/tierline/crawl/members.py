"""Opens a member of a ZIP file by an address of its own, `FILE.wacz!archive/NAME`, as a file that can be searched."""

from __future__ import annotations

import io
import shutil
import struct
import tempfile
from typing import IO, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from tierline.crawl.formats import source_format

MARK = "!archive/"  # between the address of a WACZ file and the name of a member
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of name and extra field (APPNOTE.TXT, 4.3.7)
_ENCRYPTED = 1
_IN_MEMORY = 16 << 20  # bytes of a compressed member; a larger one is unpacked to the disk


def address_of_member(file: str, name: str) -> str:
    """The address of a member whose name begins with `archive/`."""
    return f"{file}!{name}"


def file_and_member(address: str) -> tuple[str, str]:
    """(address of the file, name of the member, empty for a file of its own)."""
    file, mark, rest = address.rpartition(MARK)
    return (file, MARK[1:] + rest) if mark and source_format(file) == "wacz" else (address, "")


def open_member(file: IO[bytes], name: str) -> IO[bytes]:
    """The member of an open ZIP file, which is closed with it. A stored one is read in place, a compressed one is unpacked first.

    BadZipFile, or another error of zipfile, if it cannot be read.
    """
    try:
        with ZipFile(file) as opened:
            try:
                member = opened.getinfo(name)
            except KeyError:
                raise BadZipFile(f"it holds no {name}") from None
            if member.flag_bits & _ENCRYPTED:
                raise BadZipFile(f"{name} is encrypted")
            if member.compress_type == ZIP_STORED:
                return _in_place(file, member.header_offset, member.file_size)
            target: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it is what is returned
            with opened.open(member) as packed:
                shutil.copyfileobj(packed, target)
    except BaseException:
        file.close()
        raise
    file.close()
    target.seek(0)
    return target


def _in_place(file: IO[bytes], header: int, size: int) -> IO[bytes]:
    file.seek(header)
    signature, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if signature != b"PK\3\4":
        raise BadZipFile("no member begins where its directory says")
    return io.BufferedReader(_Window(file, header + _LOCAL_HEADER.size + name + extra, size), 1 << 16)


class _Window(io.RawIOBase):
    """A stretch of a file as a file."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As of every file."""
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Nothing at the end of the stretch."""
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """The file too."""
        self._file.close()
        super().close()
