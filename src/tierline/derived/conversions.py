"""Exercises that convert a measure of the document into a metric one, with the solution computed and computed again."""

from __future__ import annotations

from collections.abc import Iterator

from tierline.derived.form import Form, Kind, Level
from tierline.derived.paper import Paper
from tierline.operations.normal import find_normal, verify_normal
from tierline.operations.operation import Kind as OperationKind
from tierline.operations.operation import Operation

PROPOSER = "conversions-1"


def find_conversions(paper: Paper) -> Iterator[Form]:
    """How much is that in metric units? For sentences that say something by themselves."""
    whole = {one.start: one for one in paper.whole}
    for operation in find_normal(paper.document, PROPOSER):
        start, _ = paper.document.sentence_at(operation.start)
        if operation.reason != "a unit that is no metric one" or start not in whole or verify_normal(paper.document, operation):
            continue
        sentence, place = whole[start], operation.start
        measure = _measure(paper.text[start:place])
        value = operation.replacement.strip(" ()")
        unit = value.rpartition(" ")[2]
        question = f"{paper.placed(sentence.section)} says: {sentence.text} Convert {measure} to {unit}."
        text = f"{measure} is {value}."
        yield Form(
            Kind.EXERCISE,
            Level.COMPUTATION,
            question,
            text,
            ((place - len(measure), place),),
            (sentence.start, sentence.end),
            sentence.text,
            PROPOSER,
        )


def _measure(before: str) -> str:
    words = before.split(" ")
    at = max(place for place, word in enumerate(words) if word[:1].isdigit())
    return " ".join(words[at:])


def verify_conversion(paper: Paper, form: Form) -> str:
    """The verifier of the operation that writes metric values computes it again."""
    (start, place), value = form.answers[0], form.text.partition(" is ")[2].rstrip(".")
    again = Operation(OperationKind.NORMAL, place, place, f" ({value})", "", PROPOSER)
    return "exercise:value" if verify_normal(paper.document, again) or not form.text.startswith(paper.text[start:place]) else ""
