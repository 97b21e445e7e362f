"""Reads statements from plain sentences of a few unmistakable forms; the span is the whole clause."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.knowledge.structured import Statement

# What counts things or lies in another era goes on behind its digits: `2000 schools`, `1990s`, `1200 BC`, `1914-18`.
_GOES_ON = "and as at by but for from in on or to under when where which who with after before during".replace(" ", "|")
_BEHIND = rf"(?=[.,;:!?)]*(?:\s*$|\s+[A-Z(\"“])|[,;:)]+\s|\s+(?:{_GOES_ON})\b)"
YEAR = rf"(?P<object>1\d{{3}}|20\d{{2}}){_BEHIND}(?!\s+(?:BCE?|B\.C|A\.H|AH|BP)\b)"
CAPITALIZED = r"[A-Z][\w'’-]*"
PLACE = rf"(?P<object>{CAPITALIZED}(?: (?:of|de|la|{CAPITALIZED}))*)"
PERSON = rf"(?P<object>[A-Z][\w'’-]+(?: (?:de|la|van|von|(?:[A-Z]\.)+|{CAPITALIZED}))*)"  # a point belongs to an initial alone
# A name ends where the search for it ends. It may have a capital in every word, so it is sought behind it once the verb is found, and
# not from each of its words on: that would take quadratic time.
NAME = re.compile(rf"\b(?:[Tt]he )?(?P<name>{CAPITALIZED}(?: (?:of|the|de|la|van|von|and|[A-Z0-9][\w'’-]*))*)\Z")
PLAIN_NAME = re.compile(rf"\b(?P<name>{CAPITALIZED}(?: {CAPITALIZED})*)\Z")
FORMS = (  # predicate, the name before it, verb and what is behind it; the name is the subject, or the object where that is not named
    ("founding date", NAME, re.compile(rf",? (?:was|were) (?:founded|established) in {YEAR}")),
    ("date built", NAME, re.compile(rf",? (?:was|were) (?:built|completed|opened) in {YEAR}")),
    ("birth date", NAME, re.compile(rf" was born in {YEAR}")),
    ("capital", PLAIN_NAME, re.compile(rf" is the capital of (?P<subject>{CAPITALIZED}(?: {CAPITALIZED})*)")),
    ("founder", NAME, re.compile(rf",? (?:was|were) founded by {PERSON}")),
    ("location", NAME, re.compile(rf" (?:is|are) (?:located|situated) in {PLACE}")),
)
PRONOUNS = frozenset({"It", "He", "She", "They", "This", "That", "These", "Those", "We", "There", "Which"})
LONGEST_NAME = 200  # characters; a longer run of capitalized words is a headline or a list
LOOK_BACK = LONGEST_NAME + 60  # so that a longer one is recognized as such


def text_statements(text: str) -> Iterator[Statement]:
    """English sentences of the forms above; a pronoun is not accepted as subject, since a claim must be understood by itself."""
    for predicate, before, pattern in FORMS:
        end = 0
        for match in pattern.finditer(text):
            name = before.search(text, max(end, match.start() - LOOK_BACK), match.start())
            if not name or len(name[0]) > LONGEST_NAME:
                continue
            end = match.end()
            found = match.groupdict() | {"object" if "subject" in match.groupdict() else "subject": name["name"]}
            if found["subject"] not in PRONOUNS:
                yield Statement(found["subject"], predicate, found["object"], name.start(), end, "text")
