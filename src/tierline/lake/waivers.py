"""Waivers: who let which refused rows through and until when, and which rows rest on a waiver whose day is over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tierline.errors import BadInput, TierlineError
from tierline.lake.records import follow_back
from tierline.lake.verdict import Waiver
from tierline.stages import BY_NAME, SHARED, WHOLE_LAKE
from tierline.tables import TABLES

if TYPE_CHECKING:
    from tierline.lake.store import Lake

Row = dict[str, Any]
Key = tuple[str, str, str]  # stage, shard, digest of the stage's rows
IN_FORCE, EXPIRED, REPLACED, IDLE = "in force", "expired", "replaced by a later one", "for rows that are no longer there"


def newest(rows: Iterable[Row]) -> dict[Key, Row]:
    """The last waiver of each state of a shard: it alone counts, so that a waiver can also be ended early."""
    ordered = sorted(rows, key=lambda row: row["created_at"])
    return {(row["stage"], row["shard"], row["digest"]): row for row in ordered}


class Descent:
    """Which rows rest on rows whose waiver has expired, by the inputs that activities recorded.

    What all shards share (a scorer) is left out: it learned from many rows, holds none of them, and is trained again without these.
    """

    def __init__(self, lake: Lake, expired: Mapping[Key, Row]) -> None:
        self._lake, self._expired = lake, expired
        self._shards = {shard for _, shard, _ in expired}
        self._known: dict[tuple[str, str], Row | None] = {}

    def origin(self, row: Row) -> Row | None:
        """The expired waiver that an activity's rows rest on; None if there is none."""
        key = row["activity_id"], row["digest"]
        if key not in self._known:
            self._known[key] = self._find(row)
        return self._known[key]

    def concerns(self, stage: str, shard: str) -> bool:
        """Whether its rows could rest on one of them: a look that spares all other shards the search."""
        return bool(self._expired) and (shard in self._shards or WHOLE_LAKE in (shard, *self._shards)) and stage not in SHARED

    def _find(self, row: Row) -> Row | None:
        over = self._expired.get((row["stage"], row["shard"], row["digest"]))
        if over or row["stage"] in SHARED:
            return over
        for name, digest in json.loads(row["inputs"]).items():
            table, _, shard = name.partition("/")
            if table in TABLES and (shard == WHOLE_LAKE or shard in self._shards):
                source = self._writer(table, shard, digest)
                if source and (found := self.origin(source)):
                    return found
        return None

    def _writer(self, table: str, shard: str, digest: str) -> Row | None:
        """The activity that wrote these rows: the present one, or one that it replaced."""
        present = self._lake.activity(TABLES[table].stage, shard)
        for row, _ in follow_back(self._lake.delta, present, []) if present else ():
            if any(output["table"] == table and output["digest"] == digest for output in row["outputs"]):
                return row
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the present rows of a stage's shard may be read, and by what: their verdict or their newest waiver.

    `origin`: the expired waiver of the rows that they were made from.
    """

    stage: str
    shard: str
    verdict: Row | None
    waiver: Row | None
    origin: Row | None
    today: date

    @property
    def passed(self) -> bool:
        """Whether the gate let these very rows pass."""
        return bool(self.verdict and self.verdict["passed"])

    @property
    def waived(self) -> bool:
        """Whether they were refused and may be read by a waiver."""
        return not self.passed and self.waiver is not None and self.waiver["until"] >= self.today

    @property
    def promoted(self) -> bool:
        """Whether they may be read."""
        return self.origin is None and (self.passed or self.waived)

    @property
    def inherited(self) -> Row | None:
        """The expired waiver of other rows that these were made from."""
        return None if self.origin == self.waiver else self.origin

    @property
    def why(self) -> str:
        """What stands against them: the rules that they break and the end of their waiver, or the end of one that they rest on."""
        if self.inherited:
            return f"rests on {_place(self.inherited)}, whose {_ended(self.inherited)}"
        if self.verdict is None:
            return "its rows have not been judged: run the promotion gate"
        broken = "; ".join(self.verdict["failures"])
        return f"{broken}; its {_ended(self.waiver)}" if self.waiver else broken

    @property
    def reason(self) -> str:
        """Why they may not be read, in one line that stands alone."""
        return self.why if self.inherited or self.verdict is None else f"it is quarantined: {self.why}"


def standing(lake: Lake, stage: str, shard: str) -> Standing:
    """Of the rows that are there now. Raises NotWritten."""
    manifest = lake.manifest(stage, shard)
    verdict, waivers = lake.verdict(stage, shard), newest(lake.waiver_rows(stage))
    judged = verdict if verdict and verdict["digest"] == manifest.stage_digest else None
    waiver = waivers.get((stage, shard, manifest.stage_digest))
    return Standing(stage, shard, judged, waiver, lake.resting_on(manifest), lake.today())


def waive_refused(lake: Lake, stage: str, shard: str, who: str, why: str, until: str) -> Waiver:
    """Let the present rows of a refused shard through, until the end of a day (YYYY-MM-DD, UTC).

    Raises BadInput if there is nothing to waive, or a person, a reason or the day is missing; NotWritten.
    """
    if stage not in BY_NAME:
        raise BadInput("no such stage", stage, f"stages are {', '.join(BY_NAME)}")
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput("must not be empty", name, "a waiver names who takes the responsibility, and why")
    try:
        last = date.fromisoformat(until)
        if until != str(last):  # it takes other forms of ISO 8601 too, such as weeks
            raise ValueError(until)
    except ValueError:
        raise BadInput("not a date", until, "give the last day as YYYY-MM-DD") from None
    if last < lake.today():
        raise BadInput("lies in the past", until, "give the last day on which the shard may be read")
    found, place = standing(lake, stage, shard), f"{stage}/{shard}"
    if above := found.inherited:
        raise BadInput(found.reason, place, f"repair its file, or waive {above['stage']} {above['shard']} again")
    if found.passed:
        raise BadInput("has passed its gate", place, "there is nothing to waive")
    if found.verdict is None:
        raise BadInput("has not been judged", place, "run its promotion gate; only what was refused can be waived")
    waiver = Waiver(stage, shard, lake.manifest(stage, shard).stage_digest, who.strip(), why.strip(), last)
    lake.waive(waiver)
    return waiver


@dataclass(frozen=True, slots=True)
class ListedWaiver:
    """A waiver and what has become of it."""

    stage: str
    shard: str
    state: str
    who: str
    why: str
    until: date
    created_at: Any
    digest: str


def list_waivers(lake: Lake) -> list[ListedWaiver]:
    """Every waiver ever given, in the order in which they were."""
    rows = sorted(lake.waiver_rows(), key=lambda row: row["created_at"])
    last = newest(rows)
    columns = "who", "why", "until", "created_at", "digest"
    return [ListedWaiver(row["stage"], row["shard"], _state(lake, row, last), *(row[name] for name in columns)) for row in rows]


def _state(lake: Lake, row: Row, last: Mapping[Key, Row]) -> str:
    if last[row["stage"], row["shard"], row["digest"]] is not row:
        return REPLACED
    try:
        present = lake.manifest(row["stage"], row["shard"]).stage_digest
    except (TierlineError, KeyError):
        present = ""
    if present != row["digest"]:
        return IDLE
    return IN_FORCE if row["until"] >= lake.today() else EXPIRED


def _place(row: Row) -> str:
    return f"{row['stage']}/{row['shard']}"


def _ended(row: Row) -> str:
    return f"waiver by {row['who']} ended on {row['until']}"
