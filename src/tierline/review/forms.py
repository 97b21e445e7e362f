"""Questions, exercises and other forms that were made of documents: those that their verifiers accepted, and those that they refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tierline.derived.reviewed import FIXED, UNASKED
from tierline.lake import Lake, Manifest
from tierline.review.documents import CHARACTERS_PER_TOKEN
from tierline.review.edits import UNKNOWN, Rates
from tierline.review.item import FORM, Item, Panel, Piece, View
from tierline.review.stored import fan_out, row_of, rows_of

STAGE, LEDGER = "l3_derived", "l3_derived_forms"
ROW = ("kind", "question", "text", "said", "evidence_start", "evidence_end", "answers")
AROUND = 240  # characters of the document shown on each side of the evidence
EVIDENCE_MAX = 2_000  # characters of it that are read; a dialogue may rest on a whole section


def form_items(lake: Lake, rates: Rates) -> Iterator[Item]:
    """Of every shard whose forms are promoted; refused ones too, but for those that nobody can release."""
    spread = fan_out(lake, STAGE)
    for manifest in lake.promoted(STAGE):
        found = list(_told(lake, manifest))
        pages = rows_of(lake, "l2_selected", manifest.shard, {one["doc_id"] for one in found}, ("url", "title"))
        for one in found:
            yield _item(manifest.shard, one, pages.get(one["doc_id"], {}), rates, spread)


def _told(lake: Lake, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Every form as it was proposed, with what was decided: kept ones from their rows, others and those that reviewers decided from the
    details of their decisions."""
    decisions = lake.decisions(LEDGER, manifest.shard).to_pylist()
    plain = {row["row_id"] for row in decisions if row["outcome"] == "kept" and not row["detail"]}
    rows = rows_of(lake, STAGE, manifest.shard, plain, ROW)
    for decision in decisions:
        rule, row_id = decision["rule"] or "", decision["row_id"]
        if decision["outcome"] not in ("kept", "dropped") or rule in FIXED:
            continue
        form = _of_row(rows[row_id]) if row_id in rows else _of_detail(decision["detail"])
        if form:
            judged = f"{decision['outcome']} {rule}".strip()
            yield form | {"row_id": row_id, "doc_id": decision["related_id"], "judged": judged, "tokens": decision["tokens"]}


def _of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    spans = [(one["start"], one["end"]) for one in row["answers"]]
    return {name: row[name] for name in ("kind", "question", "text", "said")} | {
        "evidence": (row["evidence_start"], row["evidence_end"]),
        "answers": spans,
    }


def _of_detail(detail: str | None) -> dict[str, Any] | None:
    try:
        told = json.loads(detail or "")
    except ValueError:
        return None
    return told if isinstance(told, dict) and all(told.get(name) for name in ("evidence", "question", "text", "said")) else None


def _item(shard: str, one: Mapping[str, Any], page: Mapping[str, Any], rates: Rates, spread: float) -> Item:
    rule = one["judged"].partition(" ")[2]
    start, end = one["evidence"]
    read = len(one["question"]) + len(one["text"]) + min(end - start, EVIDENCE_MAX)
    return Item(
        kind=FORM,
        stage=STAGE,
        shard=shard,
        row_id=one["row_id"],
        row_digest=one["said"],
        title=page.get("title") or "",
        url=page.get("url") or "",
        judged=one["judged"],
        reasons=(rule or "its verifier accepted it",),
        disagreement=rates.get((FORM, one["judged"]), UNKNOWN),
        tokens=one["tokens"] or max(1, (len(one["question"]) + len(one["text"])) // CHARACTERS_PER_TOKEN),
        fan_out=spread,
        characters=read,
        is_writable=one["kind"] not in UNASKED,
        place=(one,),
    )


def form_view(lake: Lake, item: Item) -> View:
    """The document's words around the evidence, with the answer marked, beside question and answer."""
    (one,) = item.place
    text = (row_of(lake, "l2_selected", item.shard, one["doc_id"], ("text",)) or {}).get("text") or ""
    panels = (
        Panel("What the document says", _evidence(text, one["evidence"], one["answers"])),
        Panel("Question", (Piece(one["question"]),)),
        Panel("Answer", (Piece(one["text"]),)),
    )
    told = (("form", one["kind"].replace("_", " ")), *((("review", one["review"]),) if one.get("review") else ()))
    return View(panels, told, one["question"], own="Your own question")


def _evidence(text: str, evidence: tuple[int, int], answers: list[tuple[int, int]]) -> tuple[Piece, ...]:
    """The evidence with its answers marked, and some words on each side of it, which are no evidence."""
    start, end = evidence
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    first = text.find(" ", first, start) + 1 or first if first else 0
    pieces = [Piece(text[first:start], "aside")]
    at = start
    for begins, ends in sorted(map(tuple, answers)):
        if at <= begins < ends <= end:
            pieces += [Piece(text[at:begins]), Piece(text[begins:ends], "mark")]
            at = ends
    pieces += [Piece(text[at:end]), Piece(text[end:last], "aside")]
    return tuple(piece for piece in pieces if piece.text)
