"""Questions for what something is: a sentence that says so of a term."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind
from tierline.derived.grammar import SUBJECT, in_sentence, is_subject
from tierline.derived.paper import Paper, is_dangling, keys_of, normal
from tierline.derived.subjects import clauses
from tierline.editing.given_names import genders_of_names

PROPOSER = "definitions-1"
_IS = re.compile(
    rf"\A{SUBJECT} (?P<verb>is|are|was) (?P<what>(?:an?|the (?:name|process|practice|act|study|[a-z]{{3,12}}est|number|amount|set|part|"
    r"smallest|largest|primary|main|standard|default)|one of the) [^\n]{12,280})\Z"
)
_MEANS = re.compile(rf"\A{SUBJECT} (?P<verb>stands for|refers to|is short for|is defined as) (?P<what>[^\n]{{6,250}})\Z")
_TERM = re.compile(
    r"\A(?:wh(?:at|o) (?:is|are|was|does)|how is) (?:the |an? )?(?P<term>.{1,90}?)(?: stand for| refer to| short for| defined)?\Z"
)
_OTHERWISE = r"(?:stands for|refers to|means|is short for|is defined as) "
_ASKED = {"stands for": "what does {} stand for", "refers to": "what does {} refer to", "is short for": "what is {} short for",
          "is defined as": "how is {} defined"}  # fmt: skip
# Nouns of which "a X" says little without what stands before it, and openings that judge rather than define.
_EMPTY = re.compile(
    r"\A(?:an?|one of the) (?:(?:very|really|quite|few|lot|bit|good|great|bad|nice|common|big|huge|better|"
    r"best|little|pretty|must|must-\w+|fact|critical|key|"
    r"result|reason|way|matter|question|problem|pity|shame|pleasure|consequence|mistake|thing|idea|bug|hard|important|useful|"
    r"simple way|good idea|member|list|fan|sign|part|case|no|requirement)\b|[\w-]{1,20}(?:ed|ing)\b)",
    re.I,
)
_VAGUE_SUBJECT = re.compile(
    r"\A(?:the|an?) (?:result|problem|reason|answer|question|idea|goal|aim|purpose|point|default|value|difference|advantage|following|"
    r"solution|way|thing|rest|end|fact|case|exception|issue|trick|key|best|only|main|output|argument|parameter|return|name|list|"
    r"number|other|effect|example|alternative|option|syntax|format|type|choice|man|woman|house|place|story|"
    r"book|page|site|article|further|more)\b|\A[A-Z]?[a-z]{2,15}ing [a-z]|\A(?:further|more|additional)"
    r" ",
    re.I,
)
_OWNED = re.compile(r"['’]s ")  # a work or thing of somebody


def find_definitions(paper: Paper) -> Iterator[Form]:
    """What is X? The words of a sentence that begin with its article."""
    for clause in clauses(paper):
        for pattern in (_IS, _MEANS):
            match = pattern.match(clause.text)
            if match is None or refused(paper, match):
                continue
            subject = in_sentence(match["subject"])
            who = "who" if is_person(subject) and not _OWNED.search(subject) else "what"
            core = _ASKED.get(match["verb"], f"{who} {match['verb']} {{}}").format(subject)
            text = match["what"].partition(";")[0].rstrip(".")
            end = match.start("what") + len(text)
            yield Form(
                Kind.DEFINITION, clause.level, ask(paper, clause.sentence.section if len(subject.split()) < 2 else "", core), text,
                (clause.span(match.start("what"), end),), clause.evidence, core, PROPOSER,
            )  # fmt: skip
            break


def is_person(subject: str) -> bool:
    """A name of two words or more that begins with a given name."""
    words = subject.split()
    return len(words) > 1 and all(word[0].isupper() for word in words) and words[0] in genders_of_names()


def refused(paper: Paper, match: re.Match[str]) -> bool:
    """Whether the words say nothing about a thing that others know by its name."""
    subject, what = match["subject"], match["what"]
    if not is_subject(subject) or _VAGUE_SUBJECT.match(subject) or _EMPTY.match(what) or is_dangling(what, may_have_it=True):
        return True
    if subject.lower().startswith("the ") and not any(part[0].isupper() or not part.isalpha() for part in subject.split()[1:]):
        return not keys_of(subject) <= keys_of(paper.name)
    return normal(what.rstrip(".")) in normal(subject) or len(what.split()) < 3


def verify_definition(paper: Paper, form: Form) -> str:
    """No other sentence of the document says what the term is."""
    term = _TERM.sub(r"\g<term>", form.asked)
    says = re.compile(
        rf"(?:the |an? )?{re.escape(term)}(?: \([^)]{{1,40}}\))? (?:is|are|was|were) (?:an?|the)\b|{re.escape(term)} {_OTHERWISE}", re.I
    )
    others = paper.rivals(term, form.evidence, 1.0)
    return "definition:several" if any(says.match(one.text) for one in others) else ""
