"""Edits and questions that a model wrote: those that the judge of L3 rejected, and those that it accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tierline.editing.reviewed import edit_digest
from tierline.lake import Lake
from tierline.review.changes import compared
from tierline.review.documents import CHARACTERS_PER_TOKEN
from tierline.review.item import EDIT, Item, Panel, Piece, View
from tierline.review.stored import fan_out, rows_of

STAGE, LEDGER = "l3_refined", "l3_edits"
Rates = Mapping[tuple[str, str], float]  # kind, outcome and rule -> how often people decided otherwise
UNKNOWN = 0.5


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
        place=(one["kind"], one["passage"], one["edit"], one.get("found") or "", one.get("changes") or ()),
    )


def edit_view(item: Item) -> View:
    """The passage and its edit side by side, or the sentence and its question."""
    kind, source, edit, found, changes = item.place
    facts = [("judge", item.judged), *([("found", found)] if found else [])]
    facts += [(change["rule"], f"{change['source'] or '-'} → {change['edit'] or '-'}") for change in changes]
    if kind == "qa":
        return View((Panel("Sentence", (Piece(source),)), Panel("Question", (Piece(edit),))), tuple(facts), edit)
    left, right = compared(source, edit)
    return View((Panel("Original", left), Panel("Edit", right)), tuple(facts), edit)


def _told(detail: str | None) -> dict[str, Any] | None:
    """What a decision recorded of the edit; None of one without a text that a person could accept."""
    try:
        told = json.loads(detail or "")
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.get("edit") and told.get("passage") else None
