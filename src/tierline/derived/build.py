"""Builds the forms of one document by rules, and says what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

from tierline.derived.form import Form, Kind, Verdict
from tierline.derived.glossary import glossary_of
from tierline.derived.paper import Paper, normal
from tierline.derived.registry import FINDERS
from tierline.derived.rules import DerivedRules
from tierline.derived.tutoring import tutoring_of
from tierline.derived.verify import verify
from tierline.operations.document import Document

REPEATED, TOO_MANY, SAME_WORDS = "question:repeated", "question:too_many", "question:same_sentence"
# Sentences with a gap and statements to judge are made of what no question asks for.
LAST = frozenset({Kind.TRUE_FALSE, Kind.CLOZE})


def build(document: Document, rules: DerivedRules) -> list[Verdict]:
    """A verdict on every form that rules find in a document, glossaries and dialogues of accepted ones last."""
    paper = Paper(document)
    if not paper.name:
        return []
    wanted = set(rules.kinds)
    found = [form for find in FINDERS for form in find(paper) if form.kind in wanted]
    judged = [Verdict(form, verify(paper, form)) for form in found]
    judged = _chosen(judged, rules)
    accepted = [one.form for one in judged if one.accepted]
    for compose in (glossary_of, tutoring_of):
        composed = [form for form in compose(paper, accepted) if form.kind in wanted]
        judged += [Verdict(form, verify(paper, form)) for form in composed[: rules.kind_max]]
    return judged


def _chosen(judged: Sequence[Verdict], rules: DerivedRules) -> list[Verdict]:
    """Of accepted forms one a question, one for what one sentence answers, and so many of a kind, in an order that the seed decides."""
    order = sorted(range(len(judged)), key=lambda place: (judged[place].form.kind in LAST, _rank(judged[place].form, rules.seed), place))
    asked, used, counts = set[str](), set[tuple[int, int]](), Counter[Kind]()
    reasons = {place: one.reason for place, one in enumerate(judged)}
    for place in order:
        form = judged[place].form
        if reasons[place]:
            continue
        question, alone = normal(form.question), form.kind in LAST
        if question in asked:
            reasons[place] = REPEATED
        elif alone and form.evidence in used:
            reasons[place] = SAME_WORDS
        elif counts[form.kind] >= rules.kind_max:
            reasons[place] = TOO_MANY
        else:
            asked.add(question)
            used.add(form.evidence)
            counts[form.kind] += 1
    return [Verdict(one.form, reasons[place]) for place, one in enumerate(judged)]


def _rank(form: Form, seed: int) -> int:
    return crc32(f"{seed}/{form.question}".encode())
