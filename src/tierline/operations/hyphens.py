"""Joins words that were cut where a printed line ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tierline.operations.dictionary import frequency, is_word
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

_CUT = re.compile(r"(?<![\w-])(?P<head>[^\W\d_]{2,24})(?P<cut>- ?\n|- )(?P<tail>[^\W\d_]{2,24})(?![\w-])")
_HANGING = frozenset("and or to nor und oder bis et ou y o e as but versus vs than".split())  # "pre- and post-war" is no cut
_TIMES_MIN = 100_000  # of a joined word in Google Books, in 10^12 words: rarer ones may be two


def find_hyphens(document: Document, proposer: str) -> Iterator[Operation]:
    """A hyphen at the end of a line, or before a space, within a word that the dictionary or the document has in one piece."""
    if "-" not in document.text:
        return
    for match in _CUT.finditer(document.text):
        if match["tail"][0].islower():
            yield Operation(Kind.HYPHEN, match.end("head"), match.start("tail"), "", "a word cut at the end of a line", proposer)
            yield Operation(Kind.HYPHEN, match.end("head"), match.start("tail"), "-", "a compound cut at its hyphen", proposer)


def verify_hyphen(document: Document, operation: Operation) -> str:
    """Nothing goes but the cut, and the word stands so in the document, or is one that the dictionary has and its parts are none."""
    text = document.text
    match = next((one for one in _CUT.finditer(text, max(0, operation.start - 24)) if one.start("cut") >= operation.start), None)
    if match is None or match.span("cut") != (operation.start, operation.end) or operation.replacement not in ("", "-"):
        return "hyphen:letters"
    if document.is_verbatim(match.start(), match.end()):
        return "hyphen:verbatim"
    head, tail = match["head"].lower(), match["tail"].lower()
    if tail in _HANGING or not match["tail"][0].islower():
        return "hyphen:hanging"
    one, compound = head + tail, f"{head}-{tail}"
    stands = document.lowered[one] > 0
    hyphened = _stands_hyphened(text, compound)
    if operation.replacement == "-":
        return "" if hyphened and not stands else "hyphen:compound"
    if hyphened:
        return "hyphen:compound"
    if stands:
        return ""
    if not document.is_english or frequency(one) < _TIMES_MIN:
        return "hyphen:unknown_word"
    return "hyphen:two_words" if is_word(head) and is_word(tail) and "\n" not in match["cut"] else ""


@lru_cache(maxsize=64)
def _stands_hyphened(text: str, compound: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(compound)}(?![\w-])", text, re.I) is not None


HYPHENS = Rule("hyphens-1", find_hyphens)
