"""What came first, and how many years lay between: two or more dated events of one document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind, Level, Span
from tierline.derived.grammar import PARTICIPLE, SUBJECT, in_sentence, infinitive, is_subject
from tierline.derived.paper import Paper, is_dangling

ORDER, YEARS = "orders-1", "years-between-1"
_YEAR = re.compile(r"\b(1[0-9]\d\d|20\d\d)\b")
_EVENT = re.compile(
    rf"\A{SUBJECT} (?P<be>was|were) (?P<verb>{PARTICIPLE})(?P<rest>(?: [^\s,;:()]{{1,30}}){{0,8}}?) in "
    rf"(?P<year>1[0-9]\d\d|20\d\d)(?P<tail>[,.]| (?:and|by|with|after|when|as|for|to|but)\b)|"
    rf"\A(?P<subject_did>[A-Z][^,.;:!?\n]{{0,60}}?) (?P<did>[a-z]{{3,14}})(?P<rest_did>(?: [^\s,;:()]{{1,30}})"
    rf"{{0,6}}?) in (?P<year_did>1[0-9]\d\d|20\d\d)(?P<tail_did>[,.]| (?:and|with|after|when|as|for|to|but)\b)"
)
APART_MAX = 1500  # characters from the first event to the last


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, as a clause without its year, and the span of its sentence."""

    clause: str
    year: int
    span: Span
    year_span: Span


def events(paper: Paper) -> list[Event]:
    """Every event of one year that a sentence states by itself, in order."""
    found: list[Event] = []
    for one in paper.whole:
        match = _EVENT.match(one.text)
        if match is None or len(_YEAR.findall(one.text)) != 1:
            continue
        kind = "" if match["subject"] else "_did"
        subject, rest = match[f"subject{kind}"], match[f"rest{kind}"]
        verb = f"{match['be']} {match['verb']}" if match["be"] else match["did"]
        if not is_subject(subject) or is_dangling(f"X{rest}") or (not match["be"] and not infinitive(match["did"], "past")):
            continue
        clause = f"{in_sentence(subject)} {verb}{rest}"
        start, end = match.span(f"year{kind}")
        found.append(Event(clause, int(match[f"year{kind}"]), (one.start, one.end), (one.start + start, one.start + end)))
    return found


def find_orders(paper: Paper) -> Iterator[Form]:
    """Of two neighbors: which was first, and how many years later was the other? Each event is asked about once."""
    known = events(paper)
    for one, other in zip(known[::2], known[1::2], strict=False):
        evidence = (one.span[0], other.span[1])
        if one.year == other.year or one.clause == other.clause or evidence[1] - evidence[0] > APART_MAX:
            continue
        first, last = sorted((one, other), key=lambda event: event.year)
        asked = f"{one.clause} {other.clause}"
        core = f"which came first: {one.clause}, or {other.clause}"
        text = f"{first.clause[0].upper()}{first.clause[1:]} in {first.year}; {last.clause} in {last.year}."
        answers = (first.year_span, last.year_span)
        yield Form(Kind.ORDER, Level.COMPARISON, ask(paper, "", core), text, answers, evidence, core, ORDER, sought=asked)
        years = last.year - first.year
        core = f"how many years passed from the year in which {first.clause} to the year in which {last.clause}"
        text = (
            f"{first.year} is the year in which {first.clause}, and {last.year} that in which {last.clause}: "
            f"{last.year} - {first.year} = {years}. So {years} year{'s' * (years != 1)} passed."
        )
        yield Form(Kind.EXERCISE, Level.COMPUTATION, ask(paper, "", core), text, answers, evidence, core, YEARS, sought=asked)


def verify_order(paper: Paper, form: Form) -> str:
    """Both years are read again, the earlier one stands first in the answer, and a difference is computed again."""
    first, last = (int(paper.text[start:end]) if paper.text[start:end].isdigit() else 0 for start, end in form.answers)
    if not 0 < first < last or form.text.find(str(first)) >= form.text.find(str(last)):
        return "order:years"
    if form.kind == Kind.EXERCISE:
        return "" if f"{last} - {first} = {last - first}." in form.text else "exercise:value"
    return ""
