"""Opens the files of a base as they are stored: plain, compressed, or the members of a tar archive one after another."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, Any

from tierline.config.regular_file import open_regular
from tierline.errors import BadInput

_OPENERS: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
COMPRESSED = tuple(_OPENERS)
UNREADABLE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, tarfile.TarError)


def open_files(path: Path, members: str, *, plain: bool) -> Iterator[tuple[str, IO[bytes]]]:
    """(name of the member, "" for a file that is no archive, its bytes). `plain`: of a format that needs the file as it is on disk.
    BadInput if no member matches."""
    if members:
        if plain:
            raise BadInput("a database within an archive cannot be opened", str(path), "unpack it")
        yield from _members(path, members)
    elif path.suffix.lower() in _OPENERS:
        if plain:
            raise BadInput("a compressed database cannot be opened", str(path), "unpack it")
        with _OPENERS[path.suffix.lower()](path, "rb") as file:
            yield "", file
    else:
        with open_regular(path) as file:
            yield "", file


def _members(path: Path, pattern: str) -> Iterator[tuple[str, IO[bytes]]]:
    found = False
    with tarfile.open(path, "r|*") as archive:  # one pass: a compressed archive cannot be searched
        for member in archive:
            if member.isfile() and fnmatch(member.name, pattern) and (file := archive.extractfile(member)):
                found = True
                yield member.name, file
    if not found:
        raise BadInput(f"no member matches {pattern}", str(path), "mend `members` in the mapping")
