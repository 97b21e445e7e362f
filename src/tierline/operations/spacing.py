"""Repairs spaces that are missing between words and sentences, or that stand before a comma."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.editing.english import FUNCTION_WORDS
from tierline.operations.dictionary import is_common, is_word
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

_BEFORE = re.compile(r"(?<=[^\W\d_]{2})( {1,3})(?=,(?: |$)|\.(?: [A-Z]|$))", re.M)
_RUN_ON = re.compile(r"(?<![\w.@/-])(?P<last>[a-z]{2,24})(?P<stop>[.!?])(?P<first>[A-Z][a-z]{0,24})(?= [a-z])")
_COMMA = re.compile(r"(?<![\w.@/,-])(?P<last>[a-z]{3,24})(?P<stop>,)(?P<first>[a-z]{2,24})(?= [a-z]{2,24})")
_GLUED = re.compile(
    r"(?<![\w'’.@/-])(?P<first>of|in|to|for|and|on|at|from|with|by|is|that)(?P<second>the|this|that|an|a|it|be|you|he|they)(?!\w)"
)
_ASKING = frozenset("press click key keys button icon called named see type enter down hold called value character using use".split())
SIGNS_MAX = 2  # with a space before them, from which a document writes all of them so
_SHORT = frozenset("etc vs approx no fig dept inc ltd eg ie dr mr st co node system java net com org www e g".split())


def find_spacing(document: Document, proposer: str) -> Iterator[Operation]:
    """What spaces are missing or too many, in prose."""
    text = document.text
    for match in _BEFORE.finditer(text):
        yield Operation(Kind.SPACING, *match.span(1), "", "space before a sign", proposer)
    for match in _RUN_ON.finditer(text):
        yield Operation(Kind.SPACING, match.end("stop"), match.end("stop"), " ", "no space behind a sentence", proposer)
    for match in _COMMA.finditer(text):
        yield Operation(Kind.SPACING, match.end("stop"), match.end("stop"), " ", "no space behind a comma", proposer)
    for match in _GLUED.finditer(text):
        yield Operation(Kind.SPACING, match.end("first"), match.end("first"), " ", "two words without a space", proposer)


def verify_spacing(document: Document, operation: Operation) -> str:
    """Only spaces come and go, outside of what means every letter; words that are parted are words, and what they were was none."""
    text, start, end = document.text, operation.start, operation.end
    if text[start:end].strip(" ") or operation.replacement.strip(" "):
        return "spacing:letters"
    if document.is_verbatim(max(0, start - 1), end + 1):
        return "spacing:verbatim"
    if start < end:
        return _removed(document, operation)
    if operation.replacement != " " or not 0 < start < len(text):
        return "spacing:letters"
    at = max(0, start - 30)
    for pattern, holds in ((_RUN_ON, _are_sentences), (_COMMA, _are_words), (_GLUED, _are_glued)):
        for match in pattern.finditer(text, at):
            place = match.end("stop") if "stop" in match.re.groupindex else match.end("first")
            if place > start:
                break
            if place == start:
                return "" if holds(document, match) else "spacing:one_word"
    return "spacing:one_word"


def _removed(document: Document, operation: Operation) -> str:
    text, start, end = document.text, operation.start, operation.end
    if operation.replacement:
        return "spacing:letters"
    line_start, line_end = document.lines[document.line_of(start)]
    if not any(start == match.start(1) for match in _BEFORE.finditer(text, max(0, start - 3), min(len(text), end + 3))):
        return "spacing:meaning"
    if document.is_technical or len(_BEFORE.findall(text)) > SIGNS_MAX:
        return "spacing:own_style"
    return "spacing:missing_word" if _gap(text[line_start:line_end], _word_before(text, start)) else ""


def _gap(line: str, before: str) -> bool:
    """Something that is no text stood there, such as a key, a link or an image: several signs stand alone, or the word before asks for
    another."""
    return (
        before.lower() in FUNCTION_WORDS | _ASKING or before.endswith("ing") or len(re.findall(r" [,;.](?: |$)", line)) > 1 or "(," in line
    )


def _word_before(text: str, start: int) -> str:
    match = re.search(r"[^\W\d_]+\Z", text[max(0, start - 40) : start])
    return match[0] if match else ""


def _are_sentences(document: Document, match: re.Match[str]) -> bool:
    last, first = match["last"], match["first"].lower()
    whole = f"{match['last']}{match['stop']}{match['first']}"
    if last in _SHORT or document.text.count(whole) > 1 or not is_common(last) or len(last) < 3:
        return False
    return first in FUNCTION_WORDS


def _are_words(document: Document, match: re.Match[str]) -> bool:
    last, first = match["last"], match["first"]
    return (
        is_common(last)
        and is_common(first)
        and document.text.count(f"{last},{first}") == 1
        and (first in FUNCTION_WORDS or last in FUNCTION_WORDS or len(last) > 3)
    )


def _are_glued(document: Document, match: re.Match[str]) -> bool:
    whole = match[0].lower()
    return not is_word(whole) and document.lowered[whole] == 1


SPACING = Rule("spacing-1", find_spacing, ("en",))
