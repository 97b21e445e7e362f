"""Locks that save work from being done twice at once: ingests, upgrades, takedowns and vacuums of a lake, runs of one stage's shard."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tierline.errors import BadInput, LakeUnavailable
from tierline.lake.store import Lake
from tierline.tables import content_id

LOOK_SECONDS = 0.5  # for which an ingest waits for its lock: much longer than whoever looks whether one is running holds it


@contextmanager
def only_ingest(lake: Lake) -> Generator[None]:
    """Hold a lake's ingest, whatever orchestrator's state it uses. BadInput if another one holds it for longer than a look at it takes."""
    try:
        with _lock(lake, "ingest").acquire(timeout=LOOK_SECONDS, poll_interval=LOOK_SECONDS / 20):
            yield
    except Timeout:
        raise BadInput("another ingest is running on this lake", lake.root, "wait for it or end it") from None


@contextmanager
def only_upgrade(lake: Lake) -> Generator[None]:
    """Hold a lake's upgrade. LakeUnavailable if another one holds it."""
    try:
        with _lock(lake, "upgrade").acquire(timeout=0):
            yield
    except Timeout:
        raise LakeUnavailable("is being upgraded by another process", lake.root, "wait for it") from None


@contextmanager
def only_takedown(lake: Lake) -> Generator[None]:
    """Hold a lake's takedowns. BadInput if another one holds them."""
    try:
        with _lock(lake, "takedown").acquire(timeout=0):
            yield
    except Timeout:
        raise BadInput("another takedown is under way on this lake", lake.root, "wait for it") from None


@contextmanager
def only_vacuum(lake: Lake) -> Generator[None]:
    """Hold a lake's vacuum. BadInput if another one holds it."""
    try:
        with _lock(lake, "vacuum").acquire(timeout=0):
            yield
    except Timeout:
        raise BadInput("another vacuum is at work on this lake", lake.root, "wait for it") from None


def is_ingest_running(lake: Lake) -> bool:
    """Whether an ingest of this lake is at work on this machine. The look itself holds the lock for an instant (see `LOOK_SECONDS`)."""
    if not (lake.locks / "ingest.lock").exists():
        return False
    try:
        with _lock(lake, "ingest").acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def only_run(lake: Lake, stage: str, shard: str, waiting: Callable[[str], None]) -> Generator[None]:
    """Hold one stage's shard; waits for another run of it, and says so to `waiting`."""
    lock = _lock(lake, content_id("run", stage, shard))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting(f"another run of {stage}/{shard} is at work: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)  # whoever waits for this file notices that it has no name any more
        lock.release()


def _lock(lake: Lake, name: str) -> FileLock:
    folder: Path = lake.locks
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LakeUnavailable(f"cannot be written ({error})", lake.root, "check the path, its permissions and free space") from error
    return FileLock(folder / f"{name}.lock")
