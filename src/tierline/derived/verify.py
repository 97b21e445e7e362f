"""Decides about a form, whoever made it: its words are the document's, nothing else answers it, and its kind's own rule holds."""

from __future__ import annotations

import re

from tierline.derived.cells import verify_cell
from tierline.derived.cloze import verify_cloze
from tierline.derived.conversions import PROPOSER as CONVERSIONS
from tierline.derived.conversions import verify_conversion
from tierline.derived.definitions import verify_definition
from tierline.derived.form import Form, Kind, Verifier
from tierline.derived.glossary import verify_glossary
from tierline.derived.lists import verify_block
from tierline.derived.numbers import verify_number
from tierline.derived.orders import verify_order
from tierline.derived.paper import Paper, is_dangling, keys_of, normal
from tierline.derived.purposes import verify_purpose
from tierline.derived.reasons import verify_reason
from tierline.derived.true_false import verify_statement
from tierline.derived.tutoring import verify_tutoring
from tierline.derived.whens import verify_date, verify_person, verify_place
from tierline.text.redacted import TAG

VERIFIERS: dict[Kind, Verifier] = {
    Kind.DEFINITION: verify_definition, Kind.PURPOSE: verify_purpose, Kind.DATE: verify_date, Kind.PERSON: verify_person,
    Kind.PLACE: verify_place, Kind.NUMBER: verify_number, Kind.REASON: verify_reason, Kind.CONDITION: verify_reason,
    Kind.LIST: verify_block, Kind.PROCEDURE: verify_block, Kind.CELL: verify_cell, Kind.COMPARISON: verify_cell,
    Kind.CLOZE: verify_cloze, Kind.TRUE_FALSE: verify_statement, Kind.ORDER: verify_order, Kind.EXERCISE: verify_order,
    Kind.GLOSSARY: verify_glossary, Kind.TUTORING: verify_tutoring,
}  # fmt: skip
COMPOSED = frozenset({Kind.GLOSSARY, Kind.TUTORING})  # of forms or lines that were verified one by one, or tell several things
VERBATIM = frozenset({Kind.LIST, Kind.PROCEDURE, Kind.CELL})  # whose answers may be of any signs
FRAMED = frozenset({Kind.CELL, Kind.COMPARISON, Kind.ORDER})  # whose questions have words of their own around those of the document
QUESTION_CHARACTERS = 600
ANSWER_CHARACTERS = 2400
_QUOTED = re.compile(r"“[^”]{0,200}”")


def verify(paper: Paper, form: Form) -> str:
    """The first rule that refuses a form, "" if none does."""
    return _words(paper, form) or (_alone(paper, form) if form.kind not in COMPOSED else "") or _kind(paper, form)


def _kind(paper: Paper, form: Form) -> str:
    return (verify_conversion if form.proposer == CONVERSIONS else VERIFIERS[form.kind])(paper, form)


def _words(paper: Paper, form: Form) -> str:
    """The answer stands within the evidence word for word, and the question names the document and does not give the answer away."""
    start, end = form.evidence
    if not form.answers or any(not start <= first < last <= end for first, last in form.answers):
        return "answer:outside"
    answers = [paper.text[first:last] for first, last in form.answers]
    if any(normal(answer) not in normal(form.text) for answer in answers if form.kind != Kind.TRUE_FALSE):
        return "answer:not_in_parent"
    if not paper.name or paper.name not in form.question:
        return "question:no_name"
    if TAG.search(form.question + form.text):
        return "question:redacted"
    if len(form.question) > QUESTION_CHARACTERS or not 0 < len(form.text) <= ANSWER_CHARACTERS:
        return "question:length"
    if any(paper.document.is_verbatim(first, last) for first, last in form.answers) and form.kind not in (*VERBATIM, Kind.COMPARISON):
        return "answer:verbatim"
    asked = _QUOTED.sub(" ", form.asked)
    if form.kind not in (*COMPOSED, *FRAMED) and is_dangling(f"X {asked}"):
        return "question:dangling"
    if form.kind in (Kind.TRUE_FALSE, Kind.ORDER, Kind.COMPARISON, Kind.EXERCISE) or form.kind in COMPOSED:
        return ""
    given = normal(form.question)
    if normal(answers[0]) in given or (len(keys_of(answers[0])) > 1 and keys_of(answers[0]) <= keys_of(form.asked)):
        return "question:gives_away"
    return ""


def _alone(paper: Paper, form: Form) -> str:
    """No other sentence of the document has the words that are asked with."""
    if form.kind in (Kind.CELL, Kind.COMPARISON, Kind.DEFINITION):
        return ""  # their own verifiers look for the label and name in all tables, for the term in all sentences
    sought = form.sought or form.asked
    return "question:other_evidence" if next(paper.rivals(sought, form.evidence), None) else ""
