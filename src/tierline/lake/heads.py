"""Records the end of every table's seal in one file of the lake, so that no table can be rolled back, or removed, by itself."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tierline.config.regular_file import open_regular, read_regular
from tierline.lake import commit_log
from tierline.lake.durable import make_folder, sync_file, unfinished_file
from tierline.lake.seal import DIGITS, LINE_BYTES, SEALS, UNSEALED, Seal

NAME = "lake"  # beside the seals of the tables, none of which has this name
HEAD = re.compile(rf"(\w{{1,64}}) (\d{{1,19}}) ([0-9a-f]{{{DIGITS}}})\n")
LOST = f"its newest commits are lost: log and seal end before what {SEALS}/{NAME} recorded of them, or are others"
BEHIND = f"{SEALS}/{NAME} is older than its seal"
Head = tuple[int, str]  # where the last line of a seal ends (bytes), and its chained hash


class Heads:
    """Of a lake below a local folder. A line for each table and one with the hash of these lines: the root of all that the lake holds.

    A commit is recorded after its seal is on the disk. So a run that is killed leaves a seal ahead of its head, never behind, and the
    table's next commit records both. A head that is not in its seal any more stays recorded, whatever is committed after it.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / SEALS
        self._path = self._folder / NAME

    def begin(self) -> None:
        """Of a lake without tables. Raises OSError."""
        make_folder(self._folder)
        if not self._path.exists():
            self._write({})

    def record(self, table: str, head: Head) -> None:
        """The newest head of a table, whose seal is on the disk. Without a file, which older lakes do not have, it begins with the
        present seals; one that is damaged is left to `verify`. Raises OSError."""
        with self._locked():
            try:
                known = self._read()
            except ValueError:
                return
            if known is None:
                self._write(self._present())
                return
            before = known.get(table)
            if before is None or (head[0] > before[0] and self._has(table, before)):
                self._write(known | {table: head})

    def mismatches(self, expected: bool) -> Iterator[tuple[str, str]]:
        """(table or file, what is wrong with it in words). `expected`: whether the lake was begun with such a file. Raises OSError."""
        where = f"{SEALS}/{NAME}"
        try:
            known = self._read()  # before the seals, which may grow meanwhile
        except ValueError:
            yield where, "was changed"
            return
        if known is None:
            if expected:
                yield where, "is missing: no table can be told from an older copy of itself; the next run begins it anew"
            return
        for table, head in known.items():
            if not self._has(table, head):
                yield table, LOST
        for table in self._tables():
            end, _ = known.get(table, (0, ""))
            if (self._folder / table).stat().st_size - end > UNSEALED * LINE_BYTES:
                yield table, BEHIND

    def tables(self) -> set[str]:
        """Tables that were ever written to, as far as this file or a seal tells. Raises OSError."""
        try:
            return {*(self._read() or {}), *self._tables()}
        except ValueError:
            return set(self._tables())

    def _tables(self) -> list[str]:
        try:
            return sorted(entry.name for entry in os.scandir(self._folder) if entry.name != NAME and not entry.name.startswith("."))
        except FileNotFoundError:
            return []

    def _present(self) -> dict[str, Head]:
        found = dict[str, Head]()
        for table in self._tables():
            sync_file(self._folder / table)
            if (head := Seal(self._folder.parent, table).head()) is not None:
                found[table] = head
        return found

    def _has(self, table: str, head: Head) -> bool:
        """Whether a line of the seal ends there with this hash."""
        end, chained = head
        try:
            with open_regular(self._folder / table) as seal:
                return os.pread(seal.fileno(), DIGITS + 1, end - DIGITS - 1) == f"{chained}\n".encode()
        except OSError:
            return False

    def _read(self) -> dict[str, Head] | None:
        """None without a file. Raises ValueError if it is not as it was written, OSError."""
        try:
            text = read_regular(self._path).decode()
        except FileNotFoundError:
            return None
        known = {found[1]: (int(found[2]), found[3]) for found in HEAD.finditer(text)}
        if text != _text(known):
            raise ValueError("is not as it was written")
        return known

    def _write(self, heads: dict[str, Head]) -> None:
        """Either the old file or the new one is there after a power loss; an old one is no false alarm, so the folder is not synced."""
        with unfinished_file(self._folder, _text(heads).encode()) as unfinished:
            unfinished.replace(self._path)

    @contextmanager
    def _locked(self) -> Generator[None]:
        with (self._folder / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def seal_commit(root: Path, table: str, version: int, checkpoint: bool = False) -> None:
    """Seal a commit (or checkpoint) that is on the disk, record the new end of the seal, and log an activity. Raises OSError."""
    head = Seal(root, table).extend(version, checkpoint)
    if head is not None:
        Heads(root).record(table, head)
    if table == commit_log.TABLE and not checkpoint:
        commit_log.extend(root, version)


def _text(heads: dict[str, Head]) -> str:
    lines = "".join(f"{table} {end} {chained}\n" for table, (end, chained) in sorted(heads.items()))
    return f"{lines}root {sha256(lines.encode()).hexdigest()}\n"
