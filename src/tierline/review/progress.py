"""How far review has come: what waits by kind, how long it would take, what one has done, and which stages still have to follow."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from tierline.lake.reviews import INPUT, SETTLING, Settled, Settlements
from tierline.review.desk import DISPUTED, OPEN, SECOND, Desk
from tierline.review.item import KINDS

ENOUGH = 5  # answers from which on one's own median stands for the expected time


@dataclass(frozen=True, slots=True)
class Progress:
    """`waiting` counts items by kind, `states` by what they wait for. `today` are one's own answers since midnight UTC; `seconds` is one's
    own median, None before there are some; `minutes` is how long what waits would take. `reruns`: stages and shards that have to run
    before decisions reach them."""

    waiting: dict[str, int]
    states: dict[str, int]
    settled: int
    today: int
    answers: int
    seconds: float | None
    minutes: float
    reruns: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> int:
        """Items that wait."""
        return sum(self.waiting.values())

    @property
    def share(self) -> float:
        """Settled ones among all items that were ever reviewed or wait."""
        return self.settled / max(1, self.settled + self.whole)

    def as_row(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def progress(desk: Desk, reviewer: str, with_reruns: bool = False) -> Progress:
    """As of now; which stages have to follow only if asked for."""
    waiting, rows, rules = desk.waiting(), desk.rows(), desk.rules
    own = [row for row in rows if row["reviewer"] == reviewer and row["verdict"] in SETTLING and not row["gold"]]
    today = datetime.now(UTC).date()
    times = [row["seconds"] for row in own if row["seconds"] is not None]
    mine = median(times) if len(times) >= ENOUGH else None
    expected = mine * len(waiting) if mine is not None else sum(item.seconds(rules) for item in waiting)
    kinds, states = Counter(item.kind for item in waiting), Counter(desk.state(item) for item in waiting)
    return Progress(
        waiting={kind: kinds[kind] for kind in KINDS},
        states={state: states[state] for state in (OPEN, SECOND, DISPUTED)},
        settled=desk.settled(),
        today=sum(row["created_at"].date() == today for row in own),
        answers=len(own),
        seconds=mine,
        minutes=expected / 60,
        reruns=tuple(stale(desk)) if with_reruns else (),
    )


def stale(desk: Desk) -> list[tuple[str, str]]:
    """(stage, shard) whose present rows do not follow what reviews settle by now; `make refresh` runs them."""
    settled: dict[tuple[str, str], list[Settled]] = {(row["stage"], row["shard"]): [] for row in desk.rows()}
    for standing in desk.standings().values():
        if standing.settled is not None:
            settled[standing.votes[0]["stage"], standing.votes[0]["shard"]].append(standing.settled)
    found: list[tuple[str, str]] = []
    for (stage, shard), own in sorted(settled.items()):
        activity = desk.lake.activity(stage, shard)
        if activity is not None and json.loads(activity["inputs"]).get(f"{INPUT}/{shard}", "") != Settlements(own).digest:
            found.append((stage, shard))
    return found
