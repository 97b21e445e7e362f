"""Says why claims that agree are no fact, or that they are one."""

from __future__ import annotations

from typing import Any

from tierline.knowledge.properties import Judged

Verdict = dict[str, Any]  # outcome, rule, value and threshold of a decision
# Several things have the name of the subject, and nothing shows which is meant.
AMBIGUOUS_SUBJECT: Verdict = {"outcome": "dropped", "rule": "facts:ambiguous_subject"}


def verdict_on(judged: Judged, sources_min: int) -> Verdict | None:
    """The decision against claims that agree, or None if they become a fact."""
    if len(judged.sources) < sources_min:
        return single_source(len(judged.sources), sources_min)
    if judged.is_ambiguous:
        return {"outcome": "dropped", "rule": "facts:ambiguous"}
    if judged.contradictions and judged.strongest >= judged.standing:
        return {"outcome": "quarantined", "rule": "facts:contradicted", "value": judged.strongest, "threshold": judged.standing}
    if len(judged.feeds) < sources_min:
        return single_source(len(judged.feeds), sources_min)
    return None


def single_source(support: int, sources_min: int) -> Verdict:
    """Too few sources state it."""
    return {"outcome": "dropped", "rule": "facts:single_source", "value": support, "threshold": sources_min}


def undated(support: int, sources_min: int) -> Verdict:
    """Enough sources state it, and others another value; nothing shows which of them came after which, or the other one is newer."""
    return {"outcome": "quarantined", "rule": "facts:undated", "value": support, "threshold": sources_min}
