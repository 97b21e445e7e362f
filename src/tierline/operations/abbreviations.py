"""Writes an abbreviation in full where it stands before the document defines it, or far behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from tierline.editing.abbreviations import definitions_of
from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

DEFINED_MAX = 40  # abbreviations of a document, each of which is sought in all of it
FAR = 6_000  # characters without the words that it stands for, after which an abbreviation is written in full again
_RULES = FaithfulnessRules(similarity_min=-1.0, length_ratio_max=3.0, probability_min=1.0)
_VOWEL = re.compile(r"[aeiou]", re.I)


def defined_in(document: Document) -> dict[str, tuple[str, int, int]]:
    """Abbreviation -> (what it stands for, start and end of its definition), of those that the document defines in one way alone."""
    found: dict[str, tuple[str, int, int]] = {}
    several: set[str] = set()
    for one in definitions_of(document.text):
        long = " ".join(document.text[one.start : one.end].split())
        if one.short in found and _plain(found[one.short][0]) != _plain(long):
            several.add(one.short)
        found.setdefault(one.short, (long, one.start, one.short_start + len(one.short) + 1))
    return {short: meaning for short, meaning in found.items() if short not in several}


def find_expansions(document: Document, proposer: str) -> Iterator[Operation]:
    """The first use of each abbreviation, if it stands before its definition, and the first one after a long stretch without its words."""
    if "(" not in document.text:
        return
    for short, (long, start, end) in islice(defined_in(document).items(), DEFINED_MAX):
        said = end
        for number, match in enumerate(re.finditer(rf"(?<![\w('’&./-]){re.escape(short)}(?![\w)&/-]|['’]?s\b|\.\w)", document.text)):
            early = number == 0 and match.end() <= start
            if early or match.start() - said > FAR:
                reason = "an abbreviation before its definition" if early else "an abbreviation far from its definition"
                yield Operation(Kind.EXPAND, *match.span(), f"{long} ({short})", reason, proposer)
                said = match.end()
            if match.start() > end:
                said = max(said, document.text.rfind(long, end, match.start()))


def verify_expansion(document: Document, operation: Operation) -> str:
    """It stands for what the document itself defines, once, and the sentence still says the same, with the right article."""
    text, start, end = document.text, operation.start, operation.end
    short = text[start:end]
    meaning = defined_in(document).get(short)
    if meaning is None or operation.replacement != f"{meaning[0]} ({short})":
        return "expand:other_words"
    if document.is_verbatim(start, end) or document.line_of(start) in document.headings:
        return "expand:verbatim"
    long = meaning[0]
    first, last = document.sentence_at(start)
    if start == first and long[0].islower():
        return "expand:opens"
    article = re.search(r"\b(an?) \Z", text[max(0, start - 4) : start], re.I)
    if article and (article[1].lower() == "an") != bool(_VOWEL.match(long)):
        return "expand:article"
    if text[max(0, start - 12) : start].lower().endswith(long.split()[-1].lower() + " ") or not _in_prose(text[first:last]):
        return "expand:list"
    edit = text[first:start] + operation.replacement + text[end:last]
    judged = judge_faithfulness(text[first:last], edit, 1.0, _RULES, document=text)
    return "" if judged.accepted else f"expand:{judged.rule}"


def _in_prose(sentence: str) -> bool:
    return len(sentence.split()) >= 6 and sentence.rstrip("\"'”)")[-1:] in (".", "!", "?")


def _plain(long: str) -> str:
    return re.sub(r"[^\w]", "", long).lower()


EXPANSIONS = Rule("expansions-1", find_expansions, ("en",))
