"""Questions for how many: sentences that say how many things somebody or something has, needs or takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind, Level
from tierline.derived.grammar import HEDGE, NUMBER, SUBJECT, in_sentence, infinitive, is_subject
from tierline.derived.paper import Paper, is_dangling
from tierline.derived.subjects import clauses

PROPOSER = "numbers-2"
_NOUNS = (
    r"(?P<nouns>(?:[a-z][a-z-]{2,18} ){0,2}[a-z][a-z-]{2,18}s|"
    r"(?:[a-z][a-z-]{2,18} ){0,2}(?:people|children|men|women|teeth|feet|mice|sheep))"
)
_AFTER = (
    r"(?P<after>[,.;]| (?:and|or|of|in|on|at|for|with|to|from|that|which|who|per|an?|each|every|by|along|but|when|as|"
    r"between|under|during|until|after|before)\b)"
)
_HAS = re.compile(
    rf"\A{SUBJECT} (?:(?P<other>[a-z]{{3,12}}) [^\n,;:]{{2,60}}? and )?(?P<verb>[a-z]{{2,14}}) (?P<number>{HEDGE}{NUMBER})"
    rf" {_NOUNS}{_AFTER}(?P<rest>[^\n]{{0,250}})\Z"
)
_ARE = re.compile(rf"\AThere (?P<be>are|were) (?P<number>{HEDGE}{NUMBER}) {_NOUNS} (?P<where>(?:in|on|at|of) [^\n,;:.()]{{3,60}})\.\Z")
_RATE = re.compile(r" (?:an?|per|each|every) [a-z]{2,12}(?= |[.,;]|\Z)")  # without it the number says something else
_VERBS = frozenset(
    """have contain include hold cover take employ lend need require support provide offer use last serve own keep run count grow sell
    produce receive earn reach pay make lose catch measure weigh stand sleep seat comprise know teach accept allow consume""".split()
)
_NO_COUNT = frozenset(
    "times others ones ways things lots kinds sorts thanks news series means always perhaps sometimes besides less".split()
)


def find_numbers(paper: Paper) -> Iterator[Form]:
    """How many Y does X have?"""
    for clause in clauses(paper):
        match = _HAS.match(clause.text)
        if match is None or not is_subject(match["subject"]) or match["nouns"].split()[-1] in _NO_COUNT or is_dangling(match["nouns"]):
            continue
        if match["other"] and not infinitive(match["other"], "third"):
            continue
        third, past = infinitive(match["verb"], "third"), infinitive(match["verb"], "past")
        plural = match["verb"] in _VERBS
        verb, do = (third, "does") if third else (match["verb"], "do") if plural else (past, "did")
        if verb not in _VERBS or match["after"].strip() in ("or", "of"):
            continue
        rate = _RATE.match(clause.text, match.end("nouns"))
        core = f"how many {match['nouns']} {do} {in_sentence(match['subject'])} {verb}{rate[0] if rate else ''}"
        start = match.start("number")
        answer = (clause.span(start, match.end("number")),)
        yield Form(Kind.NUMBER, clause.level, ask(paper, "", core), match["number"], answer, clause.evidence, core, PROPOSER)
    for one in paper.plain:
        match = _ARE.match(one.text)
        if match and not is_dangling(match["nouns"] + match["where"]) and match["nouns"].split()[-1] not in _NO_COUNT:
            core = f"how many {match['nouns']} {match['be']} there {match['where']}"
            answer = ((one.start + match.start("number"), one.start + match.end("number")),)
            yield Form(
                Kind.NUMBER, Level.RECALL, ask(paper, one.section, core), match["number"], answer, (one.start, one.end), core, PROPOSER
            )


def verify_number(paper: Paper, form: Form) -> str:
    """The number is said of these things once in its sentence."""
    start, end = paper.document.sentence_at(form.answers[0][0])
    nouns = form.asked.removeprefix("how many ").partition(" ")[0]
    return "number:several" if len(re.findall(rf"\b{re.escape(nouns)}\b", paper.text[start:end])) > 1 else ""
