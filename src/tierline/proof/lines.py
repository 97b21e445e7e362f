"""Files that only grow, a line for each statement, each of which names the hash of the line before it.

Of a lake in a folder they are below it; a lake on an object store keeps the same lines in a table of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from tierline.config.regular_file import read_regular
from tierline.proof import PROOF

Lines = list[str]


class LineStore(Protocol):
    """Keeps files of lines, by their names, for a lake that is in no folder."""

    def read(self, name: str) -> Lines: ...
    def append(self, name: str, make: Callable[[Lines], str]) -> str: ...
    def version(self) -> int: ...


Place = Path | LineStore  # of a lake's files of lines: the lake's folder, or a store


def lines_at(place: Place, name: str) -> Lines:
    """The lines of one of a lake's files. Raises OSError, LakeUnavailable."""
    return read_lines(place / PROOF / name) if isinstance(place, Path) else place.read(name)


def lines_state(place: Place, name: str) -> tuple[int, int, int]:
    """Numbers that change with one of a lake's files of lines; zeros before its first line. Raises OSError, LakeUnavailable."""
    if not isinstance(place, Path):
        return (0, place.version() + 1, 0)
    try:
        found = (place / PROOF / name).stat()
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def append_at(place: Place, name: str, make: Callable[[Lines], str]) -> str:
    """As `append_line`, to one of a lake's files. Raises OSError, LakeUnavailable, and what `make` raises."""
    return append_line(place / PROOF / name, make) if isinstance(place, Path) else place.append(name, make)


def read_lines(path: Path) -> Lines:
    """Its whole lines; what a crash cut off at the end is none. Raises OSError unless there is no such file."""
    try:
        return _whole(read_regular(path))
    except (FileNotFoundError, NotADirectoryError):
        return []


def hash_of(line: str) -> str:
    """What the next line names this one by."""
    return sha256(line.encode("utf-8", "surrogatepass")).hexdigest()


def hash_of_all(lines: Lines) -> str:
    """Of these lines, in this order."""
    return sha256("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")).hexdigest()


def append_line(path: Path, make: Callable[[Lines], str]) -> str:
    """Append the line that `make` finds for those that are there; it is on the disk when this returns. One writer at a time, whose `make`
    may raise. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        content = file.read()
        lines = _whole(content)
        line = make(lines)
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(file.fileno(), whole)
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    if new:
        for folder in (path.parent, path.parent.parent):
            _sync(folder)
    return line


def _whole(content: bytes) -> Lines:
    return content[: content.rfind(b"\n") + 1].decode("utf-8", "surrogateescape").split("\n")[:-1]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
