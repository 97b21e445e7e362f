"""Edits and questions that a model wrote: those that the judge of L3 rejected, and those that it accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tierline.editing.reviewed import edit_digest
from tierline.lake import Lake
from tierline.operations.operation import Kind
from tierline.review.changes import compared
from tierline.review.documents import CHARACTERS_PER_TOKEN
from tierline.review.item import EDIT, Item, Panel, Piece, Sentence, View
from tierline.review.stored import fan_out, rows_of
from tierline.tables import content_id

STAGE, LEDGER = "l3_refined", "l3_edits"
Rates = Mapping[tuple[str, str], float]  # kind, outcome and rule -> how often people decided otherwise
UNKNOWN = 0.5
WHY = {  # rules whose names say too little
    "rewrite:lost_sentence": "the model left it out",
    "rewrite:new_sentence": "the model added it",
    "rewrite:verbatim": "code, tables and addresses stay as they are",
    "overlap": "another operation has these words",
    "review:drop": "a reviewer dropped it",
}


def edit_items(lake: Lake, rates: Rates) -> Iterator[Item]:
    """Of every shard whose edits are promoted."""
    spread = fan_out(lake, STAGE)
    for manifest in lake.promoted(STAGE):
        shard, found = manifest.shard, list[dict[str, Any]]()
        for row in lake.decisions(LEDGER, shard).to_pylist():
            told = _told(row["detail"]) if row["outcome"] in ("kept", "dropped") else None
            if told:
                judged = "kept" if row["outcome"] == "kept" else f"dropped {row['rule']}"
                found.append(told | {"row_id": row["row_id"], "doc_id": row["related_id"], "judged": judged, "tokens": row["tokens"]})
        pages = rows_of(lake, "l2_selected", shard, {one["doc_id"] for one in found}, ("url", "title"))
        for one in found:
            yield _item(shard, one, pages.get(one["doc_id"], {}), rates, spread)


def _item(shard: str, one: dict[str, Any], page: Mapping[str, Any], rates: Rates, spread: float) -> Item:
    rule = one["judged"].partition(" ")[2]
    return Item(
        kind=EDIT,
        stage=STAGE,
        shard=shard,
        row_id=one["row_id"],
        row_digest=edit_digest(one["passage"], one["edit"]),
        title=page.get("title") or "",
        url=page.get("url") or "",
        judged=one["judged"],
        reasons=(rule or "the judge accepted it",),
        disagreement=rates.get((EDIT, one["judged"]), UNKNOWN),
        tokens=one.get("tokens") or max(1, len(one["edit"]) // CHARACTERS_PER_TOKEN),  # of what was rejected nobody counted any
        fan_out=spread,
        characters=len(one["passage"]) + len(one["edit"]),
        is_writable=True,
        place=(one,),
    )


def edit_view(lake: Lake, item: Item) -> View:
    """The passage and its edit side by side, sentence by sentence where it was judged so, or the sentence and its question."""
    (one,) = item.place
    source, edit, found = one["passage"], one["edit"], one.get("found")
    facts = [("judge", item.judged), *([("found", found)] if found else []), *_changes(one)]
    if one["kind"] == "qa":
        return View((Panel("Sentence", (Piece(source),)), Panel("Question", (Piece(edit),))), tuple(facts), edit, own="Your own question")
    left, right = compared(source, edit)
    sentences = _sentences(lake, item.shard, one)
    stands = _standing(sentences) if any(sentence.stands for sentence in sentences) else edit
    return View((Panel("Original", left), Panel("Edit", right)), tuple(facts), stands, sentences=sentences)


def _standing(sentences: Sequence[Sentence]) -> str:
    """The passage as it is in L3: what was kept of the proposal, and the original where it fell back."""
    chosen = (one.after if one.stands else one.before for one in sentences)
    return " ".join(text for pieces in chosen if (text := "".join(piece.text for piece in pieces).strip()))


def _sentences(lake: Lake, shard: str, one: Mapping[str, Any]) -> tuple[Sentence, ...]:
    """The passage in order: what the model left as it was, and each sentence that it changed with what became of it."""
    changed, source, offset = one.get("sentences") or (), one["passage"], one.get("start") or 0
    ids = [content_id("opn", one["doc_id"], str(Kind.REWRITE), told["start"], told["end"], told["edit"]) for told in changed]
    done = rows_of(lake, "l3_operations", shard, set(ids), ("accepted", "reason"))  # another operation may have the same words
    found: list[Sentence] = []
    at = 0
    for operation_id, told in zip(ids, changed, strict=True):
        start, end = told["start"] - offset, told["end"] - offset
        if source[at:start].strip():
            found.append(Sentence((Piece(source[at:start].strip()),)))
        rule = done[operation_id]["reason"] or "" if operation_id in done else told["rule"]
        words = "; ".join(f"{was} → {became}" for _, was, became in _named(told)) or told.get("found") or ""
        why = f"{WHY.get(rule, rule.rpartition(':')[2].replace('_', ' '))}{f': {words}' if words else ''}" if rule else ""
        found.append(Sentence(*compared(source[start:end], told["edit"]), not rule, why))
        at = end
    return (*found, *([Sentence((Piece(source[at:].strip()),))] if found and source[at:].strip() else []))


def _changes(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(rule, f"{was} → {became}") for rule, was, became in _named(told)]


def _named(told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(rule, words of the original, words of the edit) of what the judge named; a dash where there are none."""
    return [(change["rule"], change["source"] or "-", change["edit"] or "-") for change in told.get("changes") or ()]


def _told(detail: str | None) -> dict[str, Any] | None:
    """What a decision recorded of the edit; None of one without a text that a person could accept."""
    try:
        told = json.loads(detail or "")
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.get("edit") and told.get("passage") else None
