"""How many training forms are made of what is verified, of which kinds and in which languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Count, Few, Natural, Several

KINDS = (
    "sentence",  # a fact in words
    "dated_statement",  # a fact of a known time, with that time
    "succession",  # two values of one property, one after the other, each with its time
    "question",  # a question and its answer
    "evidence_answer",  # the same with the words of a source
    "two_hop",  # a question that two facts answer together
    "comparison",  # the values of two things, and which is the larger
    "card",  # what is known of one thing
    "table",  # the same properties of several things
    "unknown",  # a question that no verified fact answers
    "contradicted",  # a question on which sources contradict each other
    "unconfirmed",  # a question that one source alone answers
)
LANGUAGES = ("en", "de", "fr", "es")


@dataclass(frozen=True, slots=True)
class FormRules:
    """Bounds of each kind. A form is made in every language in which it can be said; the counts are for each language."""

    SECTION: ClassVar[str] = "l4.forms"
    kinds: tuple[str, ...] = KINDS
    languages: tuple[str, ...] = LANGUAGES
    seed: Natural = 17
    sentences: Natural = 3  # of a fact, dated ones too
    questions: Natural = 2  # of a fact
    evidence: Natural = 1  # answers with evidence, of a fact
    quote_characters: Count = 400  # of a quote at most; longer evidence is not quoted
    two_hops: Natural = 3  # that begin with one thing
    card_facts: Several = 12  # on a card, at most
    table_rows: Several = 6  # of a table, on average
    table_columns: Few = 4  # of properties, at most
    unknowns: Natural = 1  # of a thing
    unconfirmed: Natural = 1  # of a thing
    sides: Several = 5  # of a contradiction, at most; one with more is left out

    def __post_init__(self) -> None:
        for name, given, known in (("kinds", self.kinds, KINDS), ("languages", self.languages, LANGUAGES)):
            unknown = sorted(set(given) - set(known))
            if unknown:
                raise ValueError(f"{name}: {', '.join(unknown)} is unknown; known are {', '.join(known)}")
