"""Works on batches as tasks of a Ray cluster, in bounded number, and takes their results in the order of the batches."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from tierline import __version__
from tierline.compute.finished import FinishedBatches, digest_of
from tierline.compute.packed import pack, unpack
from tierline.errors import BadInput, WorkersLost

Part = TypeVar("Part")
Made = TypeVar("Made")
Piece = TypeVar("Piece")
Work = npt.NDArray[np.uint8]  # packed

STARTED_HERE = "local"  # as Ray calls a cluster of this machine that ends with this process
TASKS_PER_CPU = 4  # sent and not yet taken: enough for a worker to have a next one while a slow batch holds up the order
STORE_SHARE = 4  # packed parts that are out fill at most this part of the cluster's object stores
RETRIES = 3  # of a batch whose worker or node was lost: a batch that ends every worker does not end all of them
WORKS_HELD = 4  # in a worker
_END: Any = object()


class RayWorkers:
    """The nodes of a cluster; what is finished is kept where `finished` says. Each node has this code, installed."""

    batch_rows = 32  # a second at most: what is shared out evenly at the end of a stage, and done again when a node is lost

    def __init__(self, address: str, finished: FinishedBatches | None = None) -> None:
        self._address, self._finished = address, finished

    def map(self, name: str, work: Callable[[Part], Made], parts: Iterable[Part]) -> Iterator[Made]:
        """As Workers.map. A batch that is lost with its node is done again, a finished one is not: its result is fetched as soon as it is
        there. WorkersLost where that does not help."""
        ray = connected(self._address)
        packed = pack(work)
        out = _Out(ray, name, _put(ray, packed), digest_of(name, packed), self._finished)
        supply, more = iter(parts), True
        try:
            with self._errors(ray, name):
                while more or out.waits:
                    while more and out.has_room:
                        part = next(supply, _END)
                        more = part is not _END
                        if more:
                            out.send(pack(part))
                    if out.waits:
                        yield unpack(out.next())
        finally:
            out.cancel()

    def shuffle(
        self, name: str, split: Callable[[Part], list[Piece]], merge: Callable[[list[Piece]], Made], parts: Iterable[Part], ranges: int
    ) -> Iterator[Made]:
        """As Workers.shuffle. Pieces stay in the object stores of the nodes, which spill to disk; a lost one is made again."""
        ray = connected(self._address)
        splitting, merging = ((_put(ray, packed), digest_of(name, packed)) for packed in (pack(split), pack(merge)))
        options = {"num_cpus": 1, "max_retries": RETRIES, "scheduling_strategy": "SPREAD"}
        cut = ray.remote(worked_in_pieces).options(name=f"{name}: split", num_returns=ranges, **options)
        join = ray.remote(worked_on_pieces).options(name=f"{name}: merge", **options)
        pieces: list[list[Any]] = []
        waiting: deque[Any] = deque()
        try:
            with self._errors(ray, name):
                for part in parts:
                    made = cut.remote(__version__, splitting[1], splitting[0], pack(part))
                    pieces.append(made if ranges > 1 else [made])
                    ray.wait([of_part[0] for of_part in pieces], num_returns=max(1, len(pieces) - tasks_out(ray)))
                for number in range(ranges):
                    waiting.append(join.remote(__version__, merging[1], merging[0], *(of_part[number] for of_part in pieces)))
                    if len(waiting) >= tasks_out(ray):
                        yield unpack(ray.get(waiting.popleft()))
                while waiting:
                    yield unpack(ray.get(waiting.popleft()))
        finally:
            _cancel(ray, [*(of_part[0] for of_part in pieces), *waiting])

    @contextlib.contextmanager
    def _errors(self, ray: Any, name: str) -> Generator[None]:
        """What a node's work raised, as it raised it, and the trouble of the cluster in words."""
        try:
            yield
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except ray.exceptions.RayError as error:
            reason = f"{type(error).__name__}: {error}"
            raise WorkersLost(f"the cluster has not finished {name!r} ({reason:.200})", self._address, "see its log; run again") from None


def _cancel(ray: Any, tasks: Iterable[Any]) -> None:
    """Nobody wants the rest; of those that have ended there is none."""
    for reference in tasks:
        with contextlib.suppress(Exception):
            ray.cancel(reference)


def _put(ray: Any, packed: bytes) -> Any:
    """A packed work as an array, which tasks read where it lies: bytes would be copied for each of them."""
    return ray.put(np.frombuffer(packed, np.uint8))


def tasks_out(ray: Any) -> int:
    """How many tasks are sent and not yet taken. Nodes come and go, so what the cluster has is asked each time."""
    return TASKS_PER_CPU * max(1, int(ray.cluster_resources().get("CPU", 1)))


class _Out:
    """The parts that are out: sent, or finished and not yet taken."""

    def __init__(self, ray: Any, name: str, work: Any, work_digest: str, finished: FinishedBatches | None) -> None:
        self._ray, self._name, self._work, self._work_digest, self._finished = ray, name, work, work_digest, finished
        self._task = ray.remote(worked).options(
            name=name, num_cpus=1, max_retries=RETRIES, retry_exceptions=False, scheduling_strategy="SPREAD"
        )
        self._sent, self._taken, self._bytes = 0, 0, 0
        self._working: dict[Any, tuple[int, str, int]] = {}  # reference -> number, digest and size of a part
        self._made: dict[int, bytes] = {}

    @property
    def waits(self) -> bool:
        """Whether there is a next result to take."""
        return self._taken < self._sent

    @property
    def has_room(self) -> bool:
        """Whether one more part may be sent."""
        if not self.waits:
            return True
        store = self._ray.cluster_resources().get("object_store_memory", 0)
        return self._sent - self._taken < tasks_out(self._ray) and STORE_SHARE * self._bytes < store

    def send(self, part: bytes) -> None:
        """Have a packed part worked on, unless it was before."""
        digest = digest_of(self._name, part)
        made = self._finished.find(digest) if self._finished else None
        if made is None:
            reference = self._task.remote(__version__, self._work_digest, self._work, part)
            self._working[reference] = self._sent, digest, len(part)
            self._bytes += len(part)
        else:
            self._made[self._sent] = made
        self._sent += 1

    def next(self) -> bytes:
        """The packed result of the first part that was not taken. What else is finished is fetched too: its node may be lost."""
        self._fetch(seconds=0)
        while self._taken not in self._made:
            self._fetch(seconds=None)
        self._taken += 1
        return self._made.pop(self._taken - 1)

    def cancel(self) -> None:
        """Nobody wants the rest."""
        _cancel(self._ray, self._working)
        self._working = {}

    def _fetch(self, seconds: float | None) -> None:
        if not self._working:
            return
        least = len(self._working) if seconds == 0 else 1
        done, _ = self._ray.wait(list(self._working), num_returns=least, timeout=seconds)
        for reference in done:
            made = self._ray.get(reference)
            number, digest, size = self._working.pop(reference)
            self._bytes -= size
            self._made[number] = made
            if self._finished:
                self._finished.keep(digest, made)


def worked(version: str, work_digest: str, work: Work, part: bytes) -> bytes:
    """What a worker does: the packed result of this work on a packed part."""
    return pack(_called(version, work_digest, work, part))


def worked_in_pieces(version: str, work_digest: str, work: Work, part: bytes) -> Any:
    """The same of a work that makes several pieces, each packed; a single one alone, as Ray takes it."""
    pieces = [pack(piece) for piece in _called(version, work_digest, work, part)]
    return pieces if len(pieces) > 1 else pieces[0]


def worked_on_pieces(version: str, work_digest: str, work: Work, *pieces: bytes) -> bytes:
    """The packed result of a work on several packed pieces."""
    return pack(_work(version, work_digest, work)([unpack(piece) for piece in pieces]))


def _called(version: str, work_digest: str, work: Work, part: bytes) -> Any:
    called = _work(version, work_digest, work)
    with _code_is_there():
        rows = unpack(part)
    return called(rows)


def _work(version: str, work_digest: str, work: Work) -> Callable[[Any], Any]:
    if version != __version__:
        raise BadInput(f"a node has tierline {__version__}, this process {version}", "Ray cluster", "install the same on all nodes")
    if work_digest not in _works:
        while len(_works) >= WORKS_HELD:
            _works.pop(next(iter(_works)))
        with _code_is_there():
            _works[work_digest] = unpack(work.data)
    return _works[work_digest]


@contextlib.contextmanager
def _code_is_there() -> Generator[None]:
    """A node that does not know what it is sent has other code: that is no trouble of a record."""
    try:
        yield
    except (ImportError, AttributeError) as error:
        raise BadInput(f"a node lacks code ({error})", "Ray cluster", "install the same on all nodes") from None


_works: dict[str, Callable[[Any], Any]] = {}


def connected(address: str) -> Any:
    """Ray, connected to the cluster at this address. BadInput where Ray is not installed, WorkersLost where no cluster answers."""
    check_installed(address)
    import ray  # pyright: ignore[reportMissingImports] - installed beside, or not at all

    if ray.is_initialized():
        return ray
    ours = {} if address != STARTED_HERE else {"include_dashboard": False}
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster that is started here reports to nobody
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # the first error of a work is raised, others of it are not printed
    with _signals_kept():
        try:
            ray.init(address, log_to_driver=False, logging_level="warning", configure_logging=False, **ours)
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            said = " ".join(str(error).split())[:200]
            raise WorkersLost(f"no Ray cluster answers ({said})", address, "start it (ray start --head), or name another") from None
    return ray


def check_installed(address: str) -> None:
    """BadInput where an address of a cluster is given, and Ray is not there to reach it."""
    if address and find_spec("ray") is None:
        raise BadInput("Ray is not installed", f"TIERLINE_RAY_ADDRESS={address}", "pip install ray on every node, or leave it unset")


@contextlib.contextmanager
def _signals_kept() -> Generator[None]:
    """Ray takes SIGTERM for itself, which here cancels a run in order."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, before)
