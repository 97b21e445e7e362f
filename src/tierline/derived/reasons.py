"""Questions for reasons and conditions: sentences with "because", and with "if" or "when" in front."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind, Level
from tierline.derived.grammar import SUBJECT, VERBS, in_sentence, infinitive, is_subject
from tierline.derived.paper import Paper, is_dangling

PROPOSER = "reasons-1"
_IS_BECAUSE = re.compile(
    rf"\A{SUBJECT} (?P<aux>is|are|was|were|can|could|must|should|will) (?P<what>[^\n,;:]{{3,120}}?),? because "
    rf"(?P<reason>(?!of )[^\n]{{10,200}})\.\Z"
)
_DOES_BECAUSE = re.compile(
    rf"\A{SUBJECT} (?P<verb>[a-z]{{3,14}}) (?P<what>[^\n,;:]{{3,120}}?),? because (?P<reason>(?!of )[^\n]{{10,200}})\.\Z"
)
_IF = re.compile(r"\A(?P<word>If|When) (?P<cause>[^\n,;:()]{10,140}), (?P<effect>(?!then)[^\n]{12,220})\.\Z")
_THEN = re.compile(r"\Athen ")
_YOU = re.compile(r"you (?P<modal>can|may|must|should|need to|have to|will|could) ")
_WISH = re.compile(r"\b(?:want|wish|need|prefer|would like|like to|looking for|searching|plan|wondering|interested)\b")
_UNSURE = re.compile(r"\b(?:perhaps|maybe|probably|I|we|let's|please|click here|why not|don't worry|then again)\b", re.I)
_PAST = re.compile(r"\b(?:was|were|had|did)\b")
_MUST = re.compile(
    r"\A(?!you )[^,;]{2,90}? (?:should|must|needs? to|ought)\b"
    r"|\A(?:an?|the|one) (?:[a-z]{3,12} )?(?:explanation|reason|cause|solution|answer|chances)\b"
    r"|\Ayou (?:can|may|will|could) (?:be|have been|see|find|think|wonder|notice)\b|\b(?:that|it|one|so|them)\Z"
)
_VERB = re.compile(r"[a-z]{2,20}(?=\b)")


def find_reasons(paper: Paper) -> Iterator[Form]:
    """Why is X so?"""
    for one in paper.plain:
        is_so, does = _IS_BECAUSE.match(one.text), _DOES_BECAUSE.match(one.text)
        if is_so:
            match, core = is_so, f"why {is_so['aux']} {in_sentence(is_so['subject'])} {is_so['what']}"
        elif does and (verb := infinitive(does["verb"], "third") or infinitive(does["verb"], "past")):
            do = "does" if infinitive(does["verb"], "third") else "did"
            match, core = does, f"why {do} {in_sentence(does['subject'])} {verb} {does['what']}"
        else:
            continue
        if (
            not is_subject(match["subject"])
            or is_dangling(match["what"], may_have_it=True)
            or is_dangling(f"X {match['reason']}", may_have_it=True)
        ):
            continue
        answer = ((one.start + match.start("reason"), one.start + match.end("reason")),)
        yield Form(
            Kind.REASON,
            Level.COMPREHENSION,
            ask(paper, one.section, core),
            f"Because {match['reason']}.",
            answer,
            (one.start, one.end),
            core,
            PROPOSER,
        )


def find_conditions(paper: Paper) -> Iterator[Form]:
    """What happens if X? What should you do if X? What can you do if X?"""
    for one in paper.plain:
        match = _IF.match(one.text)
        if match is None or " if " in match["cause"] or " if " in match["effect"][:60] or _UNSURE.search(one.text):
            continue
        cause, effect = match["cause"], match["effect"]
        if is_dangling(f"X {cause}") or is_dangling(f"X {effect}", may_have_it=True) or len(cause.split()) < 4:
            continue
        word = match["word"].lower()
        if _PAST.search(cause) or _MUST.search(effect):
            continue
        you, first = _YOU.match(effect), effect.split()[0].lower()
        if you:
            asks = f"do you {you['modal']} do" if you["modal"].endswith(" to") else f"{you['modal']} you do"
            core = f"what {asks} {word} {cause}"
        elif (
            effect[1:2].islower()
            and first in VERBS
            and first not in ("have", "note", "change", "access", "type", "number", "control", "process")
        ):
            core = f"what should you do {word} {cause}"
        elif _WISH.search(cause) or not is_subject(_subject_of(effect)):
            continue
        else:
            core = f"what happens {word} {cause}"
        if "you are" in effect[:12] or not _says_verb(cause):
            continue
        answer = ((one.start + match.start("effect"), one.start + match.end("effect")),)
        text = f"{effect[0].upper()}{effect[1:]}."
        yield Form(Kind.CONDITION, Level.COMPREHENSION, ask(paper, one.section, core), text, answer, (one.start, one.end), core, PROPOSER)


def _subject_of(effect: str) -> str:
    """The words before the verb of a main clause; "" where none is found."""
    found = re.match(
        r"(?P<subject>[^,;:()]{2,70}?) (?:is|are|was|were|will|can|must|may|has|have|does|do|should|returns|cannot|becomes|[a-z]{3,14}s) ",
        f"{effect} ",
    )
    return found["subject"] if found else ""


def _says_verb(cause: str) -> bool:
    """Whether the clause has a verb that we know."""
    aux = {"is", "are", "was", "were", "has", "have", "do", "does", "can", "cannot", "must", "will", "should", "be", "doesn't", "don't"}
    return any(
        word in aux or word in VERBS or infinitive(word, "third") or infinitive(word, "past") for word in _VERB.findall(cause.lower())
    )


def verify_reason(paper: Paper, form: Form) -> str:
    """The answer stands behind what is asked, in one sentence."""
    start, end = form.answers[0]
    own = paper.document.sentence_at(start)
    return "" if own[0] == form.evidence[0] and end <= own[1] else "reason:sentence"
