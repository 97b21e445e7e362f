"""Files that only grow, a line for each statement, each of which names the hash of the line before it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tierline.config.regular_file import read_regular

Lines = list[str]


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
