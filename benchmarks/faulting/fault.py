"""What a kind of fault is: something done to a place, a run or the model at a moment, and what may be said about it."""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faulting.inside import Inside
from benchmarks.faulting.model_server import ModelServer
from benchmarks.faulting.places import Crawl, Place
from benchmarks.faulting.processes import Run

NOTHING = Inside()


@dataclass(slots=True)
class Scene:
    """Where a fault happens: what it may touch, and the chances it takes."""

    place: Place
    crawl: Crawl
    model: ModelServer
    draw: random.Random
    seconds: dict[str, float]  # that a step takes undisturbed
    output: Path  # of the run
    others: list[Run] = field(default_factory=list[Run])  # started beside it
    notes: dict[str, object] = field(default_factory=dict[str, object])  # of a fault, for its end

    @property
    def mark(self) -> Path:
        """The file that says that what a fault waits for was met."""
        return self.output.with_name(f"{self.output.name}.met")


Act = Callable[[Scene], object]
Strike = Callable[[Scene, Run], object]


@dataclass(frozen=True, slots=True)
class Fault:
    """One injected fault.

    `prepare` happens before the run, `strike` within the step `during` (somewhere in it, if `somewhere`; False: it hit nothing),
    `inside` within the process, `lift` after it has ended. `causes` is a pattern of which a line that is told must have something;
    `silent`: nothing need be told, if the run succeeds. `killed`: the run ends by a signal, and says nothing. `harms`: what is broken
    is a committed file itself.
    """

    kind: str
    causes: str = ""
    during: str = ""
    somewhere: bool = False
    prepare: Act | None = None
    strike: Strike | None = None
    inside: Callable[[Scene], Inside] | None = None
    lift: Act | None = None
    silent: bool = True
    killed: bool = False
    harms: bool = False
    patience: float = 240.0
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({', '.join(filter(None, [self.detail, self.during]))})"

    def named(self, status: int | None, said: list[str]) -> str:
        """Empty if the cause was told as it should be, else what is wrong with what was said."""
        trace = next((line for line in said if line.startswith("Traceback")), "")
        if trace:
            last = next((line for line in reversed(said) if re.match(r"[\w.]+(Error|Exception|Warning|Interrupt)\b", line)), said[-1])
            return f"a traceback: {last}"
        if status is None:
            return f"did not end within {self.patience:.0f} s"
        if status < 0:
            return "" if self.killed else f"ended by {signal.Signals(-status).name}"
        if status == 0 and self.silent:
            return ""
        if self.told_in(said):
            return ""
        if status == 0:
            return "nothing was said"
        return f"status {status}: {' | '.join(line for line in said if not PROGRESS.match(line))[-300:]}"

    def told_in(self, said: list[str]) -> bool:
        """Whether a line names the cause."""
        return bool(self.causes) and any(re.search(self.causes, line, re.I) for line in said if not PROGRESS.match(line))


PROGRESS = re.compile(r" *\d+% after")


def somewhere_in(scene: Scene, step: str) -> None:
    """Wait for a moment of a step that has just begun."""
    time.sleep(scene.draw.uniform(0, scene.seconds.get(step, 0.5)))
