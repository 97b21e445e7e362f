"""Cites the document's own address, with the exact span, behind the claim that most needs a source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.editing.faithfulness import names
from tierline.editing.quantities import quantities
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

_CITED = re.compile(
    r"https?://|www\.|\[\d|\((?:[^()]{0,60}\b(?:19|20)\d\d[a-z]?|source\b)|\b(?:according to|et al|ibid|doi|refer to"
    r"|see (?:also|section|chapter))\b",
    re.I,
)
_VOICE = re.compile(r"\b(?:I|we|you|my|our|your|me|us)\b|\?\Z")  # tells or asks, and claims nothing that could be looked up
_OF_THE_PAGE = re.compile(
    r"\n|\b(?:updated|modified|revised|posted|published on|copyright|this (?:page|document|site|article|post)|my url)\b", re.I
)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|became|won|made|took|opened|began|[a-z]{3,14}ed)\b")
_SAID = re.compile(r"[\"“”]|\b(?:said|says|told|asked)\b")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,.]{0,20}\d(?![\w-])|\d ?%")  # that is no part of a name
WORDS_MIN, WORDS_MAX = 8, 60
CANDIDATES = 40  # sentences with a number, the first ones


def find_citations(document: Document, proposer: str) -> Iterator[Operation]:
    """Behind one sentence: the one that states most numbers and names and cites nothing."""
    best = _claim(document)
    if best and document.url:
        yield Operation(Kind.CITE, best[1], best[1], citation(document, *best), "a claim without a source", proposer)


def verify_citation(document: Document, operation: Operation) -> str:
    """The address is the document's own, and the span is that of the sentence before it."""
    start, end = document.sentence_at(max(0, operation.start - 1))
    if operation.start != operation.end or operation.start != end or start == end:
        return "cite:place"
    if not document.url or operation.replacement != citation(document, start, end):
        return "cite:other_source"
    return "" if _claim(document) == (start, end) else "cite:claims_less"


def citation(document: Document, start: int, end: int) -> str:
    """What is written behind a sentence; the span is in characters of the document's text in L2."""
    return f" (Source: {document.url}, characters {start}-{end}.)"


def _claim(document: Document) -> tuple[int, int] | None:
    if document.is_technical:  # what a manual says of itself is no claim that asks for a source
        return None
    best, most = None, 0
    seen = 0
    for start, end in document.sentences:
        sentence = document.text[start:end]
        words = len(sentence.split())
        if not (WORDS_MIN <= words <= WORDS_MAX and sentence[-1] == "." and _NUMBER.search(sentence)):
            continue
        if (
            _CITED.search(sentence)
            or _VOICE.search(sentence)
            or _SAID.search(sentence)
            or _OF_THE_PAGE.search(sentence)
            or not _VERB.search(sentence)
            or document.is_verbatim(start, end)
        ):
            continue
        seen += 1
        if seen > CANDIDATES:
            break
        numbers, named = len(quantities(sentence)), len(names(sentence))
        if numbers and named and numbers + named > most:
            best, most = (start, end), numbers + named
    return best


CITATIONS = Rule("citations-2", find_citations, ("en",))
