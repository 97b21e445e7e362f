"""Reads statements from plain sentences of a few unmistakable forms; the span is the whole clause."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.knowledge.structured import Statement

NAME = r"(?:[Tt]he )?(?P<subject>[A-Z][\w'’-]*(?: (?:of|the|de|la|van|von|and|[A-Z0-9][\w'’-]*))*)"
YEAR = r"(?P<object>1\d{3}|20\d{2})"
PLACE = r"(?P<object>[A-Z][\w'’-]*(?: (?:of|de|la|[A-Z][\w'’-]*))*)"
PERSON = r"(?P<object>[A-Z][\w'’-]+(?: (?:de|la|van|von|(?:[A-Z]\.)+|[A-Z][\w'’-]*))*)"  # a point belongs to an initial alone
FORMS = (
    ("founding date", rf"\b{NAME},? (?:was|were) (?:founded|established) in {YEAR}"),
    ("date built", rf"\b{NAME},? (?:was|were) (?:built|completed|opened) in {YEAR}"),
    ("birth date", rf"\b{NAME} was born in {YEAR}"),
    ("capital", r"\b(?P<object>[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*) is the capital of (?P<subject>[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*)"),
    ("founder", rf"\b{NAME},? (?:was|were) founded by {PERSON}"),
    ("location", rf"\b{NAME} (?:is|are) (?:located|situated) in {PLACE}"),
)
PATTERNS = tuple((predicate, re.compile(form)) for predicate, form in FORMS)
PRONOUNS = frozenset({"It", "He", "She", "They", "This", "That", "These", "Those", "We", "There", "Which"})


def text_statements(text: str) -> Iterator[Statement]:
    """English sentences of the forms above; a pronoun is not accepted as subject, since a claim must be understood by itself."""
    for predicate, pattern in PATTERNS:
        for match in pattern.finditer(text):
            subject = match["subject"]
            if subject not in PRONOUNS:
                yield Statement(subject, predicate, match["object"], match.start(), match.end(), "text")
