"""The desk of all reviewers: what waits, in the order in which it pays, who gets what next, and what becomes of an answer."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lake.reviews import (
    COMMENT,
    CONFLICT,
    SETTLING,
    SKIP,
    UNDO,
    WAITS,
    Place,
    Review,
    Reviewed,
    Row,
    read_reviews,
    record_reviews,
    replay,
    review_id,
    took_back,
)
from tierline.lake.reviews import EDIT as OWN_TEXT
from tierline.review.agreement import traps_of
from tierline.review.answers import answer_items, answer_view
from tierline.review.documents import document_items, document_view
from tierline.review.edits import edit_items, edit_view
from tierline.review.forms import form_items, form_view
from tierline.review.item import ANSWER, DOCUMENT, EDIT, FACT, FORM, Item, View
from tierline.review.manuals import manual_items, manual_view
from tierline.review.rules import ReviewingRules
from tierline.review.taught import overturned
from tierline.review.values import value_items, value_view
from tierline.tables import content_id
from tierline.tables.records import REVIEWS_TABLE

RECORDS = ("activities", "verdicts", "waivers")
OPEN, SECOND, DISPUTED, TRAP, DONE = "open", "second reading", "conflict", "known verdict", "settled"
UNSETTLED = (OPEN, SECOND, DISPUTED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reviewer says about an item; `seconds` since it was shown, if somebody measured."""

    verdict: str
    reason: str = ""
    comment: str = ""
    text: str | None = None
    seconds: float | None = None
    gold: bool = False
    source: str = "command"


@dataclass(frozen=True, slots=True)
class _Ledger:
    rows: Sequence[Row]
    standing: Mapping[Place, Reviewed]
    undone: frozenset[str]
    by_reviewer: Mapping[str, Sequence[Row]]  # entries that count, oldest first


class Desk:
    """What reviewers work on. Methods may be called from several threads; items are gathered again once the lake holds other rows."""

    def __init__(self, lake: Lake, rules: ReviewingRules) -> None:
        self.lake, self.rules = lake, rules
        self._lock = threading.RLock()
        self._gathered: tuple[tuple[int, ...], dict[str, Item]] | None = None
        self._read: tuple[int, _Ledger] | None = None

    def items(self) -> list[Item]:
        """All items, urgent ones and then the most valuable first, whatever was decided about them."""
        return list(self._items().values())

    def item(self, item_id: str) -> Item:
        """BadInput if there is none, or its row says something else by now."""
        found = self._items().get(item_id)
        if found is None:
            raise BadInput("no such item waits for review", item_id, "its row may have changed since; `tierline review` lists what waits")
        return found

    def view(self, item: Item) -> View:
        """What a reviewer is shown of it."""
        if item.kind == DOCUMENT:
            return document_view(self.lake, item, self.rules)
        if item.kind == EDIT:
            return edit_view(self.lake, item)
        if item.kind == FORM:
            return form_view(self.lake, item)
        if item.kind == ANSWER:
            return answer_view(self.lake, item)
        return value_view(self.lake, item) if item.kind == FACT else manual_view(self.lake, item, self.rules)

    def rows(self) -> Sequence[Row]:
        """The whole ledger, oldest first."""
        return self._ledger().rows

    def standings(self) -> Mapping[Place, Reviewed]:
        """Where every row that was reviewed stands."""
        return self._ledger().standing

    def standing(self, item: Item) -> Reviewed | None:
        """Where the item stands; None if nobody has decided."""
        return self._ledger().standing.get((item.row_id, item.row_digest))

    def state(self, item: Item) -> str:
        """What the item waits for, if anything."""
        return _state(self.standing(item))

    def waiting(self) -> list[Item]:
        """Items on which nothing is settled, the most valuable first."""
        standing = self._ledger().standing
        return [item for item in self.items() if _state(standing.get((item.row_id, item.row_digest))) in UNSETTLED]

    def settled(self) -> int:
        """Rows, as they were seen, on which something is settled; those with a known verdict left out."""
        return sum(bool(one.settled) and not any(vote["gold"] for vote in one.votes) for one in self._ledger().standing.values())

    def turns(self, reviewer: str) -> Iterator[Item]:
        """The items for a reviewer in the order in which to show them: now and then a trap, then what is worth most.

        An item that the reviewer has decided, or skipped, does not come again; one that waits for a second reading goes to others.
        """
        said = self._said(reviewer)
        answered = [row for row in said if row["verdict"] in SETTLING]
        seen = {(row["row_id"], row["row_digest"]) for row in said if row["verdict"] != COMMENT}
        standing = self._ledger().standing
        places = ((item, (item.row_id, item.row_digest)) for item in self.items())
        fresh = [(item, _state(standing.get(place))) for item, place in places if place not in seen]
        hidden = [item for item, state in fresh if state == TRAP]
        if hidden and _drawn("trap", self.rules.trap_share, reviewer, str(len(answered))):
            yield from sorted(hidden, key=lambda item: content_id("trap", reviewer, item.item_id))[:1]
        yield from (item for item, state in fresh if state in UNSETTLED)

    def needed(self, item: Item, reviewer: str) -> int:
        """How many reviewers have to agree: two where much is at stake, on a sample, and with one who misses traps."""
        careful = traps_of(self._ledger().standing.values()).get(reviewer)
        if careful is not None and careful.fails(self.rules.trap_misses_max):
            return 2
        if item.stake >= self.rules.second_reviewer_tokens:
            return 2
        return 2 if _drawn("second", self.rules.second_reviewer_share, item.item_id) else 1

    def answer(self, item: Item, reviewer: str, given: Answer) -> Row:
        """Record what a reviewer says of an item; returns the entry. Raises BadInput."""
        if given.verdict == OWN_TEXT and not item.is_writable:
            raise BadInput("nobody can put other words in the place of this row", item.item_id, "keep or drop it")
        review = Review(
            stage=item.stage, shard=item.shard, kind=item.kind, row_id=item.row_id, row_digest=item.row_digest,
            reviewer=reviewer.strip(), verdict=given.verdict, reason=given.reason.strip(), comment=given.comment.strip(),
            text=given.text, gold=given.gold, judged=item.judged, tokens=item.tokens, seconds=given.seconds,
            needed=1 if given.gold else self.needed(item, reviewer.strip()),
            source=given.source,
        )  # fmt: skip
        return self._record(review)

    def undo(self, reviewer: str, source: str = "command") -> Row:
        """Take back the last entry of a reviewer that still counts; returns the entry that was taken back. BadInput if there is none."""
        last = self.last_entry(reviewer)
        if last is None:
            raise BadInput("there is nothing to undo", reviewer, "every review was taken back, or none was given")
        place = {name: last[name] for name in ("stage", "shard", "kind", "row_id", "row_digest", "judged")}
        self._record(Review(**place, reviewer=reviewer, verdict=UNDO, undoes=last["review_id"], source=source))
        return last

    def notes(self, item: Item) -> list[tuple[str, str]]:
        """(reviewer, comment) of everything that was noted about the item; what others decided is not told."""
        place = item.row_id, item.row_digest
        own = [row for row in self.rows() if (row["row_id"], row["row_digest"]) == place and row["comment"]]
        return [(row["reviewer"], row["comment"]) for row in own if row["review_id"] not in self._ledger().undone]

    def own_vote(self, item: Item, reviewer: str) -> Row | None:
        """What the reviewer has decided about the item, if anything."""
        standing = self.standing(item)
        return next((vote for vote in standing.votes if vote["reviewer"] == reviewer and not vote["gold"]), None) if standing else None

    def last_entry(self, reviewer: str) -> Row | None:
        """The reviewer's last entry that still counts: what `undo` would take back."""
        return next((row for row in reversed(self._said(reviewer)) if not row["gold"]), None)

    def record(self, reviews: Sequence[Review]) -> list[str]:
        """Add entries as they are, such as imported ones; returns their ids. Raises BadInput."""
        with self._lock:
            ids = record_reviews(self.lake, reviews)
            self._read = None
            return ids

    def item_at(self, place: Place) -> Item | None:
        """The item of a row as it was seen, if it is still one."""
        return next((item for item in self.items() if (item.row_id, item.row_digest) == place), None)

    def _record(self, review: Review) -> Row:
        with self._lock:
            (found,) = self.record([replace(review, effect=self._effect(review))])
            return next(row for row in reversed(self.rows()) if row["review_id"] == found)

    def _effect(self, review: Review) -> str:
        """What the entry will do, by a replay of the ledger with it."""
        if review.verdict in (SKIP, COMMENT):
            return "noted"
        place = review.row_id, review.row_digest
        columns = {name: getattr(review, name) for name in Review.__dataclass_fields__}
        row = {"review_id": review_id({"review_id": ""} | columns)} | columns
        own = [one for one in self.rows() if (one["row_id"], one["row_digest"]) == place]
        before, after = self._ledger().standing.get(place), replay([*own, row]).get(place)
        if after is None or after.settled is None:
            released = " and decided otherwise before" if before and before.settled else ""
            return f"waits again{released}" if after is None or not after.votes else f"waits: {after.state}"
        does = "kept" if after.settled.verdict != "drop" else "dropped"
        if before and before.settled and before.settled.review_id == after.settled.review_id:
            return f"stays {does}"
        return f"{does} with the next run of {review.stage} for {review.shard}"

    def _said(self, reviewer: str) -> Sequence[Row]:
        return self._ledger().by_reviewer.get(reviewer, ())

    def _items(self) -> dict[str, Item]:
        with self._lock:
            key = tuple(self.lake.version(name) for name in RECORDS)
            if self._gathered is None or self._gathered[0] != key:
                rates = overturned(self.rows())
                own = document_items(self.lake, self.rules), value_items(self.lake), manual_items(self.lake, rates, self.rules)
                every = chain(*own, *(made(self.lake, rates) for made in (edit_items, form_items, answer_items)))
                best = heapq.nlargest(self.rules.items_max, every, key=lambda item: (item.is_urgent, item.value(self.rules), item.item_id))
                self._gathered = key, {item.item_id: item for item in best}
            return self._gathered[1]

    def _ledger(self) -> _Ledger:
        with self._lock:
            version = self.lake.version(REVIEWS_TABLE)
            if self._read is None or self._read[0] != version:
                self._read = version, _ledger_of(read_reviews(self.lake))
            return self._read[1]


def _ledger_of(rows: Sequence[Row]) -> _Ledger:
    undone = frozenset(took_back(rows))
    own: dict[str, list[Row]] = {}
    for row in rows:
        if row["verdict"] != UNDO and row["review_id"] not in undone:
            own.setdefault(row["reviewer"], []).append(row)
    return _Ledger(rows, replay(rows), undone, own)


def _state(standing: Reviewed | None) -> str:
    if standing is None:
        return OPEN
    if any(vote["gold"] for vote in standing.votes):
        return TRAP
    return {WAITS: SECOND, CONFLICT: DISPUTED}.get(standing.state, DONE)


def _drawn(what: str, share: float, *parts: str) -> bool:
    """Whether a share of all such things falls on this one: by a hash, so that it is the same whoever asks and whenever."""
    return int(content_id(what, *parts).rpartition("_")[2][:8], 16) < share * 0x1_0000_0000
