"""Keeps answers that are not in the lake yet on a local disk, synced as they come, so that a crash loses no paid answer.

One file a shard. It is locked from a run's first look at the shard's calls to its last, so that two runs never ask the same thing side by
side. The lock belongs to the open file: the process that holds the model has it too while it answers, so that a run which takes over from
one that was killed waits for the answers that are still coming.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from pathlib import Path
from typing import Any, BinaryIO

from tierline.errors import LakeUnavailable

_log = logging.getLogger(__name__)
_open: dict[Path, Journal] = {}  # of this process: a second lock on the same file would wait for itself


class Journal:
    """One shard's journal, locked. Get it from `Journal.of`, release it with `close`."""

    def __init__(self, path: Path) -> None:
        self.path, self._users = path, 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = _locked(path)
        except OSError as error:
            raise LakeUnavailable(f"cannot be written ({error.strerror})", str(path), "check its permissions and free space") from error

    @classmethod
    def of(cls, path: Path) -> Journal:
        """The journal at a path. Waits while another process has it."""
        path = path.absolute()
        if path not in _open:
            _open[path] = cls(path)
        _open[path]._users += 1
        return _open[path]

    def rows(self) -> list[dict[str, Any]]:
        """The written rows, without a last line that a crash cut off."""
        with self.path.open("rb") as lines:
            return [json.loads(line) for line in lines if line.endswith(b"\n")]

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


def _locked(path: Path) -> BinaryIO:
    """The file at the path, locked, and not one that its last user removed meanwhile."""
    while True:
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.warning("%s: waiting for the run that is asking about this shard, or for its last answers", path)
            fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()
