"""Measures a crawl file: its size, what changes whenever it does, and the digest of its bytes."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

from tierline.config.checksum import file_state
from tierline.crawl.address import local_path, remote_errors, remote_file
from tierline.display import printable
from tierline.errors import BadInput
from tierline.lake import Lake

SETTLED_SECONDS = 2.0  # after which a change of a file has another time than the change before it


@dataclass(frozen=True, slots=True)
class Measured:
    """`stamp` changes with every write; `digest` is None until the bytes have been read."""

    bytes: int
    stamp: str
    digest: str | None


def stamp_of(status: os.stat_result) -> str:
    """Size, time of the last write, and time of the last change of the inode, which nobody can set back."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def remote_stamp(info: Mapping[str, Any]) -> str:
    """The same of a remote file, from what its store says of it."""
    moment = info.get("mtime") or info.get("LastModified") or info.get("last_modified") or info.get("created") or info.get("ETag") or ""
    return f"{info.get('size')} {moment.isoformat() if isinstance(moment, datetime) else moment}"


def size_in(stamp: str) -> int:
    """Bytes, as a stamp has them; 0 where the store does not say."""
    size = stamp.partition(" ")[0]
    return int(size) if size.isdecimal() else 0


def written_alike(stamp: str | None, other: str | None) -> bool:
    """Whether two stamps have the same size and time of writing: moving or copying a file with its times changes no more than the rest."""
    return (stamp or "").split(" ")[:2] == (other or "").split(" ")[:2]


def measure(lake: Lake, address: str, unread_bytes: int | None = None) -> Measured:
    """Size, stamp and digest; of a remote file the store's own checksum, so that it is not fetched twice. BadInput if it cannot be read.

    A local file of more than `unread_bytes` gets its digest later, from `digested`, unless it is known already.
    """
    path = local_path(address)
    try:
        address.encode()  # what is recorded is UTF-8
        if path is None:
            filesystem, name = remote_file(address)
            with remote_errors():
                info = filesystem.info(name)
                return Measured(int(info.get("size") or 0), remote_stamp(info), str(filesystem.checksum(name)))
        with _opened(path) as file:
            status = os.fstat(file.fileno())
        found = Measured(status.st_size, stamp_of(status), None)
        return found if unread_bytes is not None and found.bytes > unread_bytes else digested(lake, address, found)
    except (OSError, ValueError) as error:
        raise _unreadable(address, error) from error


def digested(lake: Lake, address: str, found: Measured) -> Measured:
    """The same with its digest. A local file is read again only where its inode says that it has changed. BadInput."""
    path = local_path(address)
    if found.digest is not None or path is None:
        return found
    try:
        state = file_state(path)  # before the look at its age: a change in between is a young one
        if time.time() - path.stat().st_ctime < SETTLED_SECONDS:  # it may change once more within the same tick of the clock
            return replace(found, digest=digest_of(path))
        return replace(found, digest=lake.fact(f"digest of {path}: {state}", lambda: digest_of(path)))
    except (OSError, ValueError) as error:
        raise _unreadable(address, error) from error


def digest_of(path: Path) -> str:
    """SHA-256 of the bytes."""
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: Path) -> BufferedReader:
    """The file, if it is one: a pipe would be waited for without end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError("it is no regular file")


def _unreadable(address: str, error: Exception) -> BadInput:
    if isinstance(error, UnicodeEncodeError):
        return BadInput("its name is not UTF-8", printable(address), "rename it")
    return BadInput(f"cannot be read ({getattr(error, 'strerror', None) or error})", address, "check the file and its permissions")
