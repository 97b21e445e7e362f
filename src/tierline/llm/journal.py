"""Keeps answers that are not in the lake yet on a local disk, synced as they come, so that a crash loses no paid answer.

One file a shard. It is locked from a run's first look at the shard's calls to its last, so that two runs never ask the same thing side by
side. The lock belongs to the open file: the process that holds the model has it too while it answers, so that a run which takes over from
one that was killed waits for the answers that are still coming. No wait is without end. Each line begins with its checksum; one that is
not as it was written costs no other.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from zlib import crc32

from tierline.errors import LakeUnavailable

_log = logging.getLogger(__name__)
DAMAGED = ".damaged"  # after the name of a journal: lines of it that cannot be read
LOOK_SECONDS = 0.1  # between two looks at a lock that another process has
_open: dict[Path, Journal] = {}  # of this process: a second lock on the same file would wait for itself


class Journal:
    """One shard's journal, locked. Get it from `Journal.of`, release it with `close`."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self._users = path, 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = _locked(path, seconds)
        except OSError as error:
            raise LakeUnavailable(f"cannot be written ({error.strerror})", str(path), "check its permissions and free space") from error

    @classmethod
    def of(cls, path: Path, seconds: float = 600.0) -> Journal:
        """The journal at a path. Waits so long while another process has it. LakeUnavailable."""
        path = path.absolute()
        if path not in _open:
            _open[path] = cls(path, seconds)
        _open[path]._users += 1
        return _open[path]

    def rows(self, checked: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> list[dict[str, Any]]:
        """The written rows, each as `checked` returns it, without a last line that a crash cut off.

        Lines that are not as they were written, or for which `checked` raises ValueError, are set aside in a file beside this one, and
        named in a warning.
        """
        rows: list[dict[str, Any]] = []
        refused: list[tuple[int, bytes, ValueError]] = []
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                try:
                    rows.append(checked(_read(line)))
                except ValueError as error:
                    refused.append((number, line, error))
        if refused:
            self._set_aside(refused)
        return rows

    def _set_aside(self, refused: Sequence[tuple[int, bytes, ValueError]]) -> None:
        aside = self.path.with_name(self.path.name + DAMAGED)
        with aside.open("ab") as file:
            file.writelines(line for _, line, _ in refused)
            file.flush()
            os.fsync(file.fileno())
        (number, _, error), more = refused[0], len(refused) - 1
        these = f"line {number} and {more} more are no answers" if more else f"line {number} is no answer"
        _log.warning("%s: %s (%.200s); set aside in %s, what they answered is asked again", self.path, these, error, aside.name)

    def clear(self) -> None:
        """Remove all rows, which the lake has now, and a line that a crash cut off."""
        if not os.fstat(self.file.fileno()).st_size:
            return
        os.ftruncate(self.file.fileno(), 0)
        os.fsync(self.file.fileno())

    def close(self) -> None:
        """Release it; its last user removes the file if it is empty and frees the lock."""
        self._users -= 1
        if self._users:
            return
        del _open[self.path]
        if not os.fstat(self.file.fileno()).st_size:
            self.path.unlink(missing_ok=True)
        self.file.close()


def write_synced(file: BinaryIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows, a line each; they are on disk when this returns. LakeUnavailable if they cannot be, and then none of them is."""
    before = os.fstat(file.fileno()).st_size
    try:
        file.write(b"".join(map(_line, rows)))
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        os.ftruncate(file.fileno(), before)
        raise LakeUnavailable(f"answers cannot be written ({error.strerror})", "journal of model calls", "free space, run again") from None


def _line(row: Mapping[str, Any]) -> bytes:
    """The row as JSON, behind its CRC-32, which any flipped bit and any burst of up to 32 disagrees with."""
    body = json.dumps(row).encode()
    return b"%08x %s\n" % (crc32(body), body)


def _read(line: bytes) -> dict[str, Any]:
    """The row of a line. ValueError if the line is not as it was written."""
    if line.startswith(b"{"):
        raise ValueError("an older version wrote it, without a checksum")
    mark, _, body = line[:-1].partition(b" ")
    if mark != b"%08x" % crc32(body):
        raise ValueError("it is not as it was written")
    return json.loads(body)


def _locked(path: Path, seconds: float) -> BinaryIO:
    """The file at the path, locked, and not one that its last user removed meanwhile. LakeUnavailable."""
    ends, told = time.monotonic() + seconds, False
    while True:
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except BlockingIOError:
            if time.monotonic() >= ends:
                file.close()
                raise LakeUnavailable(f"{_held(path)} since {seconds:.4g} s", str(path), "let it end, or end it, then run again") from None
            if not told:
                _log.warning("%s: waiting for the run that is asking about this shard, or for its last answers: %s", path, _held(path))
                told = True
            time.sleep(LOOK_SECONDS)  # a lock that is waited for inside the kernel would not hear a signal's exception
        file.close()


def _held(path: Path) -> str:
    """Who has the file open, as far as this system tells."""
    return f"process {', '.join(found)} holds it" if (found := sorted(_holders(path))) else "another process holds it"


def _holders(path: Path) -> set[str]:
    """Process ids, where the system lists what each of them has open."""
    found: set[str] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ends meanwhile, or is another user's
            if process.name != str(os.getpid()) and path.resolve() in [opened.readlink() for opened in (process / "fd").iterdir()]:
                found.add(process.name)
    return found
