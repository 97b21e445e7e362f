"""Parts sentences that run on, and joins those that a line break cuts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness
from tierline.operations.dictionary import is_common
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

_SEMICOLON = re.compile(
    r"; (?=(?P<next>it|he|she|they|we|this|these|there|however|nevertheless|moreover|furthermore|therefore|thus|instead),? [a-z])"
)
_AND = re.compile(r", and (?=(?P<next>it|he|she|they|we|this|these|there) (?:is|are|was|were|has|have|had|can|will|would)\b)")
_BREAK = re.compile(r"(?<=[a-z,])\n(?=[a-z])")
_OPENS = re.compile(r"[\"“(\[]")
SPLIT_WORDS = 40  # of a sentence that is split
PART_WORDS = 8  # of each part
LINE_CHARACTERS = 45  # of a line that goes on in the next: shorter ones are verses, cells or commands
CUTS_OF = frozenset("the a an of to in on at for with by from and or that which as than their its his her this".split())
_RULES = FaithfulnessRules(similarity_min=-1.0, probability_min=1.0)


def find_splits(document: Document, proposer: str) -> Iterator[Operation]:
    """Long sentences, at a semicolon or "and" behind which another subject begins."""
    text = document.text
    for start, end in document.sentences:
        if end - start < 4 * SPLIT_WORDS or len(text[start:end].split()) < SPLIT_WORDS:
            continue
        found = [match for pattern in (_SEMICOLON, _AND) for match in pattern.finditer(text, start, end)]
        middle = (start + end) / 2
        for match in sorted(found, key=lambda match: abs(match.start() - middle))[:1]:
            first = match.start("next")
            yield Operation(Kind.SPLIT, match.start(), first + 1, f". {text[first].upper()}", "a sentence that runs on", proposer)


def verify_split(document: Document, operation: Operation) -> str:
    """Both parts stand by themselves, nothing is left open between them, and the judge of edits finds that they say the same."""
    text = document.text
    start, end = document.sentence_at(operation.start)
    if not start <= operation.start < operation.end <= end or document.is_verbatim(operation.start, operation.end):
        return "split:sentence"
    match = next((one for pattern in (_SEMICOLON, _AND) if (one := pattern.match(text, operation.start, end))), None)
    if match is None or operation.replacement != f". {match['next'][0].upper()}" or operation.end != match.start("next") + 1:
        return "split:words"
    parts = text[start : operation.start], text[match.start("next") : end]
    if any(len(part.split()) < PART_WORDS or len(_OPENS.findall(part)) != len(re.findall(r"[\"”)\]]", part)) for part in parts):
        return "split:open"
    if re.match(r"[\"'(]?(?:If|When|While|Although|Because|Since|Whether|As|Unless|After|Before)\b", parts[0]) or re.search(
        r"\b(?:that|whether|if|because|said)\b", parts[0]
    ):
        return "split:depends"
    if ";" in parts[0] + parts[1] or ":" in parts[0]:
        return "split:list"
    edit = text[start : operation.start] + operation.replacement + text[operation.end : end]
    judged = judge_faithfulness(text[start:end], edit, 1.0, _RULES, language=document.language)
    return "" if judged.accepted else f"split:{judged.rule}"


def find_joins(document: Document, proposer: str) -> Iterator[Operation]:
    """Line breaks within a sentence."""
    for match in _BREAK.finditer(document.text):
        yield Operation(Kind.JOIN, *match.span(), " ", "a line break within a sentence", proposer)


def verify_join(document: Document, operation: Operation) -> str:
    """Only the break goes, and the line before it ends with a word that another must follow."""
    text, place = document.text, operation.start
    if text[place : operation.end] != "\n" or operation.replacement != " ":
        return "join:words"
    number = document.line_of(place)
    (start, end), (behind, last) = document.lines[number], document.lines[number + 1]
    if {number, number + 1} & document.headings.keys() or document.is_verbatim(start, end) or document.is_verbatim(behind, last):
        return "join:verbatim"
    if not _BREAK.match(text, place) or end - start < LINE_CHARACTERS:
        return "join:verse"
    words = text[start:end].split()
    ending = words[-1].lower()
    if ending not in CUTS_OF or not is_common(text[behind:last].split()[0].strip(",.;:").lower()):
        return "join:may_end"
    return "join:list" if re.match(r"[-*+•] |\d+[.)]|: ", text[start:end]) and not _is_flowing(text[start:end]) else ""


def _is_flowing(line: str) -> bool:
    return sum(word.lower() in FUNCTION_WORDS for word in line.split()) > len(line.split()) / 4


SPLITS, JOINS = Rule("splits-1", find_splits, ("en",)), Rule("joins-1", find_joins, ("en",))
