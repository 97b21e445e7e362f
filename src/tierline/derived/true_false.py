"""Statements to be judged: a sentence of the document as it stands, or with another number planted that the judge of edits refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

from tierline.derived.form import Form, Kind, Level
from tierline.derived.paper import Paper, Sentence
from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness

PROPOSER = "statements-1"
_YEAR = re.compile(r"(?<![\w.,/$€£#:-])(?P<year>1[4-9]\d\d|20[0-2]\d)(?![\w/:-]|[.,]\d)")
_COUNT = re.compile(r"(?<![\w.,/$€£#:-])(?P<count>[1-9]\d{1,3})(?= [a-z]{3})(?![\w/:-]|[.,]\d)")
_WORDS: tuple[str, ...] = tuple("two three four five six seven eight nine ten eleven twelve".split())
_WORD = re.compile(rf"\b(?P<word>{'|'.join(_WORDS)}) (?=[a-z]{{3,15}}s\b)")
_RULES = FaithfulnessRules(similarity_min=-1.0)


def find_statements(paper: Paper) -> Iterator[Form]:
    """A statement for each sentence in which one number alone decides whether it is true; of half of them another number is planted."""
    for one in paper.statements:
        place = number_of(one)
        if place is None:
            continue
        start, end, other = place
        false = crc32(one.text.encode()) % 2 == 0
        claim = one.text[:start] + other + one.text[end:] if false else one.text
        question = f"True or false, according to {paper.placed(one.section)}? {claim}"
        text = f"False. The document says: {one.text}" if false else f"True. The document says so: {one.text}"
        answer = ((one.start, one.end),)
        yield Form(Kind.TRUE_FALSE, Level.RECALL, question, text, answer, (one.start, one.end), one.text, PROPOSER, claim=claim)


def number_of(one: Sentence) -> tuple[int, int, str] | None:
    """(start, end, another number of its kind) of the only number of a sentence; None where there are several."""
    years, counts, words = (list(pattern.finditer(one.text)) for pattern in (_YEAR, _COUNT, _WORD))
    if sum(character.isdigit() for character in one.text) > 4 or len(words) + bool(years or counts) != 1:
        return None
    seed = crc32(one.text.encode())
    if years and len(years) == 1:
        return *years[0].span("year"), str(int(years[0]["year"]) - (seed % 40 + 3))
    if counts and len(counts) == 1:
        value = int(counts[0]["count"])
        return *counts[0].span("count"), str(value + max(2, round(value * (0.2 + seed % 5 / 10))))
    if words:
        place = _WORDS.index(words[0]["word"])
        return *words[0].span("word"), _WORDS[(place + 2 + seed % 4) % len(_WORDS)]
    return None


def verify_statement(paper: Paper, form: Form) -> str:
    """What is called false is refused by the judge of edits as another number than the document's, and nothing else differs."""
    sentence = paper.text[slice(*form.evidence)]
    if sentence not in form.text or form.claim not in form.question:
        return "statement:words"
    if form.text.startswith("True."):
        return "" if form.claim == sentence else "statement:changed"
    judged = judge_faithfulness(sentence, form.claim, 1.0, _RULES)
    if judged.accepted or judged.rule is None:
        return "statement:not_refuted"
    return (
        ""
        if judged.rule in ("faithfulness:numbers", "faithfulness:dates", "faithfulness:quantities", "faithfulness:number")
        else f"statement:{judged.rule}"
    )
