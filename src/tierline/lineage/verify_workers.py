"""Checks shards of tables in several processes; what they find comes in the order of the shards, whichever process was faster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from tierline.errors import LakeUnavailable
from tierline.lake import Lake
from tierline.lake.delta import DeltaFolder
from tierline.lineage.mismatch import Checked, Mismatch
from tierline.lineage.verify_shard import ShardCheck, verify_shard

Found = tuple[list[Mismatch], Checked]
AHEAD = 4  # shards that wait for each process
ROWS_OF_WORKER = 20_000  # a process takes about a second to start, in which one checks so many rows


def verify_shards(lake: Lake, checks: Sequence[ShardCheck], workers: int) -> Iterator[Found]:
    """What is wrong with each shard, and how much of it was checked, in the given order. `lake` reads damaged files as they are. There are
    no more processes than there is work for. LakeUnavailable if one of them ends before its time; none is left behind."""
    workers = min(workers, len(checks), sum(check.manifest.rows for check in checks) // ROWS_OF_WORKER)
    if workers < 2:
        yield from (verify_shard(lake, check) for check in checks)
        return
    with _pool(lake, workers) as executor:
        waiting: deque[tuple[ShardCheck, Future[Found]]] = deque()
        try:
            for check in checks:
                waiting.append((check, executor.submit(_verify, check)))
                if len(waiting) > AHEAD * workers:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        except BrokenProcessPool as error:
            what, where = "a process that verified it, or a shard after it, was ended from outside", waiting[0][0].place if waiting else ""
            raise LakeUnavailable(what, where, "see whether memory ran out; give fewer --workers") from error


def _first(waiting: deque[tuple[ShardCheck, Future[Found]]]) -> Found:
    check, future = waiting[0]
    try:
        found = future.result()
    except Exception as error:
        error.add_note(f"while verifying {check.place}")
        raise
    waiting.popleft()
    return found


@contextmanager
def _pool(lake: Lake, workers: int) -> Generator[ProcessPoolExecutor]:
    """Processes that are ended if whoever reads their results goes away before their end, as with Ctrl-C."""
    before = set(multiprocessing.active_children())
    given = lake.root, lake.delta.storage_options
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start, given)
    try:
        yield executor
    except BaseException:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


_lake: list[Lake] = []  # of this worker process


def _start(root: str, storage_options: dict[str, str] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # by which the parent ends them, and which whoever started it may have ignored
    threading.Thread(target=_end_with_parent, daemon=True).start()
    lake = Lake(root, storage_options)
    lake.delta = DeltaFolder(root, storage_options, checked=False)
    _lake.append(lake)


def _end_with_parent() -> None:
    """A parent that was killed cannot end its workers."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _verify(check: ShardCheck) -> Found:
    return verify_shard(_lake[0], check)
