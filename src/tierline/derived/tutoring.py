"""Dialogues of a tutor and a student: accepted questions about one section, in the order of the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tierline.derived.asking import closed
from tierline.derived.form import Form, Kind, Level
from tierline.derived.paper import Paper

PROPOSER = "tutoring-1"
ASKED = frozenset({Kind.DEFINITION, Kind.PURPOSE, Kind.DATE, Kind.PERSON, Kind.PLACE, Kind.NUMBER, Kind.REASON, Kind.CONDITION, Kind.LIST})
TURNS = (2, 5)
STUDENT, TUTOR = "Student: ", "Tutor: "


def tutoring_of(paper: Paper, accepted: Sequence[Form]) -> Iterator[Form]:
    """One dialogue for each section of which several questions were accepted."""
    by_section: dict[str, list[Form]] = defaultdict(list)
    for form in sorted((one for one in accepted if one.kind in ASKED), key=lambda one: (one.evidence, one.asked)):
        own = by_section[paper.sections[paper.document.line_of(form.evidence[0])]]
        if not own or form.evidence[0] >= own[-1].evidence[1]:  # one question a sentence
            own.append(form)
    for section, forms in by_section.items():
        turns = forms[: TURNS[1]]
        if len(turns) < TURNS[0]:
            continue
        opening = f"{STUDENT}I am reading {paper.placed(section)}. {sentence_of(turns[0])}"
        said = [f"{TUTOR}{answer_of(turns[0])}"]
        for form in turns[1:]:
            said += [f"{STUDENT}{sentence_of(form)}", f"{TUTOR}{answer_of(form)}"]
        spans = tuple(span for form in turns for span in form.answers)
        evidence = (min(form.evidence[0] for form in turns), max(form.evidence[1] for form in turns))
        yield Form(Kind.TUTORING, Level.COMPREHENSION, opening, "\n".join(said), spans, evidence, "", PROPOSER, turns=len(turns))


def sentence_of(form: Form) -> str:
    """The question without the words that name the document."""
    return f"{form.asked[0].upper()}{form.asked[1:]}?"


def answer_of(form: Form) -> str:
    """The answer with a capital and a full stop; a list begins on a line of its own."""
    if form.kind == Kind.LIST:
        return f"\n{form.text}"
    return closed(f"{form.text[0].upper()}{form.text[1:]}")


def verify_tutoring(paper: Paper, form: Form) -> str:
    """Student and tutor take turns, and every answer of the tutor has the words of the document, in their order."""
    turns = form.text.count(TUTOR)
    if turns != form.turns or form.text.count(STUDENT) != turns - 1 or not form.question.startswith(STUDENT):
        return "tutoring:turns"
    at = 0
    for start, end in form.answers:
        words = paper.text[start:end]
        place = max(form.text.find(words[1:], at), -1)
        if place < 0:
            return "tutoring:words"
        at = place + len(words) - 1
    return ""
