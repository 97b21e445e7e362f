"""Reads the lake as of a past time: each activity names the record that it replaced, and the old files stay readable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from tierline.errors import BadInput
from tierline.lake.activity import Activity
from tierline.lake.catalog import Row
from tierline.lake.records import Recorded, follow_back, kept_since, wrote
from tierline.lake.result import StageResult
from tierline.lake.store import Lake, Manifest, manifest_of
from tierline.lake.verdict import Verdict, Waiver
from tierline.tables import TABLES


@dataclass(frozen=True, slots=True)
class State:
    """One state of a table's shard: its rows, when they were written, and whether their gate had passed when they were replaced
    (or, for the present state, whether it has)."""

    manifest: Manifest
    written_at: datetime
    promoted: bool


def history(lake: Lake, table: str, shard: str) -> Iterator[State]:
    """States of a table's shard, newest first. Replays with the same rows are represented by the last one.

    Follows the records of the lake, not Delta's time travel, which relies on file timestamps, and copying a lake changes those.
    """
    stage, last = TABLES[table].stage, ""
    present, verdict = lake.activity(stage, shard), lake.verdict(stage, shard)
    if present is None:
        return
    for row, verdicts in follow_back(lake.delta, present, [verdict] if verdict else []):
        if not wrote(row, table):
            return  # from before the stage had the table
        manifest = manifest_of(row, table)
        if manifest.stage_digest != last:
            yield State(manifest, row["ended_at"], _passed(lake, verdicts, manifest))
        last = manifest.stage_digest


def last_promoted(lake: Lake, table: str, shard: str) -> State | None:
    """The newest state whose gate has passed, the present one or an earlier one; None if there is none."""
    return next((state for state in history(lake, table, shard) if state.promoted), None)


def as_of(lake: Lake, moment: datetime) -> LakeSnapshot:
    """The lake as it was at a moment (with a time zone): its records say what was current, everything else is read as usual.

    Raises BadInput if a vacuum has removed what was replaced since then.
    """
    since = kept_since(lake.delta)
    if since is not None and moment < since and (newest := newest_commit(lake)) is not None and moment < newest:
        since = min(since, newest)  # the clock of a vacuum may have been ahead
        do = f"ask for a moment since {since.isoformat()}: what was replaced before has been vacuumed"
        raise BadInput("the lake cannot be read as of then", moment.isoformat(), do)
    return LakeSnapshot(lake.root, lake.delta.storage_options, moment)


def newest_commit(lake: Lake) -> datetime | None:
    """When the newest of the present rows were written; None if there are none. Nothing was replaced after that."""
    return max((row["ended_at"] for row in lake.readable().activity_rows()), default=None)


def refuse_before_the_lake(snapshot: LakeSnapshot) -> None:
    """BadInput if the lake holds rows and the first of them were written after the snapshot's moment: it would look like an empty one."""
    if snapshot.holds_anything():
        return
    lake = Lake(snapshot.root, snapshot.delta.storage_options).readable()
    first = min((list(follow_back(lake.delta, row, []))[-1][0]["ended_at"] for row in lake.activity_rows()), default=None)
    if first is not None:
        do = f"ask for a moment since {first.isoformat()}, when the first rows were written"
        raise BadInput("the lake held nothing yet as of then", snapshot.moment.isoformat(), do)


class LakeSnapshot(Lake):
    """A lake whose newest records are those of a moment. It cannot be written to."""

    def __init__(self, root: str, storage_options: dict[str, str] | None, moment: datetime) -> None:
        super().__init__(root, storage_options)
        self._moment = moment

    @property
    def moment(self) -> datetime:
        """The moment of the snapshot."""
        return self._moment

    def holds_anything(self) -> bool:
        """Whether any rows were written by then."""
        return next(self.readable()._then({}), None) is not None

    def commit(self, activity: Activity, result: StageResult) -> Manifest:
        """Raises BadInput: a snapshot cannot be written."""
        raise self._refused()

    def record(self, verdict: Verdict) -> bool:
        """Raises BadInput: a snapshot cannot be written."""
        raise self._refused()

    def waive(self, waiver: Waiver, sign: Any = None) -> None:
        """Raises BadInput: a snapshot cannot be written."""
        raise self._refused()

    def _refused(self) -> BadInput:
        return BadInput("a lake as of then cannot be written to", self._moment.isoformat(), "leave --as-of out")

    def _activities(self, where: dict[str, str]) -> list[Row]:
        return [row for row, _ in self._then(where)]

    def _verdicts(self, where: dict[str, str]) -> list[Row]:
        return [verdict for _, verdicts in self._then(where) for verdict in verdicts]

    def _waivers(self, where: dict[str, str]) -> list[Row]:
        """Those given until then."""
        return [row for row in super()._waivers(where) if row["created_at"] <= self._moment]

    def _passed(self, where: dict[str, str]) -> set[tuple[str, str]]:
        return {(row["shard"], row["digest"]) for row in self._verdicts(where) if row["passed"]}

    def today(self) -> date:
        """The day of that moment, in UTC."""
        return self._moment.astimezone(UTC).date()

    def _then(self, where: dict[str, str]) -> Iterator[Recorded]:
        """The records that were current at that moment, of every stage and shard written by then."""
        present = super()._verdicts(where)
        verdicts = {(verdict["stage"], verdict["shard"]): verdict for verdict in present}
        for row in super()._activities(where):
            verdict = verdicts.get((row["stage"], row["shard"]))
            chain = follow_back(self.delta, row, [verdict] if verdict else [])
            yield from islice((found for found in chain if found[0]["ended_at"] <= self._moment), 1)


def _passed(lake: Lake, verdicts: list[dict[str, Any]], manifest: Manifest) -> bool:
    if any(verdict["passed"] for verdict in verdicts):
        return True
    return lake.is_waived(manifest)
