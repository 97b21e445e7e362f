"""Pages of vetted manuals whose approval has lapsed, because the text changed, a day passed or a signature is missing: they come first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow.compute as pc

from tierline.errors import TierlineError
from tierline.knowledge.manuals import LAPSED, UNSIGNED
from tierline.lake import Lake, Manifest, history
from tierline.review.changes import compared
from tierline.review.documents import CHARACTERS_PER_TOKEN
from tierline.review.edits import UNKNOWN, Rates
from tierline.review.item import MANUAL, Item, Panel, Piece, View
from tierline.review.rules import ReviewingRules
from tierline.review.stored import fan_out, row_of, rows_of
from tierline.selection.review import excerpt

STAGE = "l4_manuals"
STATES_MAX = 20  # of a shard's earlier sections that are looked through for the text that was approved
CONTEXT_LINES = 2  # before and behind what changed


def manual_items(lake: Lake, rates: Rates, rules: ReviewingRules) -> Iterator[Item]:
    """Of every shard."""
    spread = fan_out(lake, STAGE)
    for manifest in lake.promoted(STAGE):
        decisions = lake.decisions(STAGE, manifest.shard).to_pylist()
        said = {row["row_id"]: (row["rule"], row["detail"] or "") for row in decisions if row["rule"] in LAPSED}
        for doc_id, row in rows_of(lake, "l2_selected", manifest.shard, set(said), ("url", "title", "text_sha256", "tokens")).items():
            yield Item(
                kind=MANUAL,
                stage=STAGE,
                shard=manifest.shard,
                row_id=doc_id,
                row_digest=row["text_sha256"] or "",
                title=row["title"] or "",
                url=row["url"] or "",
                judged=f"dropped {said[doc_id][0]}",
                reasons=(": ".join(said[doc_id]),),
                disagreement=rates.get((MANUAL, f"dropped {said[doc_id][0]}"), UNKNOWN),
                tokens=row["tokens"] or 0,
                fan_out=spread,
                is_urgent=True,
                characters=min(rules.context_characters, CHARACTERS_PER_TOKEN * (row["tokens"] or 0)),
            )


def manual_view(lake: Lake, item: Item, rules: ReviewingRules) -> View:
    """What differs between the text that was approved and the present one; the beginning of this one where that is not known any more."""
    text = (row_of(lake, "l2_selected", item.shard, item.row_id, ("text",)) or {}).get("text") or ""
    facts = [("approval", item.reasons[0]), ("sha256 of the present text", item.row_digest)]
    if UNSIGNED in item.reasons[0]:
        facts.append(("to sign it", f"tierline attest approval {STAGE}/{item.row_id} --says WORDS --key FILE"))
    before = _approved_text(lake, item)
    if before is None or before["text"].split() == text.split():
        start, end = excerpt(text, rules.context_characters)
        note = f"characters {start:,} to {end:,} of {len(text):,}" if end < len(text) else ""
        panels = (Panel("Present text", (Piece(text[start:end]),), note),)
        return View(panels, tuple(facts), more=text[end : end + rules.more_characters])
    old, new, line = _changed(before["text"], text)
    left, right = compared(old[: rules.context_characters], new[: rules.context_characters])
    note = f"from line {line:,} on"
    approved = f"Approved text ({before['approved_by']}, {before['approved_on']})"
    more = new[rules.context_characters :][: rules.more_characters]
    return View((Panel(approved, left, note), Panel("Present text", right, note)), tuple(facts), more=more)


def _approved_text(lake: Lake, item: Item) -> dict[str, Any] | None:
    """(text, approved_by, approved_on) of the sections that were last approved of this page: those that are there, else earlier ones of
    its shard; None if the lake holds none."""
    present = [found for manifest in lake.promoted(STAGE) if (found := _sections(lake, manifest, item))]
    if present:
        return max(present, key=lambda one: one["approved_on"])
    earlier = (state.manifest for state in islice(history(lake, STAGE, item.shard), STATES_MAX) if state.promoted)
    return next((found for manifest in earlier if (found := _sections(lake, manifest, item))), None)


def _sections(lake: Lake, manifest: Manifest, item: Item) -> dict[str, Any] | None:
    if not item.url or not manifest.rows:
        return None
    try:
        rows = lake.read_manifest(manifest, ["url", "position", "text", "approved_by", "approved_on"])
    except (OSError, TierlineError):  # what was replaced may have been vacuumed
        return None
    own = rows.filter(pc.equal(rows["url"], item.url)).sort_by([("approved_on", "descending"), ("position", "ascending")]).to_pylist()
    first = own[0] if own else None
    return first and first | {"text": "\n".join(row["text"] for row in own if row["approved_on"] == first["approved_on"])}


def _changed(before: str, after: str) -> tuple[str, str, int]:
    """What of both texts begins, and ends, where they differ, with lines around; and the number of its first line."""
    old, new = ([line for line in text.split("\n") if line.strip()] for text in (before, after))
    start = max(0, _common(old, new) - CONTEXT_LINES)
    tail = max(0, _common(old[start:][::-1], new[start:][::-1]) - CONTEXT_LINES)
    return "\n".join(old[start : len(old) - tail]), "\n".join(new[start : len(new) - tail]), start + 1


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
