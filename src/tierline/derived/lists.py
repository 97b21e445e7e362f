"""Questions for lists, and for steps: a line that ends with a colon, or a heading that says how to do something, and the items below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tierline.derived.asking import ask
from tierline.derived.form import Form, Kind, Level, Span
from tierline.derived.grammar import VERBS, in_sentence, infinitive, is_subject, without_capitals
from tierline.derived.paper import Paper, clean_name, is_dangling
from tierline.text.redacted import TAG

PROPOSER, STEPS = "lists-1", "procedures-1"
_ITEM = re.compile(r"\A(?P<indent> {0,8})(?:[-*•+] |\(?\d{1,2}[.)] |\(?[a-z][.)] )(?P<what>\S.{0,600})\Z")
_ARE = re.compile(
    r"\A(?:The )?(?P<what>[^\n,;:.()]{4,80}?) (?P<be>are|is|were)(?: as follows| the following| listed below)?:\Z|"
    r"\AThe following (?P<following>[^\n,;:.()]{3,70}?) (?:are|is) (?P<how>available|supported|possible|"
    r"defined|allowed|provided|used|required|recognized|included)(?P<more>[^\n,;:.()]{0,60}):\Z"
)
_HAS = re.compile(
    r"\A(?P<subject>[^\n,;:.()]{3,60}?) (?P<verb>has|have|supports?|provides?|includes?|contains?|offers?|"
    r"consists? of|accepts?|uses?|requires?|needs?|defines?|takes?) "
    r"(?:the following|these) (?P<what>[a-z][^\n,;:.()]{2,60}):\Z"
)
_TO = re.compile(
    r"\A(?:How to (?P<how>[^\n:?]{4,80})\??|To (?P<to>[^\n:,.]{4,90})[:,]?|(?P<gerund>[A-Z][a-z]{2,15}ing) (?P<object>[^\n:?.]{3,80}))\Z"
)
_IMPERATIVE = re.compile(
    r"\A(?:(?:First|Then|Next|Now|Finally|Optionally)?,? ?)?(?:In [^,\n]{3,80}, |On [^,\n]{3,80}, |If "
    r"[^,\n]{3,100}, |To [^,\n]{3,80}, |From [^,\n]{3,80}, |Under [^,\n]{3,60}, )?(?P<verb>[A-Za-z]{2,14})"
    r"\b"
)
_SOME = frozenset("some many several few other more most examples there".split())
_NO_STEP = frozenset("note warning caution tip example see".split())
ITEMS = (2, 15)
BLOCK_CHARACTERS = 1800


@dataclass(frozen=True, slots=True)
class Block:
    """Items of a list that stand below each other, and the lines from the first to the last."""

    items: tuple[str, ...]
    first: int
    last: int
    span: Span


def block_at(paper: Paper, line: int) -> Block | None:
    """The list whose first item stands in this line or, behind empty ones, in the next; None where there is none."""
    lines, texts = paper.document.lines, paper.document.line_texts
    while line < len(texts) and not texts[line].strip():
        line += 1
    first, items, indent = line, list[str](), -1
    while line < len(texts) and len(items) <= ITEMS[1]:
        match = _ITEM.match(texts[line])
        if match is None or line in paper.document.headings:
            break
        indent = len(match["indent"]) if indent < 0 else indent
        if len(match["indent"]) < indent:
            break
        items.append(match["what"].strip()) if len(match["indent"]) == indent else None
        line += 1
    goes_on = (line < len(texts) and texts[line].startswith(("\t", "```"))) or any(item.endswith(":") for item in items)
    span = (lines[first][0], lines[line - 1][1]) if items else (0, 0)
    if goes_on or indent > 3 or not ITEMS[0] <= len(items) <= ITEMS[1] or span[1] - span[0] > BLOCK_CHARACTERS:
        return None
    return None if TAG.search(paper.text[span[0] : span[1]]) else Block(tuple(items), first, line - 1, span)


def find_lists(paper: Paper) -> Iterator[Form]:
    """What are the X? Which X does Y support?"""
    texts = paper.document.line_texts
    for number, line in enumerate(texts):
        lead = line.strip()
        if not lead.endswith(":") or not 12 <= len(lead) <= 180 or number in paper.document.headings or paper.document.code_lines[number]:
            continue
        lead = lead.split(". ")[-1]
        are, has = _ARE.match(lead), _HAS.match(lead)
        if are and are["what"] and not is_dangling(f"X {are['what']}") and _is_plural(are["what"]):
            core = f"what {are['be']} the {in_sentence(are['what'])}"
        elif are and are["following"] and not is_dangling(are["following"]) and not is_dangling(f"X {are['more']}"):
            core = f"which {are['following']} are {are['how']}{are['more']}"
        elif has and is_subject(has["subject"]) and not is_dangling(has["what"]) and has["what"].split()[-1].endswith("s"):
            verb, _, of = has["verb"].partition(" ")
            base = infinitive(verb, "third")
            core = f"which {has['what']} {'does' if base else 'do'} {in_sentence(has['subject'])} {base or verb}{' ' + of if of else ''}"
        else:
            continue
        block = block_at(paper, number + 1)
        if block:
            start = paper.document.lines[number][0]
            yield _of_block(paper, Kind.LIST, ask(paper, paper.sections[number], core), block, start, core, lead)


def _of_block(paper: Paper, kind: Kind, question: str, block: Block, start: int, core: str, lead: str) -> Form:
    """A form that a whole list answers; its evidence begins with the words that lead to it."""
    proposer = PROPOSER if kind == Kind.LIST else STEPS
    text, evidence = paper.text[block.span[0] : block.span[1]], (start, block.span[1])
    return Form(kind, Level.COMPREHENSION, question, text, (block.span,), evidence, core, proposer, sought=f"{core} {lead}")


def _is_plural(words: str) -> bool:
    parts = words.split()
    return len(parts) > 1 and parts[0].lower() not in _SOME and any(word.endswith("s") and not word.endswith("ss") for word in parts[:4])


def find_procedures(paper: Paper) -> Iterator[Form]:
    """How do you X? The steps below a heading or line that says so."""
    for number, line in enumerate(paper.document.line_texts):
        if not 8 <= len(line.strip()) <= 110 or paper.document.code_lines[number] or _ITEM.match(line):
            continue
        task = task_of(line, number in paper.document.headings)
        if not task or is_dangling(f"X {task}"):
            continue
        block = _block_below(paper, number)
        if block and has_steps(block):
            core = f"how do you {task}"
            start = paper.document.lines[number][0]
            yield _of_block(paper, Kind.PROCEDURE, ask(paper, "", core), block, start, core, line)


def _block_below(paper: Paper, number: int) -> Block | None:
    """The list that begins in one of the next two lines that are not empty, if no heading stands before it."""
    texts = paper.document.line_texts
    for at in [at for at in range(number + 1, min(number + 5, len(texts))) if texts[at].strip()][:2]:
        if at in paper.document.headings:
            return None
        if block := block_at(paper, at):
            return block
    return None


def task_of(line: str, heading: bool) -> str:
    """What a heading or opening says how to do, with its verb in the infinitive; "" if it says no such thing."""
    match = _TO.match(clean_name(line) if heading else line.strip())
    if match is None:
        return ""
    if match["gerund"]:
        verb = infinitive(match["gerund"], "gerund")
        return f"{verb} {without_capitals('X ' + match['object'])[2:]}" if verb and heading else ""
    words = match["how"] or match["to"]
    verb = words.split()[0].lower()
    if verb not in VERBS or (match["to"] and not heading and not line.strip().endswith(":")):
        return ""
    return verb + (without_capitals(words) if heading else words)[len(verb) :]


def has_steps(block: Block) -> bool:
    """Whether nearly all items begin with a verb that tells to do something."""
    told = 0
    for item in block.items:
        match = _IMPERATIVE.match(item)
        word = match["verb"].lower() if match else ""
        told += word in VERBS and word not in _NO_STEP
    return told >= max(2, round(0.8 * len(block.items)))


def verify_block(paper: Paper, form: Form) -> str:
    """The block is a list again, whole, right below the words that ask for it."""
    start, end = form.answers[0]
    block = block_at(paper, paper.document.line_of(start))
    if block is None or block.span != (start, end):
        return "list:items"
    if form.kind == Kind.PROCEDURE and not has_steps(block):
        return "procedure:steps"
    return "list:empty" if any(len(item) < 2 for item in block.items) else ""
