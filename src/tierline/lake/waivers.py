"""Waivers: who let which refused rows through and until when, and which rows rest on a waiver whose day is over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tierline.display import is_shown
from tierline.errors import BadInput, TierlineError
from tierline.lake.records import follow_back
from tierline.lake.signed_waivers import signing
from tierline.lake.verdict import Waiver
from tierline.stages import BY_NAME, SHARED, WHOLE_LAKE
from tierline.tables import TABLES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tierline.lake.store import Lake

Row = dict[str, Any]
Key = tuple[str, str, str]  # stage, shard, digest of the stage's rows
WHO_CHARACTERS, WHY_CHARACTERS = 200, 2_000  # they stand in every line about the shard
NOW = "now"  # in the place of a day: a waiver that is in force ends at once
IN_FORCE, EXPIRED, ENDED = "in force", "expired", "ended"
REPLACED, IDLE = "replaced by a later one", "for rows that are no longer there"
UNPROVEN = "not proven"  # not signed by a registered key


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

    `origin`: the expired waiver of the rows that they were made from. `fault`: why the waiver, or that one,
    proves nothing, if so.
    """

    stage: str
    shard: str
    verdict: Row | None
    waiver: Row | None
    origin: Row | None
    today: date
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether the gate let these very rows pass."""
        return bool(self.verdict and self.verdict["passed"])

    @property
    def waived(self) -> bool:
        """Whether they were refused and may be read by a waiver."""
        return not self.passed and self.waiver is not None and self.waiver["until"] >= self.today and not self.fault

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
            return f"rests on {_place(self.inherited)}, whose {self._over(self.inherited)}"
        if self.verdict is None:
            return "its rows have not been judged: run the promotion gate"
        broken = "; ".join(self.verdict["failures"])
        return f"{broken}; its {self._over(self.waiver)}" if self.waiver else broken

    def _over(self, waiver: Row) -> str:
        return f"waiver by {waiver['who']} does not count: {self.fault}" if self.fault else _ended(waiver)

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
    origin = lake.resting_on(manifest)
    fault = next((lake.waiver_fault(row) for row in (origin, waiver) if row), "")
    return Standing(stage, shard, judged, waiver, origin, lake.today(), fault)


def waive_refused(lake: Lake, stage: str, shard: str, who: str, why: str, until: str, private: Ed25519PrivateKey | None = None) -> Waiver:
    """Let the present rows of a refused shard through, until the end of a day (YYYY-MM-DD, UTC); `now` ends their waiver at once.

    `private`: the key of this person, to sign it. Raises BadInput if there is nothing to waive or to end, a person, a reason or the day
    is missing, or the waiver would not count; NotWritten.
    """
    if stage not in BY_NAME:
        raise BadInput("no such stage", stage, f"stages are {', '.join(BY_NAME)}")
    for name, text, most in (("who", who, WHO_CHARACTERS), ("why", why, WHY_CHARACTERS)):
        if not is_shown(text):
            raise BadInput("must not be empty", name, "a waiver names who takes the responsibility, and why")
        if len(text) > most:
            raise BadInput(f"has {len(text):,} characters", name, f"give at most {most:,}")
    if not shard:
        raise BadInput("no such shard", "''", "`tierline shards` lists them")
    last = lake.today() - timedelta(days=1) if until == NOW else _last_day(until)
    if last < lake.today() and until != NOW:
        raise BadInput("lies in the past", until, f"give the last day on which the shard may be read; `{NOW}` ends a waiver at once")
    found, place = standing(lake, stage, shard), f"{stage}/{shard}"
    if above := found.inherited:
        raise BadInput(found.reason, place, f"repair its file, or waive {above['stage']} {above['shard']} again")
    if found.passed:
        raise BadInput("has passed its gate", place, "there is nothing to waive")
    if found.verdict is None:
        raise BadInput("has not been judged", place, "run its promotion gate; only what was refused can be waived")
    if until == NOW and not found.waived:
        raise BadInput("has no waiver in force", place, "there is nothing to end; `tierline waivers` lists them")
    waiver = Waiver(stage, shard, lake.manifest(stage, shard).stage_digest, who.strip(), why.strip(), last)
    sign = _signer(lake, private)
    row = asdict(waiver)
    if fault := lake.waiver_fault(row | {"signature": sign(row) if sign else None}):
        raise BadInput(f"would not count: {fault}", "waive", "sign it with --key FILE, the key of this person, which has the role waive")
    lake.waive(waiver, sign)
    return waiver


def _signer(lake: Lake, private: Ed25519PrivateKey | None) -> Callable[[Row], str] | None:
    if private is None:
        return None
    return signing(lake.signed_lines, private)


def is_end(row: Row) -> bool:
    """Whether it was given to end another one: its last day was over when it was given."""
    given: date = row["created_at"].date()
    return row["until"] < given


def told(waiver: Waiver) -> str:
    """What a waiver that was just given does, in one line."""
    until = waiver.until
    does = "may not be read any more" if until < waiver.created_at.date() else f"may be read until the end of {until} (UTC)"
    return f"{waiver.stage}/{waiver.shard} {does}: {waiver.why} ({waiver.who})"


def _last_day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
        if text != str(found):  # it takes other forms of ISO 8601 too, such as weeks
            raise ValueError(text)
    except ValueError:
        do = f"give the last day as YYYY-MM-DD, it ends at midnight UTC; `{NOW}` ends a waiver at once"
        raise BadInput("not a date", text, do) from None
    return found


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
    if lake.waiver_fault(row):
        return UNPROVEN
    return IN_FORCE if row["until"] >= lake.today() else ENDED if is_end(row) else EXPIRED


def _place(row: Row) -> str:
    return f"{row['stage']}/{row['shard']}"


def _ended(row: Row) -> str:
    if is_end(row):
        return f"waiver was ended by {row['who']} on {row['created_at'].date()}: {row['why']}"
    return f"waiver by {row['who']} ended on {row['until']}"
