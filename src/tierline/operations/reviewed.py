"""What reviewers decided about a passage that a model rewrote, as the verdict on each of its sentences."""

from __future__ import annotations

from tierline.lake.reviews import DROP, Settled
from tierline.operations.operation import Verdict


def overruled_operation(judged: Verdict, found: Settled | None) -> Verdict:
    """The verdict on a sentence, or in its place that of the reviewers, who decide about the whole passage: a sentence that was added or
    lost stands too if they kept it."""
    if found is None:
        return judged
    return Verdict(judged.operation, found.named["rule"] if found.verdict == DROP else "")
