"""Documents that wait for a person: those that address the judge, and those on which the scorers disagree most."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pyarrow.compute as pc

from tierline.lake import Lake
from tierline.review.item import DOCUMENT, Item, Panel, View, marked
from tierline.review.rules import ReviewingRules
from tierline.review.stored import fan_out, row_of, rows_of
from tierline.selection.reviewed import FIXED
from tierline.unforeseen import Lost, held

STAGE, SHOWN = "l2_selected", ("url", "title", "text_sha256", "tokens")
ADDRESSES = "addresses_judge"
QUEUE_COLUMNS = ["doc_id", "priority", "reasons", "scores", "excerpt_start"]
CHARACTERS_PER_TOKEN = 4  # of English, about; for the time of reading alone
BEFORE = 200  # characters shown before the first sentence in question


def document_items(lake: Lake, rules: ReviewingRules) -> Iterator[Item]:
    """Those that L2 quarantined, and the rows of `review_queue`, of every shard."""
    spread = fan_out(lake, STAGE, "l3_refined", "l4_claims", "l4_manuals")
    for manifest in lake.promoted("review_queue"):
        shard = manifest.shard
        queued = {row["doc_id"]: row for row in lake.read_manifest(manifest, QUEUE_COLUMNS).to_pylist()}
        decisions = lake.decisions(STAGE, shard)
        waiting = decisions.filter(pc.equal(decisions["outcome"], "quarantined"))["row_id"].to_pylist()
        wanted = {*queued, *waiting}
        judged = {
            row["row_id"]: f"{row['outcome']} {row['rule'] or ''}".strip() for row in decisions.to_pylist() if row["row_id"] in wanted
        }
        wanted -= {doc_id for doc_id, said in judged.items() if said.endswith(FIXED)}  # nobody can change these
        for doc_id, row in rows_of(lake, "l1_filtered", shard, wanted, SHOWN).items():
            found = queued.get(doc_id, {"priority": 1.0, "reasons": [ADDRESSES], "scores": [], "excerpt_start": 0})
            yield Item(
                kind=DOCUMENT,
                stage=STAGE,
                shard=shard,
                row_id=doc_id,
                row_digest=row["text_sha256"] or "",
                title=row["title"] or "",
                url=row["url"] or "",
                judged=judged.get(doc_id, ""),
                reasons=tuple(found["reasons"]),
                disagreement=found["priority"],
                tokens=row["tokens"] or 0,
                fan_out=spread,
                characters=min(rules.context_characters, CHARACTERS_PER_TOKEN * (row["tokens"] or 0)),
                place=(doc_id, found["excerpt_start"], found["scores"]),
            )


def document_view(lake: Lake, item: Item, rules: ReviewingRules) -> View:
    """The text around what is in question, sentences that address a judge as evidence, and what each scorer said."""
    _, start, scores = item.place
    stored = row_of(lake, "l1_filtered", item.shard, item.row_id, ("text", "language", "license")) or {}
    text = stored.get("text") or ""
    spans = _addressing(text) if ADDRESSES in item.reasons else ()
    start = spans[0][0] if spans else start
    first = max(0, start - BEFORE)
    first = max(first, text.find(" ", first, start) + 1) if first else 0  # between two words, if there are some
    stop = min(len(text), first + rules.context_characters)
    inside = tuple((one - first, min(other, stop) - first) for one, other in spans if first <= one < stop)
    note = f"characters {first:,} to {stop:,} of {len(text):,}" if first or stop < len(text) else ""
    panel = Panel("Document", marked(text[first:stop], inside), note)
    said = [
        (f"{one['signal']}", f"{one['score']:.3g}" + (f", rank {one['rank']:.2f}" if one["rank"] is not None else "")) for one in scores
    ]
    facts = [("language", stored.get("language") or "unknown"), ("license", stored.get("license") or "unknown"), *said]
    return View((panel,), tuple(facts), more=text[stop : stop + rules.more_characters])


def _addressing(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the text that address a judge; none where the detector's packages are not installed, or it cannot work on the text."""
    try:
        from tierline.judges.injection import suspicious_spans, visible
    except ImportError:
        return ()
    spans: list[tuple[int, int]] = []
    for found in held(partial(_located, find=suspicious_spans, visible=visible), [text]):
        spans += [] if isinstance(found, Lost) else found[0]
    return tuple(spans)


def _located(texts: list[str], find: Any, visible: Any) -> list[list[tuple[int, int]]]:
    """The sentences by their own words, because the detector leaves out characters that nobody sees."""
    found: list[list[tuple[int, int]]] = []
    for text in texts:
        seen, end, own = visible(text), 0, list[tuple[int, int]]()
        for start, stop in find(text):
            words = seen[start:stop].strip()
            at = text.find(words, end) if words else -1
            if at >= 0:
                own.append((at, at + len(words)))
                end = at + len(words)
        found.append(own)
    return found
