"""Seals a table's log: one line for each entry outside of it, so that an entry which is changed, lost or rolled back is noticed."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tierline.config.regular_file import open_regular, read_regular
from tierline.lake.delta_log import LOG
from tierline.lake.durable import make_folder, sync_folder

SEALS = "_seals"  # sorted before every table, so that a copy in order of names has the seals first
DIGITS = 32
TAIL = 1 << 13  # bytes that hold the last lines
UNSEALED = 8  # entries that writers may have committed and not sealed yet; more mean that the end of a seal is lost
ENTRY, CHECKPOINT = ".json", ".checkpoint.parquet"
LINE_BYTES = 92  # of an entry's line
LINE = re.compile(r"(\d{20})(\.json|\.checkpoint\.parquet) ([0-9a-f]{32}) ([0-9a-f]{32})")


class Seal:
    """Of the log of one table below a local folder.

    A line names an entry (or a checkpoint) with its checksum and a hash over that and the line before. The log may be ahead of
    its seal after a crash, and the next commit seals the rest; it is never behind.
    """

    def __init__(self, root: Path, table: str) -> None:
        self._root, self._table = root, table
        self._log, self._path = root / table / LOG, root / SEALS / table

    def exists(self) -> bool:
        """Whether anything of the log was ever sealed."""
        return self._path.exists()

    def is_whole(self) -> bool:
        """Whether it begins with the first entry of the log, as that of every table does that was made since there are seals."""
        try:
            with open_regular(self._path) as file:
                return (found := LINE.match(file.readline().decode("utf-8", "replace"))) is not None and int(found[1]) == 0
        except OSError:
            return False

    def head(self) -> tuple[int, str] | None:
        """Where its last whole line ends, and that line's chained hash; None without a line. Raises OSError."""
        with open_regular(self._path) as file:
            return _head(file.fileno())

    def extend(self, version: int, checkpoint: bool = False) -> tuple[int, str] | None:
        """Seal every entry up to this version that is not sealed yet, or the checkpoint of this version; returns the new head, which is on
        the disk. In a lake that was written before there were seals the first of them is for this version; a new table's first entries
        may wait for a seal. Raises OSError."""
        new = not self._path.exists()
        make_folder(self._path.parent)
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = _whole_lines(_tail(file.fileno()))
            before = lines[-1].rsplit(" ", 1)[-1] if lines else ""
            sealed = [int(found[1]) for line in lines if (found := LINE.fullmatch(line)) and found[2] == ENTRY]
            first = sealed[-1] + 1 if sealed else 0 if version <= UNSEALED else version
            names = [f"{version:020d}{CHECKPOINT}"] if checkpoint else [f"{one:020d}{ENTRY}" for one in range(first, version + 1)]
            text = b""
            for name in filter(lambda name: (self._log / name).exists(), names):
                line, before = _line(name, _checksum(self._log / name), before)
                text += line.encode()
            _drop_torn_line(file.fileno())
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            head = _head(file.fileno())
        if new:
            sync_folder(self._path.parent)
        return head

    def last(self) -> int:
        """The newest entry that is sealed; -1 without one. Raises OSError."""
        with open_regular(self._path) as file:
            found = filter(None, map(LINE.fullmatch, _whole_lines(_tail(file.fileno()))))
            return max((int(line[1]) for line in found if line[2] == ENTRY), default=-1)

    def mismatches(self) -> Iterator[str]:
        """What does not agree with the log, or with the seal itself, in words. Raises OSError."""
        present = self._present()  # before the seal is read, which may grow meanwhile
        try:
            text = read_regular(self._path)
        except FileNotFoundError:
            return
        before, entries, checkpoints = "", dict[int, str](), dict[int, str]()
        for number, line in enumerate(_whole_lines(text), 1):
            parts = LINE.fullmatch(line)
            if parts is None or line != _line(parts[1] + parts[2], parts[3], before)[0].rstrip():
                yield f"line {number} of its seal was changed, or one before it is missing"
            if parts is not None:
                (entries if parts[2] == ENTRY else checkpoints)[int(parts[1])] = parts[3]
            before = line.rsplit(" ", 1)[-1]
        if sum(version > max(entries, default=-1) for version in present) > (UNSEALED if entries else 1):
            yield "the end of its seal is missing"
        yield from self._compare(entries, checkpoints)

    def _compare(self, entries: dict[int, str], checkpoints: dict[int, str]) -> Iterator[str]:
        present = self._present()
        first = min(present, default=0) if checkpoints else 0  # Delta removes old entries that a checkpoint covers
        for version, found in sorted(entries.items()):
            if version not in present:
                if version >= first:
                    yield f"entry {version} of its log is missing"
            elif _checksum(self._log / f"{version:020d}{ENTRY}") != found:
                yield f"entry {version} of its log was changed"
        last = max(checkpoints, default=None)
        for version, found in checkpoints.items():
            path = self._log / f"{version:020d}{CHECKPOINT}"
            if path.exists() and _checksum(path) != found:
                yield f"checkpoint {version} of its log was changed"
            elif version == last and not path.exists():
                yield f"checkpoint {version} of its log is missing"
        if checkpoints and not (self._log / "_last_checkpoint").exists():
            yield "the note of its last checkpoint is missing"

    def _present(self) -> set[int]:
        return {int(path.stem) for path in self._log.glob(f"{'[0-9]' * 20}{ENTRY}")}


def _line(name: str, found: str, before: str) -> tuple[str, str]:
    """(line, its chained hash)."""
    chained = sha256(f"{before} {name} {found}".encode()).hexdigest()[:DIGITS]
    return f"{name} {found} {chained}\n", chained


def _checksum(path: Path) -> str:
    return sha256(read_regular(path)).hexdigest()[:DIGITS]


def _tail(file: int) -> bytes:
    size = os.fstat(file).st_size
    data = os.pread(file, TAIL, max(0, size - TAIL))
    return data if size <= TAIL else data.partition(b"\n")[2]


def _head(file: int) -> tuple[int, str] | None:
    data = _tail(file)
    lines = _whole_lines(data)
    torn = len(data) - data.rfind(b"\n") - 1
    return (os.fstat(file).st_size - torn, lines[-1].rsplit(" ", 1)[-1]) if lines else None


def _whole_lines(data: bytes) -> list[str]:
    """Without a last line that a crash cut off."""
    return data[: data.rfind(b"\n") + 1].decode("utf-8", "replace").splitlines()


def _drop_torn_line(file: int) -> None:
    data = _tail(file)
    if data and not data.endswith(b"\n"):
        os.ftruncate(file, os.fstat(file).st_size - (len(data) - data.rfind(b"\n") - 1))
