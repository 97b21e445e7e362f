"""Holds an item for the reviewer who was shown it, so that two people do not read the same one by accident."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lease:
    """`shown_at` and `until` are seconds of the clock that the leases were made with."""

    reviewer: str
    shown_at: float
    until: float


class Leases:
    """In the memory of the one process that serves the page: a restart ends them, and costs nothing but a second reading."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()

    def take(self, item_id: str, reviewer: str) -> bool:
        """Hold the item for the reviewer, anew if it already is; False if it is held for somebody else."""
        with self._lock:
            now, held = self._clock(), self._current(item_id)
            if held is not None and held.reviewer != reviewer:
                return False
            self._held[item_id] = Lease(reviewer, held.shown_at if held else now, now + self._seconds)
            return True

    def holder(self, item_id: str) -> str:
        """For whom the item is held; empty if for nobody."""
        with self._lock:
            held = self._current(item_id)
            return held.reviewer if held else ""

    def seconds_since_shown(self, item_id: str, reviewer: str) -> float | None:
        """How long ago the item was shown to the reviewer; None if it is not held for them."""
        with self._lock:
            held = self._current(item_id)
            return self._clock() - held.shown_at if held and held.reviewer == reviewer else None

    def release(self, item_id: str, reviewer: str) -> None:
        """Let go of an item that is held for the reviewer."""
        with self._lock:
            held = self._held.get(item_id)
            if held is not None and held.reviewer == reviewer:
                del self._held[item_id]

    def _current(self, item_id: str) -> Lease | None:
        held = self._held.get(item_id)
        if held is not None and held.until <= self._clock():
            del self._held[item_id]
            return None
        return held
