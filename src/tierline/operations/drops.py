"""Drops lines and sentences that are no part of the text: copies, and what a site puts around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.editing.english import FUNCTION_WORDS
from tierline.operations.document import Document
from tierline.operations.noise_lines import verify_noise
from tierline.operations.operation import Kind, Operation, Rule

_BUTTON = re.compile(
    r"(?:read more|share (?:this|on (?:facebook|twitter|linkedin|whatsapp))|click here\b.{0,60}|skip to (?:main )?(?:content|navigation)"
    r"|back to top|subscribe to .{0,40}newsletter|sign up (?:for|to) .{0,60}newsletter|follow us on|leave a (?:comment|reply)"
    r"|print this (?:page|article)|advertisement|permalink|view all comments|log in to (?:comment|reply|post)"
    r"|(?:©|copyright).{0,60}all rights reserved)\b",
    re.I,
)
BUTTON_WORDS = 12
SCORE_MIN = 0.9  # of a line that is no sentence
SENTENCE_SCORE_MIN = 0.98  # of one that may be
COPY_WORDS = 6  # a shorter line may stand twice in a row by design
LONG_WORDS, COPIES_MIN = 20, 3  # of a line that stands in several places; a shorter or rarer one may belong to each
PROSE_SHARE = 0.25  # of function words


def find_drops(document: Document, proposer: str) -> Iterator[Operation]:
    """Lines that repeat a whole earlier line, and short ones with the words of buttons and notices."""
    for start, end in document.lines:
        line = document.text[start:end].strip()
        if not line:
            continue
        if _is_copy(document, start, line):
            yield Operation(Kind.DROP, *_whole_line(document, start, end), "", "a copy of an earlier line", proposer)
        elif document.is_english and _is_furniture(line):
            yield Operation(Kind.DROP, *_whole_line(document, start, end), "", "a button or notice of the site", proposer)


def verify_drop(document: Document, operation: Operation) -> str:
    """Whole lines or a whole sentence, and nothing is lost: they stand elsewhere too, or state nothing."""
    text, start, end = document.text, operation.start, operation.end
    was = text[start:end].strip()
    if operation.replacement or not was:
        return "drop:words"
    if not _is_whole(document, start, end):
        return "drop:part"
    if operation.score is not None:
        return verify_noise(document, operation) or _refused_score(operation.score, was)
    if document.is_verbatim(start, end):
        return "drop:verbatim"
    if _is_copy(document, start + (text[start] == "\n"), was):
        return ""
    if any(number in document.headings for number in range(document.line_of(start), document.line_of(max(start, end - 1)) + 1)):
        return "drop:heading"
    return "" if document.is_english and _is_furniture(was) else "drop:states"


def _refused_score(score: float, was: str) -> str:
    return "" if score >= (SENTENCE_SCORE_MIN if _is_prose(was) else SCORE_MIN) else "drop:score"


def _is_furniture(line: str) -> bool:
    """A short line that begins with the words of a button and has no number of its own."""
    match = _BUTTON.match(line.lstrip("-•*> "))
    return bool(match) and len(line.split()) <= BUTTON_WORDS and (line[:1] in "©Cc" or not any(map(str.isdigit, line)))


def _whole_line(document: Document, start: int, end: int) -> tuple[int, int]:
    """A line with the break behind it, or before it where it is the last."""
    if end < len(document.text):
        return start, end + 1
    return (start - 1, end) if start else (start, end)


def _is_whole(document: Document, start: int, end: int) -> bool:
    text = document.text
    if (start == 0 or text[start - 1] == "\n" or text[start] == "\n") and (end == len(text) or text[end - 1] == "\n" or text[end] == "\n"):
        return True
    first, last = document.sentence_at(start)[0], document.sentence_at(max(0, end - 1))[1]
    return start == first and text[last:end].strip(" ") == ""


def _is_copy(document: Document, start: int, was: str) -> bool:
    """The line before says the same, or it is long and one of several copies, of which the first stays."""
    if len(was.split()) < COPY_WORDS or was.startswith(("-", "*", "|", ":", "•")):
        return False
    first, copies = document.copies.get(" ".join(was.split()).lower(), (-1, frozenset[int]()))
    number = document.line_of(start)
    if len(copies) < 2 or number == first:
        return False
    before = next((other for other in range(number - 1, -1, -1) if document.lines[other][0] < document.lines[other][1]), -1)
    return before in copies or (len(was.split()) >= LONG_WORDS and len(copies) >= COPIES_MIN)


def _is_prose(was: str) -> bool:
    words = was.split()
    functional = sum(word.lower().strip(".,;:") in FUNCTION_WORDS for word in words)
    return was.rstrip("\"'”)")[-1:] in (".", "!", "?") and len(words) >= COPY_WORDS and functional >= PROSE_SHARE * len(words)


DROPS = Rule("drops-1", find_drops)
