"""Which runs bring a lake up to date, wave by wave: what all scores rest on first, so that each shard is scored once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tierline.freshness.compare import OutOfDate
from tierline.stages import SHARED, STAGES, WHOLE_LAKE, downstream
from tierline.tables import content_id


@dataclass(frozen=True, slots=True)
class Run:
    """One run to request: stages of one shard, or of the whole lake, in graph order. `key` identifies the change that it answers."""

    shard: str
    stages: tuple[str, ...]
    why: str
    key: str


_FEEDS_SHARED = {stage.name for stage in STAGES if stage.per_shard and set(downstream(stage.name)) & set(SHARED)}


def next_wave(found: Iterable[OutOfDate], may_run: Callable[[Run], bool] = lambda _: True) -> list[Run]:
    """The runs to start now, of those that `may_run` allows; stages that depend on them are examined when they end. None: nothing
    that can run is out of date.

    First come the shards' stages that feed what all shards share, then the shared stages in one run, then each shard's other stages,
    then the stages over all shards. A shard that was never read goes through all of its stages in one run.
    """
    ready = [one for one in found if not one.waits_for]
    of_shards = {stage.name for stage in STAGES if stage.per_shard}
    of_lake = {stage.name for stage in STAGES if not stage.per_shard}
    levels = (
        _by_shard([one for one in ready if one.stage.name in _FEEDS_SHARED], _FEEDS_SHARED),
        _together([one for one in ready if one.stage.name in SHARED], set(SHARED)),
        _by_shard([one for one in ready if one.stage.per_shard and one.stage.name not in _FEEDS_SHARED], of_shards),
        _together([one for one in ready if not one.stage.per_shard and one.stage.name not in SHARED], of_lake),
    )
    return next((allowed for runs in levels if (allowed := [run for run in runs if may_run(run)])), [])


def _together(found: Sequence[OutOfDate], within: set[str]) -> list[Run]:
    return [_run(WHOLE_LAKE, found, within)] if found else []


def _by_shard(found: Sequence[OutOfDate], within: set[str]) -> list[Run]:
    shards: dict[str, list[OutOfDate]] = {}
    for one in found:
        shards.setdefault(one.shard, []).append(one)
    return [_run(shard, own, within) for shard, own in shards.items()]


def _run(shard: str, found: Sequence[OutOfDate], within: set[str]) -> Run:
    """The stages that are out of date and those of the wave that depend on them; a stage whose inputs come out equal does not rerun."""
    named = {one.stage.name for one in found}
    if any(one.stage is STAGES[0] and one.never_run for one in found):
        chosen = {stage.name for stage in STAGES if stage.per_shard or stage.name in SHARED}
    else:
        chosen = named | {name for one in found for name in downstream(one.stage.name) if name in within}
    key = content_id("run", shard, [one.fingerprint for one in found])
    return Run(shard, tuple(stage.name for stage in STAGES if stage.name in chosen), found[0].why, key)
