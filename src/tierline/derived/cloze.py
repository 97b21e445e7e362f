"""Sentences with a gap: a number, date or name that the rest of the sentence and its document ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

from tierline.derived.form import Form, Kind, Level
from tierline.derived.grammar import DATE
from tierline.derived.paper import Paper, Sentence, keys_of, normal

PROPOSER = "cloze-2"
_GAPS = (
    re.compile(rf"(?<![\w.,/$€£#:\[(-]){DATE}"),
    re.compile(
        r"(?<![\w.,/$€£#:\[(-])(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,7}(?:\.\d{1,4})?)(?: (?:percent|million|billion|"
        r"thousand|bytes|bits|pixels|seconds|minutes|hours|days|weeks|months|years|km|kilometers|meters|metres|"
        r"miles|feet|KB|MB|GB|degrees))?(?![\w/:(-]|[.,]\d| ?[-–] ?\d)"),
    re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z'’-]{2,20}(?: [A-Z][a-z'’-]{2,20}){1,3})(?![\w/-])"),
)  # fmt: skip
_OPENINGS = str.maketrans("(“\"'‘[", " " * 6)
# Of a part of the text: the number is known to nobody who has not its table of contents.
_PART = re.compile(r"\A,? ?[“\"„«]")
GAP = "____"
WORDS_MIN = 9
CONTENT_MIN = 5  # words beside the gap that say something


def find_cloze(paper: Paper) -> Iterator[Form]:
    """One gap in each sentence that says something by itself."""
    for one in paper.statements:
        gap = gap_of(paper, one)
        if gap is None:
            continue
        start, end = gap
        blank = one.text[:start] + GAP + one.text[end:]
        heads = (
            "Fill the gap in a sentence from {}: {}",
            "Which words are missing in this sentence from {}? {}",
            "Complete this sentence from {}: {}",
        )
        question = heads[crc32(one.text.encode()) % len(heads)].format(paper.placed(one.section), blank)
        answer = ((one.start + start, one.start + end),)
        yield Form(Kind.CLOZE, Level.RECALL, question, one.text[start:end], answer, (one.start, one.end), blank, PROPOSER)


def gap_of(paper: Paper, one: Sentence) -> tuple[int, int] | None:
    """The first date, number or name that can be asked for; None where the title gives it away, or several are alike."""
    if len(one.text.split()) < WORDS_MIN:
        return None
    for pattern in _GAPS:
        found = [match for match in pattern.finditer(one.text) if match.start() > 0]
        sound = [match for match in found if _is_sound(paper, one, match)]
        if len(found) == 1 and sound:
            return sound[0].span()
        if found:
            return None
    return None


def _is_sound(paper: Paper, one: Sentence, match: re.Match[str]) -> bool:
    """Not given away by the document's name, and no part of a longer name, of a quoted title or of a reference to a part of the text."""
    before, behind = one.text[: match.start()].translate(_OPENINGS).split(), one.text[match.end() :].split()
    held = len(before) > 1 and before[-1] in ("of", "for", "and", "de") and before[-2][:1].isupper()
    if match[0][0].isdigit() and ((before and before[-1][:1].isupper() and len(before) > 1) or _PART.match(one.text[match.end() :])):
        return False
    if match[0][0].isalpha() and (re.search(r"['’]s ", match[0]) or _is_quoted(one.text, match.start())):
        return False
    longer = match[0][0].isalpha() and (held or (before and before[-1][:1].isupper()) or (behind and behind[0][:1].isupper()))
    return len(match[0]) > 1 and normal(match[0]) not in normal(f"{paper.name} {one.section}") and not longer


def _is_quoted(text: str, at: int) -> bool:
    """Whether a title or a label in quotation marks is open there: half of one can only be guessed."""
    return text.count("“", 0, at) > text.count("”", 0, at) or text.count('"', 0, at) % 2 == 1


def verify_cloze(paper: Paper, form: Form) -> str:
    """The words stand once in their sentence, and enough others ask for them."""
    sentence = paper.text[slice(*form.evidence)]
    if form.asked.replace(GAP, form.text, 1) != sentence or sentence.count(form.text) != 1:
        return "cloze:gap"
    return "cloze:words" if len(keys_of(form.asked)) < CONTENT_MIN else ""
