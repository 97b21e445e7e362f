"""Builds the forms of one document by rules, and says what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from zlib import crc32

from tierline.derived.form import Form, Kind, Verdict
from tierline.derived.glossary import glossary_of
from tierline.derived.paper import Paper, normal
from tierline.derived.registry import FINDERS
from tierline.derived.reviewed import FormReviews
from tierline.derived.rules import DerivedRules
from tierline.derived.tutoring import tutoring_of
from tierline.derived.verify import verify
from tierline.operations.document import Document

REPEATED, TOO_MANY, SAME_WORDS = "question:repeated", "question:too_many", "question:same_sentence"
# Sentences with a gap and statements to judge are made of what no question asks for.
LAST = frozenset({Kind.TRUE_FALSE, Kind.CLOZE})


def build(document: Document, rules: DerivedRules, reviews: FormReviews | None = None) -> list[Verdict]:
    """A verdict on every form that rules find in a document, glossaries and dialogues of accepted ones last. What reviewers decided about
    a form outranks its verifier, and a form that they dropped or reworded is part of no dialogue."""
    settled = reviews or FormReviews()
    paper = Paper(document)
    if not paper.name:
        return []
    wanted = set(rules.kinds)
    found = [form for find in FINDERS for form in find(paper) if form.kind in wanted]
    judged = _chosen([settled.overruled(Verdict(form, verify(paper, form)), document.doc_id) for form in found], rules)
    accepted = [one.form for one in judged if one.accepted and one.proposed is None]
    for compose in (glossary_of, tutoring_of):
        composed = [form for form in compose(paper, accepted) if form.kind in wanted]
        judged += [settled.overruled(Verdict(form, verify(paper, form)), document.doc_id) for form in composed[: rules.kind_max]]
    return judged


def _chosen(judged: Sequence[Verdict], rules: DerivedRules) -> list[Verdict]:
    """Of accepted forms one a question, one for what one sentence answers, and so many of a kind, in an order that the seed decides; those
    that reviewers accepted come first, and all of them stay."""
    order = sorted(range(len(judged)), key=lambda place: _order(judged[place], rules.seed, place))
    asked, used, counts = set[str](), set[tuple[int, int]](), Counter[Kind]()
    reasons = {place: one.reason for place, one in enumerate(judged)}
    for place in order:
        form = judged[place].form
        if reasons[place]:
            continue
        question, alone = normal(form.question), form.kind in LAST
        if question in asked:
            reasons[place] = REPEATED
        elif judged[place].settled is None and alone and form.evidence in used:
            reasons[place] = SAME_WORDS
        elif judged[place].settled is None and counts[form.kind] >= rules.kind_max:
            reasons[place] = TOO_MANY
        else:
            asked.add(question)
            used.add(form.evidence)
            counts[form.kind] += 1
    return [replace(one, reason=reasons[place]) for place, one in enumerate(judged)]


def _order(judged: Verdict, seed: int, place: int) -> tuple[bool, bool, int, int]:
    return judged.settled is None, judged.form.kind in LAST, _rank(judged.form, seed), place


def _rank(form: Form, seed: int) -> int:
    return crc32(f"{seed}/{form.question}".encode())
