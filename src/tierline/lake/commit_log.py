"""The log of a lake's commits: a line with the leaf of every activity ever committed, in the order of commits, derived from Delta's log.

Delta's log is the only truth about what is committed; a line is added after each commit, and what a crash left out the next one adds. The
lines outlive what they are derived from: a vacuum removes activities that were replaced, Delta cleans up entries behind a checkpoint.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from tierline.config.regular_file import read_regular
from tierline.lake.delta_log import LOG
from tierline.lake.durable import make_folder
from tierline.proof import PROOF
from tierline.proof.canonical import canonical
from tierline.proof.merkle import leaf_hash

TABLE = "activities"
COMMITS = "commits"
TAIL = 1 << 14  # bytes that hold the last lines
LINE = re.compile(r"(\d{20}) ([0-9a-f]{64}) (.+)")


@dataclass(frozen=True, slots=True)
class Commit:
    """A line: the version of the table of activities, the hash of the leaf (32 bytes), and the file of the activity."""

    version: int
    leaf: bytes
    file: str

    @property
    def place(self) -> str:
        """Stage and shard."""
        return "/".join(_partition(self.file).values())

    def __str__(self) -> str:
        return f"{self.version:020d} {self.leaf.hex()} {self.file}"


def read_commits(lake: Path) -> list[Commit | str]:
    """The commits of the log; a line that is none as its text. Raises OSError."""
    try:
        content = read_regular(lake / PROOF / COMMITS)
    except FileNotFoundError:
        return []
    lines = content[: content.rfind(b"\n") + 1].decode("utf-8", "replace").split("\n")[:-1]
    return [_parsed(line) for line in lines]


def leaves_of(commits: Iterable[Commit | str]) -> list[bytes]:
    """The hashes of their leaves; of a line that is none, one that no commit has."""
    return [commit.leaf if isinstance(commit, Commit) else b"" for commit in commits]


def extend(lake: Path, version: int) -> None:
    """Add the commits up to this version of the table of activities that the log has not yet. Raises OSError."""
    make_folder(lake / PROOF)
    with (lake / PROOF / COMMITS).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file.fileno()).st_size
        tail = os.pread(file.fileno(), TAIL, max(0, size - TAIL))
        if torn := len(tail) - tail.rfind(b"\n") - 1:
            os.ftruncate(file.fileno(), size - torn)
            tail = tail[: len(tail) - torn]
        last = next((found.version for line in reversed(tail.decode("utf-8", "replace").split("\n")) if (found := _commit(line))), -1)
        added = [(one, path) for one in _versions(lake, last, version) for path in added_by(lake, one)]
        file.write(b"".join(f"{Commit(one, leaf_hash(entry_of(lake, path)), path)}\n".encode() for one, path in added))


def sync_commits(lake: Path) -> None:
    """Bring the log up to the newest commit, and to the disk: before it is signed. Raises OSError."""
    entries = [int(path.stem) for path in (lake / TABLE / LOG).glob(f"{'[0-9]' * 20}.json")]
    if entries:
        extend(lake, max(entries))
        with (lake / PROOF / COMMITS).open("rb") as file:
            os.fsync(file.fileno())


def logged_versions(lake: Path) -> list[int]:
    """The versions that Delta's log of activities still has an entry of. Raises OSError."""
    return sorted(int(path.stem) for path in (lake / TABLE / LOG).glob(f"{'[0-9]' * 20}.json"))


def added_by(lake: Path, version: int) -> list[str]:
    """Files of the activities that a commit added, in the order of their names; none if its entry is gone. Raises OSError, ValueError."""
    try:
        content = read_regular(lake / TABLE / LOG / f"{version:020d}.json")
    except FileNotFoundError:
        return []
    actions = (json.loads(line) for line in content.decode().splitlines() if '"add"' in line)
    return sorted(unquote(action["add"]["path"]) for action in actions if "add" in action)


def entry_of(lake: Path, file: str) -> bytes:
    """The leaf of an activity: its whole record as canonical JSON. Of one that was vacuumed, the name of its file, which holds the
    checksum of that. Raises OSError."""
    record = record_of(lake, file)
    return canonical({"file": file} if record is None else record)


def record_of(lake: Path, file: str) -> dict[str, Any] | None:
    """An activity as its own file has it, with its stage and shard; None if the file is gone. Raises OSError."""
    try:
        content = pa.BufferReader(read_regular(lake / TABLE / file))
        (row,) = pq.ParquetFile(content, pre_buffer=False).read(use_threads=False).to_pylist()
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise OSError(f"holds no activity ({error})") from error
    return row | _partition(file)


def _partition(file: str) -> dict[str, str]:
    """Stage and shard, as the folders of a file name them."""
    folders = (folder.partition("=") for folder in file.split("/")[:-1] if "=" in folder)
    return {name: unquote(value) for name, _, value in folders}


def _versions(lake: Path, last: int, version: int) -> Iterator[int]:
    """Those to be added, in order: after the last one, or from the first entry that there still is."""
    if last + 1 == version:
        yield version
    elif last < version:
        yield from (one for one in logged_versions(lake) if last < one <= version)


def _parsed(line: str) -> Commit | str:
    return _commit(line) or line


def _commit(line: str) -> Commit | None:
    found = LINE.fullmatch(line)
    return Commit(int(found[1]), bytes.fromhex(found[2]), found[3]) if found else None
