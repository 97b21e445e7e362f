"""Computes the SHA-256 of a file's bytes: it identifies weights, and proves that a file is complete and as it was written."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from tierline.config.regular_file import open_regular


def file_sha256(path: Path) -> str:
    """Hex SHA-256, read piece by piece."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_state(path: Path | str) -> str:
    """What changes whenever a file's bytes may have (inode, size, times): nobody can set back the time of the last change. OSError."""
    status = os.stat(path)  # noqa: PTH116 -- a Path would take as long as the look itself, for every file of a lake
    if not S_ISREG(status.st_mode):
        raise OSError("is no regular file")
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def unchanged_file_sha256(path: Path) -> str:
    """The same, computed once per process while the file's size and time do not change: large weights take minutes to read."""
    stamp = path.stat()
    return _sha256_of(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=256)
def _sha256_of(path: Path, _modified: int, _size: int) -> str:
    return file_sha256(path)
