"""What evidence states: promoted facts, and what sentences of passages say in the forms that claims are read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tierline.checking.evidence import Evidence, Facts
from tierline.knowledge.claim_times import timed
from tierline.knowledge.keys import name_form
from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.text import text_statements
from tierline.knowledge.values import Value, read_value

# How much what the evidence states is worth. A fact is of several independent sources; a section of a manual was approved by somebody; a
# passage is one page's word.
WORTH = {"l4_facts": 1.0, "l4_manuals": 0.9, "l3_refined": 0.8}
CONTRADICTED = 0.9  # of a fact that other pages contradict
FORMS_KEPT = 1 << 12


@dataclass(frozen=True)
class Stated:
    """`subject` has `predicate` `object`, from `since` until `until` (dates in ISO 8601, or None); `evidence` are the columns of the words
    that say so in a passage; of a fact there are its sentence and its `fact_id`. `is_past`: a later value is known."""

    subject: str
    predicate: str
    object: str
    language: str | None
    worth: float
    evidence: Mapping[str, Any]
    fact_id: str | None = None
    since: str | None = None
    until: str | None = None
    is_past: bool = False

    @cached_property
    def value(self) -> Value:
        """The object by its type."""
        return read_value(self.object, self.predicate, self.language)


class StatedFacts:
    """What facts state about subjects; of those that were asked for last it is known."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[str, list[Stated]] = {}

    def about(self, forms: Sequence[str]) -> dict[str, list[Stated]]:
        """By the `name_form` of each subject that there are facts about. The words of their sources are looked up for the one that
        decides."""
        new = [form for form in forms if form not in self._known]
        if len(self._known) + len(new) > FORMS_KEPT:
            self._known, new = {}, list(forms)
        for form, may_be in zip(new, self._facts.are_known(new), strict=True):
            self._known[form] = [_of_fact(row) for row in self._facts.about(form)] if may_be else []
        return {form: stated for form in forms if (stated := self._known[form])}


def _of_fact(row: Mapping[str, Any]) -> Stated:
    return Stated(
        row["subject"], row["predicate"], row["object"], row["language"],
        WORTH["l4_facts"] * (CONTRADICTED if row["contradictions"] else 1.0), {"fact": row["text"]},
        row["fact_id"], row["valid_from"], row["valid_until"], row["state"] == "superseded",
    )  # fmt: skip


def source_quoted(evidence: Evidence, fact_id: str) -> dict[str, Any]:
    """The columns of a fact's source as evidence."""
    source = evidence.source_of(fact_id)
    place = {"table": source.get("parent_table"), "row_id": source.get("parent_id"), "field": source.get("parent_field")}
    return place | {name: source.get(name) for name in ("quote", "url", "span_start", "span_end")}


def of_passages(passages: Iterable[Mapping[str, Any]]) -> dict[str, list[Stated]]:
    """What sentences state in the forms that claims are read from, by `name_form` of its subject."""
    found: dict[str, list[Stated]] = {}
    for passage in passages:
        if passage["table"] != "l4_facts":  # read by their columns
            for one in said_in(passage["quote"], WORTH[passage["table"]], quoted(passage)):
                found.setdefault(name_form(one.subject), []).append(one)
    return found


def said_in(text: str, worth: float, evidence: Mapping[str, Any]) -> list[Stated]:
    """What a sentence states by its form, with the time that it names."""
    found: list[Stated] = []
    for statement in text_statements(text):
        label, value, when = timed(statement, text, "en")
        since = when.get("time")
        found.append(Stated(statement.subject, predicate_key(label), value.strip(), "en", worth, evidence, since=since))
    return found


def quoted(passage: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a passage as evidence."""
    return {"field": "text"} | {name: passage[name] for name in ("table", "row_id", "quote", "url", "span_start", "span_end")}
