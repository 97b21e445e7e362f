"""The progress of an ingest: the step that is running, and how much of the expected time is behind, by what prior shards took."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tierline.lake import Lake
from tierline.stages import BY_NAME

# Seconds of a step on the bundled crawl with the bundled model on two cores, for steps that the lake has not seen yet.
TYPICAL = {"l0_raw": 0.5, "l1_filtered": 0.8, "l2_annotations": 6.0, "l2_scores": 0.7, "l3_refined": 15.0, "mix_frontiers": 4.0}
TYPICAL_ONCE = {"l2_reliability": 20.0}  # of steps that find nothing to do because the lake has their activity
GATE = "_promotion_gate"  # behind the name of an asset: the step of its gate
OTHER = 0.2  # a gate, a ledger, a table of SQL
TELLING = 0.15  # share of the expected time after which the rest is shown; before, one slow step would multiply into an hour
PERIOD = 10.0  # seconds between lines if there is no terminal
LONG = 5.0  # a step that is expected to take this many seconds is named when it begins, not while nothing moves


class StepTimes:
    """The duration of each step: from the lake's activities, and as it is measured."""

    def __init__(self, lake: Lake) -> None:
        self._taken: dict[str, list[float]] = {}
        for row in lake.activities().select(["stage", "started_at", "ended_at"]).to_pylist():
            self.add(row["stage"], (row["ended_at"] - row["started_at"]).total_seconds())

    def add(self, step: str, seconds: float) -> None:
        """One more run of a step."""
        self._taken.setdefault(step, []).append(seconds)

    def expected(self, steps: Collection[str], first: bool = True) -> dict[str, float]:
        """Seconds of each step in the next run, or in one after it (not `first`): the median so far, or else a typical value."""
        return {step: self._expected(step, first) for step in steps}

    def _expected(self, step: str, first: bool) -> float:
        if _once(step):
            return TYPICAL_ONCE.get(step, OTHER) if first and step not in self._taken else OTHER
        return statistics.median(self._taken[step]) if step in self._taken else TYPICAL.get(step, OTHER)


class StepBar:
    """One bar over the runs of all shards and the one of what they share. On a terminal it moves; elsewhere it is a line now and then.

    `per_shard` and `shared` name the steps of either kind of run.
    """

    def __init__(
        self,
        times: StepTimes,
        per_shard: Collection[str],
        shared: Collection[str],
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._times, self._per_shard, self._shared = times, per_shard, shared
        self._console, self._clock = console or Console(stderr=True), clock
        left = TextColumn("{task.fields[left]}")
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), left)
        self._bar = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("", total=1.0, left="")
        self._title, self._run, self._further, self._behind, self._share = "", dict[str, float](), 0.0, 0.0, 0.0
        self._began = self._told = self._step_began = clock()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def begin_shard(self, name: str, number: int, shards: int, assets: Collection[str] | None = None) -> None:
        """The run of one shard, counted from 1; `assets`: the ones that run, with their gates, where not all do. The shards after it
        are expected to run as much."""
        steps = [step for step in self._per_shard if assets is None or step.removesuffix(GATE) in assets]
        each, shared = self._times.expected(steps, False), self._times.expected(self._shared)
        self._further = (shards - number) * sum(each.values()) + sum(shared.values())
        self._begin(f"{name} ({number} of {shards})" if shards > 1 else name, steps)

    def begin_shared(self) -> None:
        """The last run, of what all shards share."""
        self._further = 0.0
        self._begin("facts and mixes", self._shared)

    def _begin(self, title: str, steps: Collection[str]) -> None:
        # Remaining steps are expected by measurements here, so finished ones count with their real duration.
        self._title, self._run, self._behind = title, self._times.expected(steps), self._clock() - self._began
        self._tell("")

    def start(self, step: str) -> None:
        """Show the step that runs now."""
        self._step_began = self._clock()
        self._tell(step)

    def end(self, step: str, succeeded: bool = True) -> None:
        """The step has ended."""
        if succeeded and not _once(step):
            self._times.add(step, self._clock() - self._step_began)
        self._behind += self._run.pop(step, 0.0)

    def finish(self) -> None:
        """The run has ended; steps that it did not reach are no longer expected."""
        self._run.clear()
        self._tell("done")

    @property
    def share(self) -> float:
        """The finished share of the expected time; it never falls, although expectations change."""
        expected = self._behind + sum(self._run.values()) + self._further
        self._share = max(self._share, self._behind / expected if expected else 1.0)
        return self._share

    @property
    def seconds_left(self) -> float | None:
        """By the pace so far; None while too little is finished."""
        share = self.share
        return (self._clock() - self._began) * (1 - share) / share if share >= TELLING else None

    def _tell(self, step: str) -> None:
        seconds, now = self.seconds_left, self._clock()
        left = "" if seconds is None or self.share == 1 else f"about {_minutes(seconds)} left"
        text = f"{self._title}: {step}" if step else self._title
        self._bar.update(self._task, completed=self.share, description=text, left=left)
        due = step in ("", "done") or now - self._told >= PERIOD or self._run.get(step, 0.0) >= LONG
        if due and not self._console.is_terminal:
            self._told = now
            line = f"{self.share:4.0%} after {_minutes(now - self._began)}  {text}  {left}"
            self._console.print(line.rstrip(), highlight=False, soft_wrap=True)


def watched_run(instance: dg.DagsterInstance, bar: StepBar) -> str:
    """The id for a run whose steps the bar is to follow."""

    def follow(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event and event.step_key and event.is_step_start:
            bar.start(event.step_key)
        elif event and event.step_key and (event.is_step_success or event.is_step_failure or event.is_step_skipped):
            bar.end(event.step_key, event.is_step_success)

    run_id = str(uuid.uuid4())
    instance.add_event_listener(run_id, follow)
    return run_id


def _once(step: str) -> bool:
    return step in BY_NAME and BY_NAME[step].once


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
