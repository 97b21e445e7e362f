"""What people decided about values that sources contradict each other on, in place of what the count of sources did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tierline.knowledge.history import Held
from tierline.knowledge.properties import value_of
from tierline.lake.reviews import DROP, Settlements
from tierline.tables import content_id

WAITS = "quarantined"  # the outcome of values that enough sources state; one that too few state is no question for a reviewer


def value_id(held: Held, group: Sequence[Held]) -> str:
    """The row, and the digest of it, that a review is about: one value among all that sources give for the property of one thing.

    Another source of a known value leaves it as it is, another value makes every one of them a new question.
    """
    first = held.judged.stated[0]
    values = sorted({value_of(one.judged.stated[0]).normal for one in group})
    return content_id("value", first["subject_key"], first["predicate"], values, value_of(first).normal)


def with_reviews(group: Sequence[Held], reviews: Settlements, sources_min: int) -> list[Held]:
    """The values of one property. Those that wait name what a review has to be about (`related_id`), unless reviews keep them as facts or
    drop them."""
    return [_settled(held, value_id(held, group), reviews) if _waits(held, sources_min) else held for held in group]


def reviewed_claims(group: Sequence[Held], reviews: Settlements, sources_min: int) -> dict[str, dict[str, str]]:
    """Claim -> rule and detail of its decision, of those on which a review decided."""
    own = [held for held in group if _waits(held, sources_min)] if len(reviews) else []
    found = [(held, reviews.on(one := value_id(held, group), one)) for held in own]
    return {row["claim_id"]: settled.named for held, settled in found if settled for row in held.judged.claims}


def _waits(held: Held, sources_min: int) -> bool:
    """Whether it is quarantined, and enough sources stand behind it, those with one data feed counted once, or a base that a person vouches
    for: the gate of facts asks for that whatever reviewers say."""
    if held.verdict is None or held.verdict["outcome"] != WAITS:
        return False
    return len(held.judged.feeds) >= sources_min or any(row.get("vouched_by") for row in held.judged.claims)


def _settled(held: Held, row_id: str, reviews: Settlements) -> Held:
    found = reviews.on(row_id, row_id)
    if found is None:
        return replace(held, verdict={**(held.verdict or {}), "related_id": row_id})
    against: dict[str, Any] = {"outcome": "dropped", "related_id": row_id, **found.named}
    return replace(held, verdict=against if found.verdict == DROP else None)
