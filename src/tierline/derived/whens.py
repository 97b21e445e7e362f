"""Questions for when, where and by whom something was done: sentences in the passive or in the past, with a date, place or name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind
from tierline.derived.grammar import DATE, PARTICIPLE, SUBJECT, in_sentence, infinitive, is_subject
from tierline.derived.paper import Paper, is_dangling, key
from tierline.derived.subjects import clauses

PROPOSER = "whens-1"
_NAME = r"[A-Z][\w.'’-]{1,25}(?: (?:(?:of|the|de|van|von|der|la|and|&) )?[A-Z][\w.'’-]{1,25}){0,5}"
_DONE = re.compile(
    rf"\A{SUBJECT} (?P<be>was|were) (?P<how>(?:first|later|[a-z]{{2,12}}ly) )?(?P<verb>{PARTICIPLE})"
    rf"(?P<rest>(?: [^\s,;:()]{{1,30}}){{0,8}}?) (?:in|on) (?P<date>{DATE})(?P<tail>[,;.]| (?:by|and|but|"
    rf"with|after|when|as|because|for|to)\b)"
)
_DID = re.compile(
    rf"\A{SUBJECT} (?P<verb>[a-z]{{3,14}})(?P<rest>(?: [^\s,;:()]{{1,30}}){{0,6}}?) (?:in|on) (?P<date>{DATE})"
    rf"(?P<tail>[,;.]| (?:and|but|with|after|when|as)\b)"
)
_BY = re.compile(
    rf"\A{SUBJECT} (?P<be>was|were|is) (?P<verb>{PARTICIPLE})(?P<rest>(?: (?:in|on) {DATE})?) by (?P<name>{_NAME})"
    rf"(?P<tail>[,;.]| (?:in|on|and|who|for|to|as)\b)"
)
_WHERE = re.compile(
    rf"\A{SUBJECT} (?P<be>is|are|was|were) (?P<verb>located|situated|headquartered|found|installed|stored|born|held|buried|based(?= in)) "
    r"(?P<place>(?:in|on|at|near|between|along|outside|within) [^\n,;:]{3,90}?)(?P<tail>\.\Z|, (?:which|where|who)\b)"
)
_DATE = re.compile(DATE)


def find_dates(paper: Paper) -> Iterator[Form]:
    """When was X done? When did X do it?"""
    for clause in clauses(paper):
        match = _DONE.match(clause.text) or _DID.match(clause.text)
        if (
            match is None
            or not is_subject(match["subject"])
            or is_dangling(match["rest"])
            or _DATE.search(match["subject"] + match["rest"])
        ):
            continue
        subject = in_sentence(match["subject"])
        if "be" in match.groupdict():
            core = f"when {match['be']} {subject} {match['how'] or ''}{match['verb']}{match['rest']}"
        elif (verb := infinitive(match["verb"], "past")) not in ("", "be", "have", "do"):
            core = f"when did {subject} {verb}{match['rest']}"
        else:
            continue
        answer = (clause.span(*match.span("date")),)
        yield Form(Kind.DATE, clause.level, ask(paper, "", core), match["date"], answer, clause.evidence, core, PROPOSER)


def verify_date(paper: Paper, form: Form) -> str:
    """The sentence gives one date alone."""
    start, end = form.answers[0]
    sentence = paper.text[form.evidence[0] : form.evidence[1]]
    if form.evidence[0] == start or not _DATE.fullmatch(paper.text[start:end]):
        return "date:form"
    own = paper.document.sentence_at(start)
    return "" if len(_DATE.findall(paper.text[own[0] : own[1]])) == 1 and sentence else "date:several"


def find_persons(paper: Paper) -> Iterator[Form]:
    """By whom was X done?"""
    for clause in clauses(paper):
        match = _BY.match(clause.text)
        if match is None or not is_subject(match["subject"]) or match["tail"].strip() == "and":
            continue
        core = f"by whom {match['be']} {in_sentence(match['subject'])} {match['verb']}{match['rest']}"
        answer = (clause.span(*match.span("name")),)
        yield Form(
            Kind.PERSON,
            clause.level,
            ask(paper, "", core),
            match["name"].rstrip("."),
            (_less_stop(answer[0], match["name"]),),
            clause.evidence,
            core,
            PROPOSER,
        )


def _less_stop(span: tuple[int, int], words: str) -> tuple[int, int]:
    return span[0], span[1] - (len(words) - len(words.rstrip(".")))


def verify_person(paper: Paper, form: Form) -> str:
    """A name of two words or more, or one that stands elsewhere in the document as well."""
    words = form.text.split()
    return "" if len(words) > 1 or paper.mentions[key(words[0])] > 1 else "person:name"


def find_places(paper: Paper) -> Iterator[Form]:
    """Where is X located?"""
    for clause in clauses(paper):
        match = _WHERE.match(clause.text)
        if match is None or not is_subject(match["subject"]) or is_dangling(match["place"]) or _DATE.search(match["place"]):
            continue
        core = f"where {match['be']} {in_sentence(match['subject'])} {match['verb']}"
        answer = (clause.span(*match.span("place")),)
        yield Form(
            Kind.PLACE, clause.level, ask(paper, clause.sentence.section, core), match["place"], answer, clause.evidence, core, PROPOSER
        )


def verify_place(paper: Paper, form: Form) -> str:
    """A place that is named or a thing that the document speaks of, and no time."""
    return (
        "place:time"
        if re.match(
            r"(?:in|on|at) (?:\d|the (?:end|beginning|morning|evening|past|future)|order|time|addition|which|case)"
            r"|[^\n]{0,60}\b(?:fashion|way|manner|case|detail|particular)\b",
            form.text,
        )
        else ""
    )
