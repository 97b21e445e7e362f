"""Questions for what something does or is for: functions, options, commands, organs of a machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind, Level
from tierline.derived.grammar import SUBJECT, in_sentence, infinitive, is_subject
from tierline.derived.paper import Paper, clean_name, is_dangling, is_latin
from tierline.derived.subjects import clauses

PROPOSER, ENTRIES = "purposes-1", "purposes-entry-1"
_DOES = re.compile(
    rf"\A{SUBJECT} (?P<verb>[a-z]{{3,14}}s) (?P<what>(?:the|an?|all|any|each|every|whether|if|how|which|your|you|data) [^\n]{{8,260}})\Z"
)
_USED = re.compile(rf"\A{SUBJECT} (?P<verb>is|are|can be|may be) used (?P<what>(?:to|for|as) [^\n]{{8,260}})\Z")
_ENTRY = re.compile(r"\A(?P<verb>[A-Z][a-z]{3,13}s) (?P<what>(?:the|an?|all|any|each|every|whether|if|how|which|your|you) [^\n]{8,260})\Z")
# Of a picture beside the text, of code above it, of what a step has just made.
_VAGUE = re.compile(
    r"(?:the |an? )?(?:image|picture|figure|screenshot|screen shot|diagram|photo|code|line|example|default "
    r"implementation|default value|default|"
    r"result|text|number|name|author|article|page|site|video|list|left|right|output|command line|resulting|new|old)\b",
    re.I,
)
_GROUP = re.compile(
    r"\b(?:functions|methods|options|commands|parameters|properties|fields|members|routines|classes)\b", re.I
)  # of several things
# Verbs whose object says what the subject is for.
_VERBS = frozenset(
    """return specify contain provide define describe determine represent create display remove enable control set show list add apply
    calculate convert open close print generate manage handle allow let delete insert copy replace select save load read write run
    start stop compute combine compare indicate identify implement store include restore perform change move merge protect measure
    count adjust check validate install configure disable produce hold cover search extract fill format parse retrieve keep""".split()
)


def find_purposes(paper: Paper) -> Iterator[Form]:
    """What does X do to its object? What is X used for? And under a heading that names a thing: what does it do?"""
    yield from _entries(paper)
    for clause in clauses(paper):
        match, used = _DOES.match(clause.text), _USED.match(clause.text)
        if used and is_subject(used["subject"]):
            core = {"is": "what is {} used for", "are": "what are {} used for"}.get(used["verb"], "what can {} be used for")
            found, text = used, used["what"]
        elif match and is_subject(match["subject"]) and infinitive(match["verb"], "third") in _VERBS:
            verb = infinitive(match["verb"], "third")
            if verb in ("let", "allow", "enable") and not match["what"].startswith("you "):
                continue
            does = match["what"].startswith(("you ", "your ")) and verb in ("allow", "let", "enable")
            core = f"what does {{}} {verb} you {'to ' if verb != 'let' else ''}do" if does else f"what does {{}} {verb}"
            found, text = match, match["what"].removeprefix("you to " if does else "\0").removeprefix("you " if does else "\0")
        else:
            continue
        if is_dangling(text, may_have_it=True) or not _is_told(paper, found["subject"]):
            continue
        asked = core.format(in_sentence(found["subject"]))
        start = found.end("what") - len(text)
        text = text.partition(";")[0].rstrip(".")
        answer = (clause.span(start, start + len(text)),)
        yield Form(Kind.PURPOSE, clause.level, ask(paper, clause.sentence.section, asked), text, answer, clause.evidence, asked, PROPOSER)


def _is_told(paper: Paper, subject: str) -> bool:
    """Whether "the X" is one that the reader can know: it has a name, or the document is about it."""
    lowered = subject.lower()
    if _VAGUE.match(subject):
        return False
    if not lowered.startswith("the "):
        return True
    words = subject.split()[1:]
    named = any(not word.islower() or not word.isalpha() for word in words)
    return named or lowered.removeprefix("the ") in f"{paper.name} ".lower() or len(words) > 1


def _entries(paper: Paper) -> Iterator[Form]:
    """The first sentence below a heading that says what its thing does, without a subject."""
    first: set[int] = set()
    for one in paper.plain:
        match = _ENTRY.match(one.text)
        heading = next((line for line in range(one.line - 1, max(-1, one.line - 3), -1) if line in paper.document.headings), None)
        if match is None or heading is None or heading in first or is_dangling(one.text, may_have_it=True):
            continue
        if (
            any(paper.document.line_texts[line].strip() for line in range(heading + 1, one.line))
            or one.start != paper.document.lines[one.line][0]
        ):
            continue
        first.add(heading)
        name = clean_name(paper.document.line_texts[heading])
        verb = infinitive(match["verb"], "third")
        if (
            verb not in _VERBS
            or _GROUP.search(name)
            or not is_latin(name)
            or not 1 < len(name) <= 60
            or len(name.split()) > 6
            or name[-1] in "?!,;"
        ):
            continue
        asked = f"what does “{name}” do"
        answer = ((one.start, one.end - 1),)
        yield Form(
            Kind.PURPOSE, Level.RECALL, ask(paper, "", asked), one.text[:-1], answer, (one.start, one.end), asked, ENTRIES, sought=one.text
        )


def verify_purpose(paper: Paper, form: Form) -> str:
    """A question about a heading's thing is answered by the words right below it, and the heading stands once."""
    if form.proposer != ENTRIES:
        return ""
    name = form.asked.partition("“")[2].partition("”")[0]
    line = paper.document.line_of(form.evidence[0])
    headings = paper.headings.get(name, [])
    return "" if len(headings) == 1 and 0 < line - headings[0] < 3 else "purpose:heading"
