"""Which runs bring a lake up to date, wave by wave: what all scores rest on first, so that each shard is scored once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tierline.freshness.compare import OutOfDate
from tierline.stages import BY_NAME, STAGES, WHOLE_LAKE, downstream
from tierline.tables import content_id


@dataclass(frozen=True, slots=True)
class Run:
    """One run to ask for: stages of one shard, or of the whole lake, in graph order. `key` names the change that it answers."""

    shard: str
    stages: tuple[str, ...]
    why: str
    key: str


SHARED = tuple(stage.name for stage in STAGES if not stage.per_shard and any(BY_NAME[name].per_shard for name in downstream(stage.name)))
_FEEDS_SHARED = {stage.name for stage in STAGES if stage.per_shard and set(downstream(stage.name)) & set(SHARED)}


def next_wave(found: Iterable[OutOfDate]) -> list[Run]:
    """The runs to start now; what rests on them is looked at again when they have ended. No run: nothing that can run is out of date.

    First come the shards' stages that feed what all shards share, then the shared stages in one run, then each shard's other stages,
    then what combines all shards. A shard that was never read goes through all of its stages in one run.
    """
    ready = [one for one in found if not one.waits_for]
    first = [one for one in ready if one.stage.name in _FEEDS_SHARED]
    if first:
        return _by_shard(first, _FEEDS_SHARED)
    if shared := [one for one in ready if one.stage.name in SHARED]:
        return [_run(WHOLE_LAKE, shared, set(SHARED))]
    if own := [one for one in ready if one.stage.per_shard]:
        return _by_shard(own, {stage.name for stage in STAGES if stage.per_shard})
    if combined := [one for one in ready if not one.stage.per_shard]:
        return [_run(WHOLE_LAKE, combined, {stage.name for stage in STAGES if not stage.per_shard})]
    return []


def _by_shard(found: Sequence[OutOfDate], within: set[str]) -> list[Run]:
    return [_run(shard, [one for one in found if one.shard == shard], within) for shard in dict.fromkeys(one.shard for one in found)]


def _run(shard: str, found: Sequence[OutOfDate], within: set[str]) -> Run:
    """The stages that are out of date and those within the wave that rest on them; a stage whose inputs come out equal stands."""
    if shard != WHOLE_LAKE and any(one.stage.name == STAGES[0].name and one.changes[0].what == "never run" for one in found):
        within = {stage.name for stage in STAGES if stage.per_shard or stage.name in SHARED}
    named = {one.stage.name for one in found}
    chosen = named | {name for one in found for name in downstream(one.stage.name) if name in within}
    key = content_id("run", shard, [one.fingerprint for one in found])
    return Run(shard, tuple(stage.name for stage in STAGES if stage.name in chosen), found[0].why, key)
