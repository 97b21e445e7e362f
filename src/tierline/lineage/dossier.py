"""What the lake recorded about each row of a trace: the activity, its gate, waivers, people's reviews, models' answers, changes of text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lake.reviews import read_reviews
from tierline.lineage.differences import Piece, changes
from tierline.lineage.trace import Node, trace
from tierline.sql import readable, register_source, view_rows
from tierline.stages import stage_of
from tierline.tables import TABLES
from tierline.tables.records import CALLS_TABLE, DECISIONS

Row = dict[str, Any]
RULES = "rules"  # the name of the class of settings among the parameters of an activity
_REVIEW = re.compile(r"\brev_[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Dossier:
    """The records about a row. `settings` and `weights` are (name, value) of its activity's recipe and files, `verdict` the gate's on the
    shard's rows as they are, with every bound (`bounds`) and what it observed; `waivers` let the shard through, `reviews` are about the
    row; `calls` are what models were asked and answered for it. `changes` lead from the parent's text to its own; None without a text
    that was changed, or of one too long to compare."""

    settings: tuple[tuple[str, str], ...]
    weights: tuple[tuple[str, str], ...]
    verdict: Row | None
    bounds: tuple[Row, ...]
    waivers: tuple[Row, ...]
    reviews: tuple[Row, ...]
    calls: tuple[Row, ...]
    changes: tuple[Piece, ...] | None


Dossiers = Mapping[tuple[str, str], Dossier]


@dataclass(frozen=True, slots=True)
class TracedReview:
    """A review, and the trace of the row that it is about; None if no promoted row has its id any more."""

    review: Row
    node: Node | None

    @property
    def place(self) -> str:
        """Who said what about which row, when, in one line."""
        one = self.review
        why = f": {one['reason']}" if one["reason"] else ""
        about = f"{one['kind']} {one['row_id']} of {one['stage']}, shard {one['shard']}"
        return f"{one['review_id']}: {one['verdict']} by {one['reviewer']} at {one['created_at']} on {about}{why}"


def trace_review(lake: Lake, review_id: str) -> TracedReview:
    """A review of the ledger with its row. BadInput if there is none of this id."""
    found = next((row for row in read_reviews(lake) if row["review_id"] == review_id), None)
    if found is None:
        raise BadInput("no review has this id", review_id, "`tierline trace` names the reviews of a row")
    rows = [found["row_id"], *(row["related_id"] for row in _decisions(lake, found["stage"], found["shard"], [found["row_id"]], ""))]
    for row_id in filter(None, rows):  # a candidate of L3 is no row itself: what was made of its document is
        try:
            return TracedReview(found, trace(lake, row_id))
        except BadInput:
            continue
    return TracedReview(found, None)


def dossiers(lake: Lake, node: Node) -> Dossiers:
    """The records about a row and all its ancestors, by table and id."""
    nodes = {(one.table, one.row_id): one for one in node.walk()}
    calls = _calls(lake, {call for one in nodes.values() for call in one.row.get("call_ids") or ()})
    reviews = read_reviews(lake) if lake.version("reviews") >= 0 else []
    shards: dict[tuple[str, str], tuple[Row | None, tuple[Row, ...]]] = {}
    found: dict[tuple[str, str], Dossier] = {}
    for key, one in nodes.items():
        stage, activity = stage_of(one.table).name, one.activity
        if (stage, one.shard) not in shards:
            shards[stage, one.shard] = _gate(lake, stage, one.shard, activity)
        verdict, waivers = shards[stage, one.shard]
        own = tuple(calls[call] for call in one.row.get("call_ids") or () if call in calls)
        pieces = _changes(one)
        found[key] = Dossier(
            tuple(_flat("", json.loads(activity.get("parameters") or "{}"))),
            tuple((name, str(digest)) for name, digest in json.loads(activity.get("weights") or "{}").items()),
            verdict,
            tuple(json.loads(verdict["results"])) if verdict else (),
            waivers,
            tuple(_reviews(lake, one, reviews)) if reviews else (),
            own,
            None if pieces is None else tuple(pieces),
        )
    return found


def dossier_data(one: Dossier) -> dict[str, Any]:
    """For programs."""
    verdict = (
        {name: value for name, value in one.verdict.items() if name != "results"} | {"bounds": list(one.bounds)} if one.verdict else None
    )
    text = [{"kind": piece.kind, "text": piece.text} for piece in one.changes] if one.changes is not None else None
    return {"verdict": verdict, "waivers": list(one.waivers), "reviews": list(one.reviews), "calls": list(one.calls), "changes": text}


def bound_line(bound: Row) -> str:
    """A bound with what was observed, in one line."""
    numbers = {name: f"{bound[name]:g}" for name in ("minimum", "maximum", "observed") if bound.get(name) is not None}
    limits = [f"{word} {numbers[name]}" for name, word in (("minimum", "at least"), ("maximum", "at most")) if name in numbers]
    failed = "" if bound["success"] else "; FAILED"
    return f"{bound['metric']} {numbers.get('observed', 'unknown')}, {' and '.join(limits) or 'no limit'}{failed}"


def _gate(lake: Lake, stage: str, shard: str, activity: Row) -> tuple[Row | None, tuple[Row, ...]]:
    """The verdict on the activity's rows, and the waivers for them."""
    digest, verdict = activity.get("digest"), lake.verdict(stage, shard)
    waivers = [row for row in lake.waiver_rows(stage) if row["shard"] == shard and row["digest"] == digest]
    return (verdict if verdict and verdict["digest"] == digest else None), tuple(waivers)


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """(dotted name, value) of every setting."""
    if isinstance(value, dict) and value:
        own = str(value.get(RULES) or prefix)
        for name, item in value.items():
            if name != RULES:
                yield from _flat(f"{own}.{name}" if own else str(name), item)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for item in value:
            yield from _flat(prefix, item)
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _changes(node: Node) -> list[Piece] | None:
    """From the words that a row was made of to its own; only where a tier changes texts."""
    before = node.row.get("source_text")
    if before is None and node.parents and TABLES[node.table].tier and TABLES[node.table].key == TABLES[node.parents[0].table].key:
        before = node.parents[0].row.get("text")
    after = node.row.get("text")
    if not before or not after or before == after or node.row.get("question"):
        return None
    return changes(before, after)


def _reviews(lake: Lake, node: Node, reviews: Iterable[Row]) -> Iterator[Row]:
    """The reviews about a row, and those that decisions on it or on what it was made of name."""
    stage = stage_of(node.table).name
    rows = [node.row_id, *(parent.row_id for parent in node.parents)]
    named = {one for row in _decisions(lake, stage, node.shard, rows, "review:") for one in _REVIEW.findall(row["detail"] or "")}
    for row in reviews:
        if row["review_id"] in named or (row["row_id"] == node.row_id and row["stage"] == stage):
            yield row


def _decisions(lake: Lake, stage: str, shard: str, rows: list[str], rule: str) -> list[Row]:
    """Decisions of a stage's ledgers on these rows, or that lead to them, by a rule that begins so."""
    files = [file for ledger in (stage, *stage_of(stage).ledgers) for file in lake.ledger_files(ledger, shard)]
    with duckdb.connect() as database, readable(lake.root):
        view_rows(database, "decisions", lake, "decisions", files, DECISIONS)
        wanted = "list_contains($rows, row_id) or list_contains($rows, related_id)"
        query = f"select row_id, related_id, detail from decisions where starts_with(coalesce(rule, ''), $rule) and ({wanted}) order by all"
        return database.sql(query, params={"rows": rows, "rule": rule}).to_arrow_table().to_pylist()


def _calls(lake: Lake, wanted: set[str]) -> dict[str, Row]:
    """What models were asked and answered, by the id of the call; the answer that counts is the last."""
    if not wanted:
        return {}
    columns = "call_id, kind, model_id, weights_sha256, engine, request, response, state, called_at"
    with duckdb.connect() as database, readable(lake.root):
        register_source(database, lake, CALLS_TABLE)
        query = f"select {columns} from {CALLS_TABLE} where list_contains($wanted, call_id) order by called_at, call_id"
        rows = database.sql(query, params={"wanted": sorted(wanted)}).to_arrow_table().to_pylist()
    return {row["call_id"]: row for row in rows}
