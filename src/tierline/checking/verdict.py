"""A verdict on a clause, and how what it says compares with what evidence states of the same property."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tierline.checking.readings import Reading
from tierline.checking.stated import Stated
from tierline.knowledge.dates import days_of
from tierline.knowledge.keys import name_form
from tierline.knowledge.names import Name
from tierline.knowledge.times import overlap, span_of
from tierline.knowledge.values import Value, agreement, contradicts
from tierline.knowledge.vocabulary import has_states, property_named

SUPPORTED, REFUTED, NOT_ENOUGH = "supported", "refuted", "not_enough"
_OPPOSITE = {SUPPORTED: REFUTED, REFUTED: SUPPORTED, NOT_ENOUGH: NOT_ENOUGH}
# Scores of rules: about the share of verdicts that were right by each of them on generated claims (benchmarks.facts prints it).
FORM, WORDS = 0.97, 0.93  # how the clause was read
UNEXPLAINED = 0.7  # for each word of it that nothing explains: it may be about another thing
UNEXPLAINED_OTHER = 0.5  # the same where the value is another one: all the more so, "the economic capital" and "people visit" have others
CONTRADICTION = 0.97  # the value is another one: the evidence may be of another time or thing
WAS = 0.9  # it was so at some time that the clause does not name
PAST = 0.8  # the value was true once, and the clause names no time
UNDATED = 0.5  # the clause names a time and the evidence none
DENIAL = 0.95  # that what is denied is refuted


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome` with `score` in [0, 1], the rule that decided and what shows it: the columns of words, or a fact."""

    outcome: str
    score: float
    rule: str
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fact_id: str | None = None

    def denied(self) -> Verdict:
        """On the denial of what this is the verdict on."""
        return replace(self, outcome=_OPPOSITE[self.outcome], score=self.score * DENIAL, rule=f"not {self.rule}")


def on_reading(reading: Reading, stated: Sequence[Stated]) -> Verdict | None:
    """The verdict on what a clause says, given what evidence states about its subject; None where nothing there decides.

    Values agree by the rule of their type. A value that agrees with one of the same time supports. For a property with one value at a
    time another value at that time refutes, and so does the exchange of subject and value. A clause that names no time is about the
    present, or if it says what was, about any time; one that does is compared with what held then, and refuted only by a value of that
    very time, for others may have followed each other between two that are known.
    """
    own = [one for one in stated if one.predicate == reading.predicate]
    base = FORM if reading.by == "form" else WORDS
    found = [_on_one(reading, one) for one in own]
    decided = [(outcome, factor * one.worth, rule, one) for one, (outcome, factor, rule) in zip(own, found, strict=True) if outcome]
    if not decided:
        return None
    best = max(decided, key=lambda one: (one[0] == SUPPORTED and one[1] >= UNDATED, one[1]))
    outcome, factor, rule, one = best
    left = (UNEXPLAINED if outcome == SUPPORTED or reading.swapped else UNEXPLAINED_OTHER) ** reading.unexplained
    return Verdict(outcome, base * factor * left, f"{reading.by}: {rule}", one.evidence, one.fact_id)


def _on_one(reading: Reading, one: Stated) -> tuple[str | None, float, str]:
    """(outcome or None, factor of the score, rule) by one piece of evidence."""
    known = property_named(one.predicate)
    agreed = agreement(reading.value, one.value)
    if reading.swapped and name_form(reading.object) != reading.subject:  # the capital of Luxembourg is Luxembourg both ways
        mutual = known is not None and known.inverse == known.name
        return (None, 0.0, "") if mutual or not agreed else (REFUTED, 1.0, "swapped")
    if agreed and (not has_states(one.predicate) or _holds(one, reading.time)):
        return SUPPORTED, 1.0, agreed
    if reading.past and reading.time is None and has_states(one.predicate):  # whenever that was
        return (SUPPORTED, WAS, agreed) if agreed else (None, 0.0, "")
    if agreed and reading.time is None:
        return REFUTED, PAST, "superseded"
    if agreed and one.since is None and one.until is None:
        return SUPPORTED, UNDATED, f"{agreed}, undated"
    if known is None or not known.functional or agreed or not contradicts(reading.value, one.value) or _is_part(reading.value, one.value):
        return None, 0.0, ""
    if has_states(one.predicate) and not (_is_present(one) if reading.time is None else _is_of(one, reading.time)):
        return None, 0.0, ""
    return REFUTED, CONTRADICTION, "other value"


def _is_part(one: Value, other: Value) -> bool:
    """Whether a name has all words of another, so that both may be of one thing, or of a part of it: "Lillehammer, Norway"."""
    if not (isinstance(one.meaning, Name) and isinstance(other.meaning, Name)):
        return False
    words, others = (set(value.meaning.forms[0].split()) for value in (one, other) if isinstance(value.meaning, Name))
    return words <= others or others <= words


def _is_present(one: Stated) -> bool:
    return not one.is_past and (one.fact_id is not None or one.since is None)


def _holds(one: Stated, time: str | None) -> bool:
    """Whether the value is known to hold at a time, None for the present. What counts (a population) holds only when it was counted."""
    if time is None:
        return _is_present(one)
    if one.since is None:
        return False
    first, last = span_of(time)
    known = property_named(one.predicate)
    if known is None or known.type == "number" or one.until is None:
        return _is_of(one, time) or (known is not None and known.type != "number" and not one.is_past and span_of(one.since)[0] <= first)
    return span_of(one.since)[0] <= last and first < days_of(one.until)[0]


def _is_of(one: Stated, time: str) -> bool:
    """Whether a value was stated of this very time."""
    return one.since is not None and overlap(one.since, time)
