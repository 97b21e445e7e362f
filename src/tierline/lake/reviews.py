"""The ledger of what people decided about rows: it is only added to, and replaying it says what holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa

from tierline.display import is_shown, printable
from tierline.errors import BadInput
from tierline.lake.store import TICK, Lake
from tierline.tables import content_id
from tierline.tables.records import REVIEWS, REVIEWS_TABLE

Row = dict[str, Any]
Place = tuple[str, str]  # row, digest of what was seen of it
KEEP, DROP, EDIT = "keep", "drop", "edit"  # verdicts that settle
SKIP, COMMENT, UNDO = "skip", "comment", "undo"
SETTLING = (KEEP, DROP, EDIT)
VERDICTS = (*SETTLING, SKIP, COMMENT, UNDO)
OPEN, WAITS, CONFLICT = "nobody has decided", "waits for another reviewer", "reviewers disagree"
REVIEWER_CHARACTERS, WORDS_CHARACTERS, TEXT_CHARACTERS = 200, 2_000, 100_000
INPUT = "reviews"  # of activities


@dataclass(frozen=True, slots=True)
class Review:
    """One entry, as somebody gives it. Columns: `reviews` in tables/records.py."""

    stage: str
    shard: str
    kind: str
    row_id: str
    row_digest: str
    reviewer: str
    verdict: str
    text: str | None = None
    reason: str = ""
    comment: str = ""
    undoes: str | None = None
    needed: int = 1
    gold: bool = False
    judged: str = ""
    seconds: float | None = None
    tokens: int = 0
    effect: str = ""
    source: str = "command"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Settled:
    """What reviews say of a row as it was seen. `review_id` is the one that decided: later ones that agree change nothing."""

    row_id: str
    row_digest: str
    verdict: str
    text: str | None
    review_id: str
    reviewers: tuple[str, ...]
    reason: str
    day: str  # of the review that decided, YYYY-MM-DD

    @property
    def named(self) -> dict[str, str]:
        """Rule and detail of a decision that rests on it."""
        said = f": {self.reason}" if self.reason else ""
        return {"rule": f"review:{self.verdict}", "detail": f"review {self.review_id} by {', '.join(self.reviewers)}{said}"}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Where a row as it was seen stands. `votes` are the reviews that count: the last of each reviewer that was not undone."""

    votes: tuple[Row, ...]
    settled: Settled | None
    state: str  # empty if it is settled

    @property
    def is_conflict(self) -> bool:
        """Whether reviewers disagree and nobody has the majority."""
        return self.state == CONFLICT


class Settlements:
    """What reviews settle for a stage's shard: what the stage follows, and what its activity records as an input."""

    def __init__(self, settled: Iterable[Settled] = ()) -> None:
        self._found: dict[Place, Settled] = {(one.row_id, one.row_digest): one for one in settled}

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Settled]:
        return iter(self._found.values())

    def on(self, row_id: str, row_digest: str | None) -> Settled | None:
        """What was settled about this row as it is; None if nobody decided, or about other content."""
        return self._found.get((row_id, row_digest or ""))

    @property
    def digest(self) -> str:
        """Of everything that can change a stage's rows or decisions; empty without any."""
        if not self._found:
            return ""
        return content_id("reviews", *(list(map(str, asdict(one).values())) for _, one in sorted(self._found.items())))

    def inputs(self, shard: str) -> dict[str, str]:
        """What an activity records of them: nothing where there is nothing."""
        return {f"{INPUT}/{shard}": self.digest} if self._found else {}


def review_id(row: Mapping[str, Any]) -> str:
    """The id of a row of `reviews`: a hash of all its other columns."""
    values = (row[name].isoformat() if isinstance(row[name], datetime) else row[name] for name in REVIEWS.names if name != "review_id")
    return content_id("rev", *(["", ""] if value is None else [str(value)] for value in values))


def read_reviews(lake: Lake, stage: str | None = None, shard: str | None = None) -> list[Row]:
    """Every entry, of one stage or shard if they are named, in the order in which they were given; as of the lake's moment."""
    where = {name: value for name, value in (("stage", stage), ("shard", shard)) if value is not None}
    rows = lake.delta.records(REVIEWS_TABLE, REVIEWS, where)
    if lake.moment is not None:
        rows = [row for row in rows if row["created_at"] <= lake.moment]
    return sorted(rows, key=lambda row: (row["created_at"], row["review_id"]))


def record_reviews(lake: Lake, reviews: Sequence[Review]) -> list[str]:
    """Add entries, those of one stage and shard in one commit; returns their ids in the given order. Raises BadInput for one that cannot be
    meant: a verdict that there is not, a reviewer without a name, an undo of somebody else's review."""
    if lake.moment is not None:
        raise BadInput("a lake as of then cannot be written to", lake.moment.isoformat(), "leave --as-of out")
    for one in reviews:
        _check(one)
    ids: dict[int, str] = {}
    numbered = sorted(enumerate(reviews), key=lambda pair: (pair[1].stage, pair[1].shard))
    for (stage, shard), group in groupby(numbered, key=lambda pair: (pair[1].stage, pair[1].shard)):
        ids |= _append(lake, {"stage": stage, "shard": shard}, list(group))
    return [ids[number] for number in range(len(reviews))]


def _append(lake: Lake, where: dict[str, str], reviews: list[tuple[int, Review]]) -> dict[int, str]:
    while True:
        known = lake.delta.files(REVIEWS_TABLE, where)
        earlier = read_reviews(lake, **where)
        last = earlier[-1]["created_at"] if earlier else None
        rows: list[Row] = []
        for _, one in reviews:
            if one.verdict == UNDO:
                _check_undo(one, [*earlier, *rows])
            last = one.created_at if last is None else max(one.created_at, last + TICK)
            row = asdict(one) | {"created_at": last}
            rows.append({"review_id": review_id(row)} | row)
        if lake.delta.replace_if(REVIEWS_TABLE, pa.Table.from_pylist(rows, schema=REVIEWS), where, known, keep=True):
            return {number: row["review_id"] for (number, _), row in zip(reviews, rows, strict=True)}


def _check(one: Review) -> None:
    if one.verdict not in VERDICTS:
        raise BadInput("no such verdict", one.verdict, f"verdicts are {', '.join(VERDICTS)}")
    if not is_shown(one.reviewer) or printable(one.reviewer) != one.reviewer:
        raise BadInput("a review names who gives it", "reviewer", "give a name that can be read")
    bounds = (("reviewer", one.reviewer, REVIEWER_CHARACTERS), ("reason", one.reason, WORDS_CHARACTERS),
              ("comment", one.comment, WORDS_CHARACTERS), ("text", one.text or "", TEXT_CHARACTERS))  # fmt: skip
    for name, text, most in bounds:
        if len(text) > most:
            raise BadInput(f"has {len(text):,} characters", name, f"give at most {most:,}")
    if one.verdict == EDIT and not is_shown(one.text or ""):
        raise BadInput("an edit needs a text", one.row_id, "give the text, or keep or drop the row")
    if one.verdict == COMMENT and not is_shown(one.comment):
        raise BadInput("must not be empty", "comment", "say something, or leave it out")
    if (one.verdict == UNDO) != bool(one.undoes):
        raise BadInput("an undo names the review that it takes back", one.row_id, "give its id; `tierline review log` lists them")


def _check_undo(one: Review, known: Sequence[Row]) -> None:
    found = next((row for row in known if row["review_id"] == one.undoes), None)
    if found is None or found["verdict"] == UNDO:
        raise BadInput("no such review", str(one.undoes), "`tierline review log` lists them")
    if found["reviewer"] != one.reviewer:
        raise BadInput(f"is a review of {found['reviewer']}", str(one.undoes), "only who gave a review can take it back")


def replay(rows: Iterable[Row]) -> dict[Place, Reviewed]:
    """Where each reviewed row stands, as it was seen.

    Of each reviewer the last keep, drop or edit counts that was not undone. They settle a row once as many have decided as any of them was
    told to wait for, and more than half of them say the same (of edits, the same text); else they disagree, and the row waits. Where the
    verdict is known (`gold`) it holds, whatever reviewers say. Entries may come in any order.
    """
    ordered = sorted(rows, key=lambda row: (row["created_at"], row["review_id"]))
    undone = {row["undoes"] for row in ordered if row["verdict"] == UNDO}
    counted = [row for row in ordered if row["verdict"] in SETTLING and row["review_id"] not in undone]
    places: dict[Place, list[Row]] = {}
    for row in counted:
        places.setdefault((row["row_id"], row["row_digest"]), []).append(row)
    return {place: _reviewed(own) for place, own in places.items()}


def _reviewed(rows: Sequence[Row]) -> Reviewed:
    last = {(row["reviewer"], row["gold"]): row for row in rows}
    votes = tuple(sorted(last.values(), key=lambda row: (row["created_at"], row["review_id"])))
    known = [row for row in votes if row["gold"]]
    deciding: Row | None = None
    for count in range(1, 2 if known else len(votes) + 1):
        said = _majority(known[-1:] or votes[:count])
        if said is None:
            deciding = None
        elif deciding is None or _said(deciding) != said:
            deciding = next(row for row in reversed(known[-1:] or votes[:count]) if _said(row) == said)
    if deciding is None:
        return Reviewed(votes, None, CONFLICT if len({_said(row) for row in votes}) > 1 else WAITS)
    agreeing = [row for row in (known[-1:] or votes) if _said(row) == _said(deciding) and row["created_at"] <= deciding["created_at"]]
    names = tuple(dict.fromkeys(row["reviewer"] for row in agreeing))
    reason = next((row["reason"] for row in reversed(agreeing) if row["reason"]), "")
    day = str(deciding["created_at"].date())
    settled = Settled(
        deciding["row_id"], deciding["row_digest"], deciding["verdict"], deciding["text"], deciding["review_id"], names, reason, day
    )
    return Reviewed(votes, settled, "")


def _said(row: Row) -> tuple[str, str | None]:
    return row["verdict"], row["text"] if row["verdict"] == EDIT else None


def _majority(votes: Sequence[Row]) -> tuple[str, str | None] | None:
    if len(votes) < max(row["needed"] for row in votes) and not votes[0]["gold"]:
        return None
    said, count = Counter(map(_said, votes)).most_common(1)[0]
    return said if 2 * count > len(votes) else None


def settlements(lake: Lake, stage: str, shard: str) -> Settlements:
    """What reviews settle for a stage's shard, as of the lake's moment."""
    return Settlements(one.settled for one in replay(read_reviews(lake, stage, shard)).values() if one.settled)


def took_back(rows: Iterable[Row]) -> set[str]:
    """The ids of the reviews that were undone."""
    return {row["undoes"] for row in rows if row["verdict"] == UNDO}
