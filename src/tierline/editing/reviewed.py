"""What people decided about edits and questions that a model wrote, in place of what the judge of L3 did."""

from __future__ import annotations

from dataclasses import replace

from tierline.editing.faithfulness import Judgment
from tierline.lake.reviews import DROP, EDIT, Settled, Settlements
from tierline.tables import content_id


def edit_digest(source: str, edit: str) -> str:
    """Of what a reviewer compares."""
    return content_id("pair", source, edit)


def settled_edit(reviews: Settlements, candidate_id: str, source: str, edit: str) -> Settled | None:
    """What was settled about this edit of this passage; nothing where the model gave no answer."""
    return reviews.on(candidate_id, edit_digest(source, edit)) if edit and len(reviews) else None


def final_text(edit: str, found: Settled | None) -> str:
    """The reviewer's own text where one was written, else the edit."""
    return found.text if found is not None and found.verdict == EDIT and found.text else edit


def overruled(judged: Judgment, found: Settled | None) -> Judgment:
    """The judge's verdict, or in its place that of the reviewers: what they accept is as faithful as what the judge accepts. The detail
    names the review."""
    if found is None:
        return judged
    rule, score = (found.named["rule"], judged.score) if found.verdict == DROP else (None, 1.0)
    return replace(judged, score=score, rule=rule, value=None, threshold=None, detail=found.named["detail"], changes=())
