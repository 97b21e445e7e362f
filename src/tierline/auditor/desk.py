"""What the pages of auditors work on: the lake, its index, the folders beyond it; and turns for questions that take seconds."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tierline.audit.find import Texts
from tierline.auditor.indexing import Indexing, Waiting
from tierline.lake import Lake

AT_ONCE = 2  # questions that read whole tables, each with a gigabyte of memory


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """`exports` and `training` are the folders with exported mixes and experiments."""

    lake: Lake
    indexing: Indexing
    exports: Path
    training: Path
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    @classmethod
    def of(cls, lake: Lake, exports: str, training: str) -> AuditDesk:
        """For a lake."""
        return cls(lake, Indexing(lake), Path(exports), Path(training))

    def index(self) -> tuple[Texts | None, Waiting | None]:
        """The index, or what it lacks."""
        found = self.indexing.texts()
        return (None, found) if isinstance(found, Waiting) else (found, None)

    @contextmanager
    def turn(self) -> Generator[None]:
        """Around a question that takes seconds: the next one waits."""
        with self._turns:
            yield
