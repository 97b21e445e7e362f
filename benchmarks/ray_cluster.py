"""Ray clusters of one machine, and workers that are watched: light to import, because each node does."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from tierline.compute.workers import Workers

STORE_BYTES = 200_000_000
PORTS = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port", "runtime_env_agent_port")


class Nodes:
    """A cluster on this machine: a head that schedules, on which this process is, and nodes with one core each."""

    def __init__(self, made: Any) -> None:
        self._made, self._working = made, []

    def add(self) -> None:
        """One more."""
        self._working.append(self._made.add_node(num_cpus=1, **_node()))

    def lose(self) -> None:
        """The processes of one are killed."""
        self._made.remove_node(self._working.pop(), allow_graceful=False)


@contextlib.contextmanager
def cluster(nodes: int) -> Iterator[Nodes]:
    """One with so many nodes that work, at the address `auto`."""
    import ray
    from ray.cluster_utils import Cluster

    # Patience with a machine that is busy, and workers that stand back no more than this process does.
    config = {"health_check_timeout_ms": 60_000, "agent_register_timeout_ms": 300_000, "worker_niceness": 0}
    head = {"num_cpus": 0, "include_dashboard": False, "_system_config": config} | _node()
    made = Cluster(initialize_head=True, head_node_args=head)
    try:
        found = Nodes(made)
        for _ in range(nodes):
            found.add()
        ray.init(made.address, log_to_driver=False, logging_level="error")
        yield found
    finally:
        ray.shutdown()
        made.shutdown()


def _node() -> dict[str, int]:
    """Ports are given: Ray waits no longer than half a minute for the processes that would choose them."""
    with contextlib.ExitStack() as held:
        free = [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in PORTS]
    return dict(zip(PORTS, free, strict=True)) | {"object_store_memory": STORE_BYTES}


class Watched:
    """Workers of whom every start of a batch and every end is noted in a folder; `midway` is called when so many results were taken."""

    def __init__(self, workers: Workers, folder: Path, midway: Callable[[], None] | None = None, after: int = 0) -> None:
        self._workers, self._folder, self._midway, self._left = workers, folder, midway, after
        self.batch_rows, self._numbers = workers.batch_rows, count()
        folder.mkdir()

    def map(self, name: str, work: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
        """As Workers.map."""
        numbered = ((next(self._numbers), part) for part in parts)
        for found in self._workers.map(name, partial(noted, folder=self._folder, work=work), numbered):
            self._left -= 1
            if self._midway and self._left == 0:
                self._midway()
            yield found

    def shuffle(
        self, name: str, split: Callable[[Any], list[Any]], merge: Callable[[list[Any]], Any], parts: Iterable[Any], ranges: int
    ) -> Iterator[Any]:
        """As Workers.shuffle. Of its works the ends are noted."""
        watched = (partial(timed, folder=self._folder, work=work) for work in (split, merge))
        return self._workers.shuffle(name, *watched, parts, ranges)

    def starts(self) -> list[dict[str, Any]]:
        """Number and rows of each batch that was begun, in any order."""
        return self.starts_in(self._folder)

    @staticmethod
    def starts_in(folder: Path) -> list[dict[str, Any]]:
        """Those that were noted in a folder."""
        return [json.loads(path.read_text()) for path in folder.glob("*.start")]

    def rows_done_again(self) -> tuple[int, int]:
        """(rows that were worked on, each counted for each work; rows of all starts but the first of each batch)."""
        rows = {one["number"]: one["rows"] for one in self.starts()}
        return sum(rows.values()), sum(one["rows"] for one in self.starts()) - sum(rows.values())

    def seconds_by_process(self) -> dict[int, float]:
        """Processor time of each worker."""
        found: dict[int, float] = defaultdict(float)
        for path in self._folder.glob("*.end"):
            one = json.loads(path.read_text())
            found[one["process"]] += one["seconds"]
        return found


def noted(part: tuple[int, Any], folder: Path, work: Callable[[Any], Any]) -> Any:
    """What the work makes of a numbered part; its start and its end are written down."""
    number, rows = part
    (folder / f"{uuid4().hex}.start").write_text(json.dumps({"number": number, "rows": rows_in(rows)}))
    return timed(rows, folder, work)


def timed(part: Any, folder: Path, work: Callable[[Any], Any]) -> Any:
    """What the work makes of a part; its end is written down."""
    began = time.process_time()
    found = work(part)
    (folder / f"{uuid4().hex}.end").write_text(json.dumps({"process": os.getpid(), "seconds": time.process_time() - began}))
    return found


def rows_in(part: Any) -> int:
    """Rows of a part: of a batch, of a list, or of the first of several things."""
    first = part[0] if isinstance(part, tuple) else part
    return len(first)
