"""Glossaries: the terms of one document that have a verified definition, and lines that give a term and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierline.derived.form import Form, Kind, Level
from tierline.derived.paper import Paper, is_dangling

PROPOSER, LINES = "glossaries-1", "glossary-lines-1"
TERMS = (2, 12)
_LINE = re.compile(
    r"\A(?:[-*•] )?(?P<term>[A-Za-z][\w ()'./+-]{1,40}?)(?::| [—–]) (?P<what>(?:The|An?|If|Whether|Number|"
    r"Name|Sets?|Specif|Return|When|Use)[^\n]{15,300})\Z"
)
_NO_TERM = re.compile(
    r"\b(?:note|tip|warning|caution|example|see|source|date|posted|by|from|to|re|subject|author|title|tags?|copyright|step|changed|new|deprecated|added|removed|since|version|https?|phone|address|who|what|when|where|why|how)\b",
    re.I,
)


def glossary_of(paper: Paper, definitions: Sequence[Form]) -> Iterator[Form]:
    """The accepted definitions of a document as a list, in their order."""
    own = sorted(
        (form for form in definitions if form.kind == Kind.DEFINITION and form.level == Level.RECALL), key=lambda form: form.answers[0]
    )
    own = own[: TERMS[1]]
    if len(own) < TERMS[0]:
        return
    terms = [form.asked.split(" ", 2)[2].removesuffix(" stand for").removesuffix(" refer to") for form in own]
    listed = "\n".join(f"- {term}: {form.text}" for term, form in zip(terms, own, strict=True))
    question = f"Write a glossary of these terms as {paper.place} uses them: {', '.join(terms)}."
    spans = tuple(form.answers[0] for form in own)
    evidence = (min(form.evidence[0] for form in own), max(form.evidence[1] for form in own))
    yield Form(Kind.GLOSSARY, Level.COMPREHENSION, question, listed, spans, evidence, "", PROPOSER, turns=len(own))


def find_glossaries(paper: Paper) -> Iterator[Form]:
    """Neighboring lines that each give a term and what it means."""
    lines = paper.document.lines
    run: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate([*paper.document.line_texts, ""]):
        match = _LINE.match(line) if number < len(lines) and not paper.document.code_lines[number] else None
        if (
            match
            and not _NO_TERM.search(match["term"])
            and not is_dangling(match["what"].rstrip("."), True)
            and not paper.document.is_verbatim(*lines[number])
        ):
            run.append((number, match))
            continue
        if TERMS[0] <= len(run) <= TERMS[1] and len({one["term"].lower() for _, one in run}) == len(run):
            section = paper.sections[run[0][0]]
            terms = ", ".join(one["term"] for _, one in run)
            question = f"Explain these terms as {paper.placed(section)} uses them: {terms}."
            spans = tuple((lines[at][0] + one.start("what"), lines[at][0] + one.end("what")) for at, one in run)
            listed = "\n".join(f"- {one['term']}: {one['what']}" for _, one in run)
            evidence = (lines[run[0][0]][0], lines[run[-1][0]][1])
            yield Form(Kind.GLOSSARY, Level.COMPREHENSION, question, listed, spans, evidence, "", LINES, turns=len(run))
        run = []


def verify_glossary(paper: Paper, form: Form) -> str:
    """Each line of the answer is a term of the question and words of the document, in their order, and nothing else."""
    lines = form.text.split("\n")
    if len(lines) != len(form.answers) or not TERMS[0] <= len(lines) <= TERMS[1]:
        return "glossary:lines"
    for line, (start, end) in zip(lines, form.answers, strict=True):
        term, colon, what = line.removeprefix("- ").partition(": ")
        if not colon or what != paper.text[start:end] or term not in form.question or term.lower() not in paper.text.lower():
            return "glossary:terms"
    return ""
