"""What became of every crawl file: its state, its records, its rows in each tier, and what to do where something is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tierline.crawl.inbox import FAILED, IGNORED
from tierline.crawl.notes import Notes
from tierline.crawl.registry import CrawlRegistry, is_gone
from tierline.errors import TierlineError
from tierline.lake import Activity, Lake, standing
from tierline.sql import Models
from tierline.stages import STAGES

COUNTS = ("records", "errors", "l0_rows", "l1_rows", "l2_rows", "l3_rows", "l4_rows")
READING = "crawl_files"  # the input of the stage that reads them


@dataclass(frozen=True, slots=True)
class Fate:
    """One file. `state`: registered (no run yet), waiting (for a run), finished, quarantined, failed, unreadable (no record of it could
    be read), gone, forgotten, or not read; `why` says more. Counts are None where nothing was read.
    """

    file: str
    state: str
    why: str
    shard: str | None = None
    bytes: int | None = None
    since: datetime | None = None
    counts: dict[str, int] | None = None
    first_error: str = ""


@dataclass(frozen=True, slots=True)
class _State:
    state: str
    why: str = ""
    at: datetime | None = None


def note_failure(lake: Lake, activity: Activity, error: BaseException) -> None:
    """Remember why a stage did not finish; it is forgotten when the stage has."""
    told = {"stage": activity.stage, "error": " ".join(str(error).split()) or type(error).__name__, "at": datetime.now(UTC).isoformat()}
    with suppress(TierlineError):  # on a full disk the failure itself is what has to be told
        Notes(lake).put(FAILED, activity.shard, json.dumps(told))


def note_success(lake: Lake, activity: Activity) -> None:
    """Forget the failure of this stage, if any."""
    notes = Notes(lake)
    with suppress(TierlineError):
        told = notes.of(FAILED).get(activity.shard)
        if told and json.loads(told)["stage"] == activity.stage:
            notes.put(FAILED, activity.shard, None)


def fates(lake: Lake, models: Models) -> list[Fate]:
    """Every file that was ever registered, in order of registration, then what lies in the inbox and is not read."""
    registry, shards = CrawlRegistry(lake), _Shards(lake)
    counted = {(row["file"], row["shard"]): row for row in models.run(lake, "crawl_file_rows").to_pylist()}
    found = [_fate(lake, row, counted.get((row["uri"], row["shard"])), shards) for row in registry.rows()]
    ignored = {} if lake.moment else Notes(lake).of(IGNORED)
    return found + [Fate(file, "not read", why) for file, why in ignored.items()]


def _fate(lake: Lake, row: dict[str, Any], counts: dict[str, Any] | None, shards: _Shards) -> Fate:
    state = _own_state(lake, row, counts) or shards.state(row["shard"])
    since = max((moment for moment in (state.at, row["changed_at"] or row["registered_at"]) if moment), default=None)
    numbers = {name: counts[name] for name in COUNTS} if counts else None
    error = f"at {counts['first_error_offset']}: {counts['first_error']}" if counts and counts["errors"] else ""
    if state.state == "finished" and counts and counts["errors"] == counts["records"]:
        state = _State("unreadable", f"no record of it could be read: {counts['first_error']}")
    return Fate(row["uri"], state.state, state.why, row["shard"], row["bytes"], since, numbers, error)


def _own_state(lake: Lake, row: dict[str, Any], counts: dict[str, Any] | None) -> _State | None:
    """What is so for the file alone, whatever its shard is in."""
    if row["forgotten_at"] and (lake.moment is None or row["forgotten_at"] <= lake.moment):
        return _State("forgotten", "its rows are withdrawn by the next run of its shard" if counts else "", row["forgotten_at"])
    if lake.moment is None and is_gone(row["uri"]):
        return _State("gone", "put it back, or `tierline forget` withdraws its rows")
    return None


class _Shards:
    """The state of each shard, with what all of them need looked up once."""

    def __init__(self, lake: Lake) -> None:
        self._lake, self._registry = lake, CrawlRegistry(lake)
        self._stages = [stage for stage in STAGES if stage.per_shard]
        self._written = {stage.name: {row["shard"]: row for row in lake.activity_rows(stage.name)} for stage in self._stages}
        self._promoted = {stage.name: {manifest.shard for manifest in lake.promoted(stage.name)} for stage in self._stages}
        self._failed = {} if lake.moment else {shard: json.loads(told) for shard, told in Notes(lake).of(FAILED).items()}
        self._known: dict[str, _State] = {}

    def state(self, shard: str) -> _State:
        """For all of its files."""
        if shard not in self._known:
            self._known[shard] = next(self._states(shard))
        return self._known[shard]

    def _states(self, shard: str) -> Iterator[_State]:
        """The first that holds."""
        failed = self._failed.get(shard)
        read = self._written[self._stages[0].name].get(shard)
        changed = read and json.loads(read["inputs"]).get(f"{READING}/{shard}") != self._registry.digest(shard)
        if failed and (read is None or datetime.fromisoformat(failed["at"]) > read["ended_at"]):
            why = f"{failed['stage']}: {failed['error']}; drop the file again or `make refresh` tries again"
            yield _State("failed", why, datetime.fromisoformat(failed["at"]))
        if read is None:
            yield _State("registered", "its run is still to come")
        elif changed:
            yield _State("waiting", "it has changed; its run is still to come")
        last = None
        for stage in self._stages:
            row = self._written[stage.name].get(shard)
            if row is None:
                yield _State("waiting", f"for {stage.name}", last)
            elif shard not in self._promoted[stage.name] and stage.refusal_ends_run:
                found = standing(self._lake, stage.name, shard)
                judged = found.verdict is not None
                yield _State("quarantined" if judged else "waiting", f"{stage.name}: {found.why}", row["ended_at"])
            last = row["ended_at"] if row else last
        yield _State("finished", "", last)
