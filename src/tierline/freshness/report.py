"""What is out of date, for people: stages and reasons with the shards that they hold for, and what a refresh would cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tierline.crawl.registry import CrawlRegistry
from tierline.freshness.compare import OutOfDate
from tierline.lake import Lake, standing
from tierline.stages import BY_NAME, STAGES, WHOLE_LAKE, downstream


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One stage and one reason. `seconds` and `model_calls` are what the stage took for these shards the last time (for a shard that
    it never ran for, its mean), `seconds_after` and `calls_after` the same of all stages that may have to follow, those that wait for
    it included; two lines may name the same ones."""

    stage: str
    why: str
    shards: tuple[str, ...]
    waits_for: tuple[str, ...]
    seconds: float
    model_calls: int
    seconds_after: float
    calls_after: int


def status_lines(lake: Lake, found: Sequence[OutOfDate]) -> list[StatusLine]:
    """In graph order. The following stages are an upper bound: a stage with unchanged inputs does not run, and stored answers are free."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for one in found:
        groups[one.stage.name, _reason(one), one.waits_for].append(one.shard)
    direct = {(one.stage.name, one.shard) for one in found if not one.waits_for}
    spent, every = _Spent(lake), tuple(CrawlRegistry(lake).shards())
    lines: list[StatusLine] = []
    for (stage, why, waits_for), shards in groups.items():
        seconds, calls = spent.of(stage, shards)
        after = [(name, _places(name, shards, every)) for name in downstream(stage)]
        following = [spent.of(name, [place for place in places if (name, place) not in direct]) for name, places in after]
        totals = sum(part for part, _ in following), sum(part for _, part in following)
        lines.append(StatusLine(stage, why, tuple(shards), waits_for, seconds, calls, *totals))
    return lines


def total(lake: Lake, found: Iterable[OutOfDate]) -> tuple[float, int]:
    """(seconds, model calls), at most, of everything that is out of date and everything that may follow, each stage of a shard once."""
    every = tuple(CrawlRegistry(lake).shards())
    pairs: set[tuple[str, str]] = set()
    for one in found:
        for name in (one.stage.name, *downstream(one.stage.name)):
            pairs |= {(name, place) for place in _places(name, [one.shard], every)}
    spent = _Spent(lake)
    parts = [spent.of(stage, [shard]) for stage, shard in sorted(pairs)]
    return sum(seconds for seconds, _ in parts), sum(calls for _, calls in parts)


def refused(lake: Lake) -> list[tuple[str, str, list[str]]]:
    """(stage, shard, why) of every present result that was judged and may not be read: its gate refused it and no waiver is in force, or
    the waiver of what it was made from has ended."""
    found: list[tuple[str, str, list[str]]] = []
    for stage in STAGES:
        promoted = {manifest.shard for manifest in lake.promoted(stage.name)}
        for row in lake.activity_rows(stage.name):
            verdict = lake.verdict(stage.name, row["shard"])
            if row["shard"] not in promoted and verdict and verdict["digest"] == row["digest"]:
                failures = [] if verdict["passed"] else list(verdict["failures"])
                found.append((stage.name, row["shard"], failures or [standing(lake, stage.name, row["shard"]).reason]))
    return found


def _places(stage: str, shards: Sequence[str], every: Sequence[str]) -> Sequence[str]:
    """Where a stage runs that follows what changed in these shards: what all shards share is followed by every shard."""
    if not BY_NAME[stage].per_shard:
        return [WHOLE_LAKE]
    return every if WHOLE_LAKE in shards else shards


def _reason(one: OutOfDate) -> str:
    """The changes without the part that differs by shard: digests of inputs."""
    return "; ".join(f"other rows of {_table(change.what)}" if change.what.startswith("input ") else str(change) for change in one.changes)


def _table(what: str) -> str:
    return what.removeprefix("input ").partition("/")[0]


class _Spent:
    """Time and calls of stages, by the newest activity of each shard."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._rows: dict[str, dict[str, Mapping[str, Any]]] = {}

    def of(self, stage: str, shards: Sequence[str]) -> tuple[float, int]:
        """(seconds, calls)."""
        if stage not in self._rows:
            self._rows[stage] = {row["shard"]: row for row in self._lake.activity_rows(stage)}
        known = self._rows[stage]
        means = [sum(part) / len(known) for part in zip(*map(_cost, known.values()), strict=True)] if known else [0.0, 0.0]
        parts = [_cost(known[shard]) if shard in known else tuple(means) for shard in shards]
        return sum(seconds for seconds, _ in parts), round(sum(calls for _, calls in parts))


def _cost(row: Mapping[str, Any]) -> tuple[float, float]:
    return (row["ended_at"] - row["started_at"]).total_seconds(), float(row["model_calls"] + row["stored_calls"])
