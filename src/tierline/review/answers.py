"""What a person should look at among feedback: answers that were rated low, and what a fact refutes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.feedback.rules import LOW_RATING, WAITING
from tierline.lake import WHOLE_LAKE, Lake
from tierline.review.documents import CHARACTERS_PER_TOKEN
from tierline.review.edits import UNKNOWN, Rates
from tierline.review.item import ANSWER, Item, Panel, Piece, View
from tierline.review.stored import fan_out, row_of

STAGE = "l3_feedback"


def answer_items(lake: Lake, rates: Rates) -> Iterator[Item]:
    """One for each line that waits."""
    if not lake.is_promoted(STAGE, WHOLE_LAKE):
        return
    decisions, spread = lake.decisions(STAGE, WHOLE_LAKE), fan_out(lake, STAGE)
    for row in decisions.filter(pc.is_in(decisions["rule"], pa.array(WAITING))).to_pylist():
        said: Mapping[str, Any] = json.loads(row["detail"])
        judged = f"{row['outcome']} {row['rule']}"
        rated = f"rated {row['value']:g}, below {row['threshold']:g}" if row["rule"] == LOW_RATING else f"{row['related_id']} refutes it"
        yield Item(
            kind=ANSWER,
            stage=STAGE,
            shard=WHOLE_LAKE,
            row_id=row["row_id"],
            row_digest=row["row_id"],  # which names the bytes of the line
            title=said["question"][:120],
            url="",
            judged=judged,
            reasons=(rated,),
            disagreement=rates.get((ANSWER, judged), UNKNOWN),
            tokens=max(1, len(said["text"]) // CHARACTERS_PER_TOKEN),
            fan_out=spread,
            characters=len(said["question"]) + len(said["text"]),
            is_writable=True,
            place=(said, row["related_id"]),
        )


def answer_view(lake: Lake, item: Item) -> View:
    """Question and answer, or correction, side by side; the fact that refutes it."""
    said, fact_id = item.place
    heading = f"{said['kind'].capitalize()} of a {'person' if said['kind'] == 'correction' else 'model'}"
    panels = Panel("Question", (Piece(said["question"]),)), Panel(heading, (Piece(said["text"]),))
    facts = [("model", said["model"] or "unknown"), ("waits because", item.reasons[0])]
    fact = row_of(lake, "l4_facts", WHOLE_LAKE, fact_id, ("text",)) if fact_id else None
    return View(panels, (*facts, *([("fact", fact["text"])] if fact else [])), said["text"])
