"""Runs of `ingest` in processes that can be watched, killed and accounted for; what takes seconds to import is imported once."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.faulting.inside import Inside

SECONDS_TO_END = 10.0  # after a run has ended, for whatever it started
LONGEST_RUN = 600.0

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["benchmarks.faulting.warm"])
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Run:
    """An `ingest` that has begun, in a session of its own. What it says is in a file."""

    process: Any
    reports: Connection
    output: Path
    steps: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])  # begun so far, and when
    killed: bool = False

    @property
    def pid(self) -> int:
        """Of the process."""
        return self.process.pid

    def wait_for(self, step: str, seconds: float = LONGEST_RUN) -> bool:
        """Until this step begins; False if the run ended without it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(name == step for name, _ in self.steps):
                return True
            try:
                if self.reports.poll(0.05):
                    self.steps.append((self.reports.recv(), time.monotonic()))
                elif self.process.exitcode is not None:
                    return False
            except (EOFError, OSError):
                return False
        return False

    def signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        self.killed = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self, seconds: float = LONGEST_RUN) -> int | None:
        """Its exit status, the negative number of the signal that ended it, or None if it had to be killed because it took too long."""
        end, status = time.monotonic() + seconds, None
        while status is None and time.monotonic() < end:
            with contextlib.suppress(EOFError, OSError):  # it never waits for somebody to read its reports
                while self.reports.poll(0):
                    self.steps.append((self.reports.recv(), time.monotonic()))
            self.process.join(0.05)
            status = self.process.exitcode
        if status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.process.join()
        return status

    @property
    def said(self) -> list[str]:
        """Lines of its output."""
        return self.output.read_text("utf-8", "replace").splitlines() if self.output.exists() else []


def start_ingest(environment: dict[str, str], arguments: Sequence[str], output: Path, inside: Inside | None = None) -> Run:
    """Begin `python -m ingest` with these arguments and this environment."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = _forks.Process(target=_ingest, args=(environment, list(arguments), str(output), theirs, inside or Inside()))
    process.start()
    theirs.close()
    return Run(process, ours, output)


def start_job(environment: dict[str, str], job: str, shard: str, output: Path) -> Run:
    """Begin a run of a job as the daemon does, beside whatever else runs."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = _forks.Process(target=_job, args=(environment, job, shard, str(output)))
    process.start()
    theirs.close()
    return Run(process, ours, output)


def ask(environment: dict[str, str], function: Callable[..., Answer], *arguments: Any) -> Answer:
    """What a function returns in a process of its own: this one never opens a lake, so that none is held open here."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = _forks.Process(target=_reply, args=(theirs, environment, function, arguments))
    process.start()
    theirs.close()
    try:
        found, failed = ours.recv()
    except EOFError:
        raise RuntimeError(f"{function.__name__} ended without an answer") from None
    finally:
        process.join()
    if failed:
        raise RuntimeError(failed)
    return found


def left_behind(root: Path) -> list[int]:
    """Processes that still work in a folder after the time that they have to end; they are killed."""
    end = time.monotonic() + SECONDS_TO_END
    while (found := working_in(root)) and time.monotonic() < end:
        time.sleep(0.1)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def working_in(root: Path) -> list[int]:
    """Processes whose environment names a lake below a folder: what a run started, in whatever session."""
    mark = f"TIERLINE_LAKE={root}/".encode()
    found: list[int] = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (process / "environ").read_bytes() and (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    found.append(int(process.name))
    return found


def children_of(pid: int) -> list[int]:
    """What a process started and still has."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _enter(environment: dict[str, str], output: str) -> None:
    os.setsid()
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for standard in (1, 2):
        os.dup2(handle, standard)
    os.environ.update(environment)
    tempfile.tempdir = None


def _ingest(environment: dict[str, str], arguments: list[str], output: str, reports: Connection, inside: Inside) -> None:
    _enter(environment, output)
    from ingest import main
    from tier_assets.step_bar import StepBar

    start = StepBar.start

    def reported(self: StepBar, step: str) -> None:
        reports.send(step)
        start(self, step)

    StepBar.start = reported
    inside.enter()
    sys.exit(main(arguments))


def _job(environment: dict[str, str], job: str, shard: str, output: str) -> None:
    _enter(environment, output)
    import dagster as dg

    from definitions import defs
    from ingest import QUIET
    from resources import configured_resources
    from tier_assets.partitions import crawl_shards

    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(crawl_shards.name, [shard])
        result = defs.resolve_job_def(job).execute_in_process(
            run_config=QUIET, instance=instance, partition_key=shard, resources=configured_resources(), raise_on_error=False
        )
    for event in result.all_events:
        if event.is_step_failure and event.event_specific_data.error:
            error = event.event_specific_data.error
            while error.cause:
                error = error.cause
            print(" ".join(error.message.split()))
    sys.exit(0 if result.success else 1)


def _reply(answers: Connection, environment: dict[str, str], function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.environ.update(environment)
    try:
        answers.send((function(*arguments), ""))
    except Exception as error:  # whatever it is, whoever asked must know
        answers.send((None, f"{function.__name__}: {type(error).__name__}: {' '.join(str(error).split())[:400]}"))
