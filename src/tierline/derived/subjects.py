"""Says who or what a sentence is about, also where "It" stands for the subject of the sentence before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tierline.derived.form import Level, Span
from tierline.derived.grammar import SUBJECT, is_subject
from tierline.derived.paper import Paper, Sentence, is_dangling

_NAMED = re.compile(rf"\A{SUBJECT} (?:is|was|has|lies|stands) ")
_NAME = re.compile(r"\A[A-Z][\w'’-]{1,30}(?: (?:(?:of|the|de|van|von|der|la) )?[A-Z][\w'’-]{1,30}){0,4}\Z")
_OTHER_NAME = re.compile(r"(?<![.!?“\"] )\b[A-Z][a-z]{2,20}\b")
_BY = re.compile(r"\bby\b")


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence with its subject in words: `text` is the sentence, but for "It" at its start, in whose place `subject` stands.

    `shift` is what an offset in `text` has to be moved by to be one of the document; `evidence` covers the sentence before as well where
    that one says what "It" is.
    """

    text: str
    shift: int
    sentence: Sentence
    evidence: Span
    level: Level = Level.RECALL

    def span(self, start: int, end: int) -> Span:
        """Characters of `text` behind its subject as those of the document."""
        return start + self.shift, end + self.shift


def clauses(paper: Paper) -> Iterator[Clause]:
    """Every sentence that says by itself what it is about, and every one that begins with "It" behind a sentence with one name alone."""
    before: Sentence | None = None
    for one in paper.plain:
        if not is_dangling(one.text, may_have_it=True):
            yield Clause(one.text, one.start, one, (one.start, one.end))
        elif one.text.startswith("It ") and before and before.line == one.line and before.number + 1 == one.number:
            name = only_name(before.text)
            rest = one.text[2:]
            if name and not is_dangling(f"X{rest}") and not is_dangling(before.text, may_have_it=True):
                shift = one.start - (len(name) - 2)
                yield Clause(name + rest, shift, one, (before.start, one.end), Level.COMPREHENSION)
        before = one


def only_name(text: str) -> str:
    """The name that a sentence is about, if it names nobody and nothing else that "It" could stand for; "" otherwise."""
    match = _NAMED.match(text)
    if match is None or not _NAME.fullmatch(match["subject"]) or not is_subject(match["subject"]):
        return ""
    rest = text[match.end() :]
    return "" if _OTHER_NAME.search(rest) or _BY.search(rest) or " the " in rest else match["subject"]
