"""Opens files that end: a pipe or a device in the place of a file is refused in words, instead of being waited for."""

from __future__ import annotations

import os
from io import BufferedReader
from pathlib import Path
from stat import S_ISREG


def open_regular(path: Path) -> BufferedReader:
    """The file, to be read. Raises OSError, without a number where it is something else than a file."""
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - closed by whoever asked for it
    if S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError("is no regular file")


def read_regular(path: Path) -> bytes:
    """All of it; errors as above."""
    with open_regular(path) as file:
        return file.read()


def refuse_special(path: Path) -> None:
    """Raises OSError if something else than a file or a link to one is there; for who has others open it."""
    if path.exists() and not path.is_file():
        raise OSError("is no regular file")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
