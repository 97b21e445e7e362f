"""What became of every crawl file: its state, its records, its rows in each tier, and what to do where something is wrong."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tierline.advice import command
from tierline.crawl.address import address_of
from tierline.crawl.inbox import FAILED, IGNORED
from tierline.crawl.notes import Notes
from tierline.crawl.registry import CrawlRegistry, is_gone
from tierline.errors import TierlineError
from tierline.lake import Activity, Lake, standing
from tierline.sql import Models
from tierline.stages import STAGES

COUNTS = ("records", "errors", "l0_rows", "l1_rows", "l2_rows", "l3_rows", "l4_rows")
# A file's state, and what it means; in the order in which a file goes through them.
STATES = {
    "not read": "no crawl file by its name, form or place",
    "registered": "no run has read it yet",
    "waiting": "for a run, or for a stage of it",
    "finished": "its shard went through every stage",
    "unreadable": "the same, but no record of it could be read",
    "quarantined": "a gate refused its shard",
    "failed": "a run of its shard ended with an error",
    "gone": "it is not at its address any more",
    "forgotten": "somebody let go of it",
}
READING = "crawl_files"  # the input of the stage that reads them


@dataclass(frozen=True, slots=True)
class Fate:
    """One file. `state` is one of STATES; `why` says more, `since` when that began. Counts are None where nothing was read, and bytes
    where those of a past moment are not known."""

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
    said = " ".join(str(error).split()) or type(error).__name__
    told = {"stage": activity.stage, "error": said, "at": datetime.now(UTC).isoformat(), "activity": activity.activity_id}
    with suppress(TierlineError):  # on a full disk the failure itself is what has to be told
        Notes(lake).put(FAILED, activity.shard, json.dumps(told))


def note_success(lake: Lake, activity: Activity) -> None:
    """Forget the failure of this stage, if any."""
    notes = Notes(lake)
    with suppress(TierlineError):
        told = notes.of(FAILED).get(activity.shard)
        if told and json.loads(told)["stage"] == activity.stage:
            notes.put(FAILED, activity.shard, None)


def note_current(lake: Lake, out_of_date: Collection[tuple[str, str]]) -> None:
    """Forget the failures of all stages but these (stage, shard): what stands of the others is what they would write now."""
    notes = Notes(lake)
    with suppress(TierlineError):
        for shard, told in notes.of(FAILED).items():
            if (json.loads(told)["stage"], shard) not in out_of_date:
                notes.put(FAILED, shard, None)


def fate_of(lake: Lake, models: Models, file: str) -> Fate | None:
    """Of one file by its address in any form; None if it was neither registered nor seen in the inbox."""
    registry, names = CrawlRegistry(lake), (file, address_of(file))
    if row := next(filter(None, map(registry.find, names)), None):
        counted = models.run(lake, "crawl_file_rows", shards=[row["shard"]]).to_pylist()
        return _fate(lake, row, next((counts for counts in counted if counts["file"] == row["uri"]), None), _Shards(lake))
    ignored = {} if lake.moment else Notes(lake).of(IGNORED)
    return next((Fate(name, "not read", ignored[name]) for name in names if name in ignored), None)


def fates(lake: Lake, models: Models) -> list[Fate]:
    """Every file that was ever registered, in order of registration, then what lies in the inbox and is not read."""
    registry, shards = CrawlRegistry(lake), _Shards(lake)
    counted = {(row["file"], row["shard"]): row for row in models.run(lake, "crawl_file_rows").to_pylist()}
    found = [_fate(lake, row, counted.get((row["uri"], row["shard"])), shards) for row in registry.rows()]
    ignored = {} if lake.moment else Notes(lake).of(IGNORED)
    return found + [Fate(file, "not read", why) for file, why in ignored.items()]


def _fate(lake: Lake, row: dict[str, Any], counts: dict[str, Any] | None, shards: _Shards) -> Fate:
    state = _own_state(lake, row, counts) or shards.state(row["shard"])
    later = _changed_after(lake, row)
    since = max((moment for moment in (state.at, row["registered_at"], None if later else row["changed_at"]) if moment), default=None)
    numbers = {name: counts[name] for name in COUNTS} if counts else None
    error = f"at {counts['first_error_offset']}: {counts['first_error']}" if counts and counts["errors"] else ""
    if state.state == "finished" and counts and counts["errors"] == counts["records"]:
        state = _State("unreadable", f"no record of it could be read: {counts['first_error']}")
    return Fate(row["uri"], state.state, state.why, row["shard"], None if later else row["bytes"], since, numbers, error)


def _changed_after(lake: Lake, row: dict[str, Any]) -> bool:
    """Whether the registry knows the file in a later state only than that of the moment that the lake is looked at."""
    return lake.moment is not None and (row["changed_at"] or row["registered_at"]) > lake.moment


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
        self._rows: dict[str, list[dict[str, Any]]] = {}
        for row in self._registry.rows():
            self._rows.setdefault(row["shard"], []).append(row)

    def state(self, shard: str) -> _State:
        """For all of its files."""
        if shard not in self._known:
            self._known[shard] = next(self._states(shard))
        return self._known[shard]

    def _is_over(self, shard: str, failed: dict[str, Any]) -> bool:
        """Whether the rows stand that the run which failed would have written, or L0 was read anew since."""
        read, written = (self._written.get(stage, {}).get(shard) for stage in (self._stages[0].name, failed["stage"]))
        if written and written["activity_id"] == failed.get("activity"):
            return not self._lake.damage(failed["stage"], shard)
        return read is not None and datetime.fromisoformat(failed["at"]) <= read["ended_at"]

    def _states(self, shard: str) -> Iterator[_State]:
        """The first that holds."""
        failed = self._failed.get(shard)
        read = self._written[self._stages[0].name].get(shard)
        known = not any(_changed_after(self._lake, row) for row in self._rows[shard])
        changed = read and known and json.loads(read["inputs"]).get(f"{READING}/{shard}") != self._registry.digest(shard)
        if failed and not self._is_over(shard, failed):
            why = f"{failed['stage']}: {failed['error']}; drop the file again or {command('refresh')} tries again"
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
