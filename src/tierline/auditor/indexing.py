"""The index of words for one process: opened again when the lake has changed, and made in the background when somebody asks for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tierline.audit.find import Texts
from tierline.audit.text_index import Progress, waiting_parts
from tierline.errors import TierlineError
from tierline.extras import missing_extra
from tierline.lake import Lake


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not indexed yet. `done` of `parts` (shards of tables) are, if it is being made now (`is_running`); `failed` says why it ended
    without being done."""

    parts: int
    rows: int
    done: int = 0
    is_running: bool = False
    failed: str = ""


class Indexing:
    """Opens the index once for each state of the lake. Threads may share it."""

    def __init__(self, lake: Lake) -> None:
        self._lake, self._lock = lake, threading.Lock()
        self._opened: tuple[tuple[int, ...], Texts | Waiting] | None = None
        self._worker: threading.Thread | None = None
        self._done, self._whole, self._failed = 0, 0, ""

    def texts(self) -> Texts | Waiting:
        """The index of everything that there is now, or what it lacks: nothing is indexed by asking for it. LakeUnavailable."""
        with self._lock:
            if self._worker and self._worker.is_alive():
                return Waiting(self._whole, 0, self._done, True)
            state = self._lake.recorded()
            if self._opened is None or self._opened[0] != state or isinstance(self._opened[1], Waiting):
                parts = waiting_parts(self._lake)
                found = Waiting(len(parts), sum(rows for _, rows in parts), failed=self._failed) if parts else self._open()
                self._opened = state, found
            return self._opened[1]

    def _open(self, progress: Progress = lambda _steps, _label: None) -> Texts:
        try:
            return Texts(self._lake, progress)
        except ModuleNotFoundError as error:
            raise missing_extra(error) or error from None

    def start(self) -> None:
        """Index what waits, in a thread of its own; once at a time."""
        with self._lock:
            if self._worker is None or not self._worker.is_alive():
                self._done, self._whole, self._failed = 0, len(waiting_parts(self._lake)), ""
                self._worker = threading.Thread(target=self._make, name="indexing", daemon=True)
                self._worker.start()

    def _make(self) -> None:
        def advance(steps: int, _part: str) -> None:
            self._done += steps

        try:
            self._open(advance)
        except (TierlineError, OSError, ValueError) as error:
            self._failed = str(error)
