"""Pages of vetted manuals whose text is not the one that was approved, or whose approval has ended: somebody has to look at them again."""

from __future__ import annotations

from collections.abc import Iterator

from tierline.knowledge.manuals import LAPSED
from tierline.lake import Lake
from tierline.review.documents import CHARACTERS_PER_TOKEN
from tierline.review.edits import UNKNOWN, Rates
from tierline.review.item import MANUAL, Item, Panel, Piece, View
from tierline.review.rules import ReviewingRules
from tierline.review.stored import fan_out, row_of, rows_of
from tierline.selection.review import excerpt

STAGE = "l4_manuals"


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
                characters=min(rules.context_characters, CHARACTERS_PER_TOKEN * (row["tokens"] or 0)),
            )


def manual_view(lake: Lake, item: Item, rules: ReviewingRules) -> View:
    """The beginning of its present text."""
    text = (row_of(lake, "l2_selected", item.shard, item.row_id, ("text",)) or {}).get("text") or ""
    start, end = excerpt(text, rules.context_characters)
    note = f"characters {start:,} to {end:,} of {len(text):,}" if end < len(text) else ""
    return View(
        (Panel("Present text", (Piece(text[start:end]),), note),),
        (("approval", item.reasons[0]),),
        more=text[end : end + rules.more_characters],
    )
