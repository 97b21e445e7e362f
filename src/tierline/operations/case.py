"""Repairs capitals: shouted sentences, sentences and names that begin in lower case, and "i"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tierline.editing.english import FUNCTION_WORDS
from tierline.operations.dictionary import is_common
from tierline.operations.document import WORD, Document
from tierline.operations.operation import Kind, Operation, Rule

_SELF = re.compile(
    r"(?<![\w'’.-])i(?= (?:am|was|have|had|will|would|can|could|should|think|thought|know|knew|want|wanted|need|needed|love|loved|like"
    r"|liked|hope|feel|felt|guess|mean|believe|remember|really|just|also|never|always|do|did|don['’]t|didn['’]t|can['’]t|got|get|went|go"
    r"|see|saw)\b|['’](?:m|ve|ll|d)\b)"
)
_START = re.compile(r"(?<=[a-z]{3}\. )(?P<first>[a-z]{1,24})(?= [a-z])")
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTHS = "january february april june july september october november december".split()
_PEOPLES = """english american european british chinese japanese italian spanish russian canadian australian mexican brazilian african
asian portuguese korean dutch swedish norwegian danish finnish greek hungarian austrian belgian irish scottish welsh israeli egyptian
london paris berlin germany france italy spain england britain america europe africa asia australia canada mexico russia""".split()
ALWAYS_NAMES = frozenset((*_DAYS, *_MONTHS, *_PEOPLES))
_NAME = re.compile(rf"(?<![\w'’.@/#:-])(?:{'|'.join(sorted(ALWAYS_NAMES))})(?![\w@/-]|\.\w|['’]\w)")
_SHOUT = re.compile(r"[A-Z][^a-z\n]{30,600}[.!?]")
_SHORT = frozenset(
    """etc vs approx eg ie cf al inc ltd corp dept est fig figs no nos vol pp ed eds esp incl max min ext tel misc orig pls dr mr mrs ms st
    prof jan feb mar apr jun jul aug sep sept oct nov dec""".split()
)
SHOUTED_WORDS = 6


def find_case(document: Document, proposer: str) -> Iterator[Operation]:
    """Words whose capitals are wrong by the rules of English."""
    text = document.text
    for match in _SELF.finditer(text):
        yield Operation(Kind.CASE, *match.span(), "I", 'the pronoun "I"', proposer)
    for match in _START.finditer(text):
        yield Operation(Kind.CASE, match.start(), match.start() + 1, match["first"][0].upper(), "a sentence that begins small", proposer)
    for match in _NAME.finditer(text):
        yield Operation(Kind.CASE, *match.span(), match[0].capitalize(), "a name that is always one", proposer)
    for match in _SHOUT.finditer(text):
        lowered = _lowered(document, match[0])
        if lowered:
            yield Operation(Kind.CASE, *match.span(), lowered, "a sentence in capitals", proposer)


def verify_case(document: Document, operation: Operation) -> str:
    """The letters stay, and each one's case is what the document or English shows."""
    text, start, end = document.text, operation.start, operation.end
    was, meant = text[start:end], operation.replacement
    if was.lower() != meant.lower() or was == meant:
        return "case:letters"
    if document.is_verbatim(start, end):
        return "case:verbatim"
    if was == "i":
        # Roman numerals, variables and a whole text in small letters, which is a voice of its own.
        return "" if _SELF.match(text, start) and document.words["I"] else "case:no_pronoun"
    if len(was) == 1:
        return _begins(document, start)
    if _NAME.fullmatch(was):
        mostly = document.words[was.capitalize()] >= document.words[was] or (document.words[was] == 1 and _has_capitals(document))
        return "" if meant == was.capitalize() and mostly and not _in_title(text, start) else "case:no_name"
    return "" if was.isupper() and _lowered(document, was) == meant else "case:names"


def _begins(document: Document, place: int) -> str:
    """A sentence begins here: what stands before is a word that is not shortened, and so do other sentences begin with a capital."""
    text = document.text
    match = _START.match(text, place)
    if match is None:
        return "case:no_sentence"
    before = re.search(r"([^\W\d_]+)\. \Z", text[max(0, place - 30) : place])
    first = match["first"]
    if before is None or before[1].lower() in _SHORT or first not in FUNCTION_WORDS or len(first) < 2:
        return "case:no_sentence"
    start, _ = document.sentence_at(place)
    if not is_common(before[1].lower()) or len(text[start:place].split()) < 4 or re.search(r"[\"“”]", text[start:place]):
        return "case:no_sentence"
    return "" if _begins_with_capitals(text) else "case:own_style"


@lru_cache(maxsize=8)
def _begins_with_capitals(text: str) -> bool:
    """Three sentences of four do so behind another."""
    return len(re.findall(r"[a-z]{3}[.!?] [A-Z]", text)) >= 3 * len(_START.findall(text))


def _has_capitals(document: Document) -> bool:
    """Most lines begin with one."""
    first = [document.text[start] for start, end in document.lines if start < end and document.text[start].isalpha()]
    return 2 * sum(map(str.isupper, first)) > len(first)


def _in_title(text: str, place: int) -> bool:
    """Part of an address, a command or a name in code: letters, digits or slashes stand next to it without a space."""
    return text[max(0, place - 1) : place] in ("_", "/", ".", "=", "-", "@", "#")


def _lowered(document: Document, sentence: str) -> str:
    """A shouted sentence as others would write it; "" where the case of one word cannot be known."""
    words = WORD.findall(sentence)
    if len(words) < SHOUTED_WORDS or not sentence.isupper() or any(character.isdigit() for character in sentence):
        return ""
    found: dict[str, str] = {}
    for word in set(words):
        lowered = word.lower()
        elsewhere = [form for form in (lowered, lowered.capitalize()) if document.words[form]]
        if word == "I" or lowered.split("'")[0] == "i":
            found[word] = word[0] + lowered[1:]
        elif is_common(lowered.replace("’", "'").split("'")[0]) and lowered.capitalize() not in elsewhere[1:]:
            found[word] = lowered
        elif len(elsewhere) == 1 and not is_common(lowered):
            found[word] = elsewhere[0]
        else:
            return ""
    parts: list[str] = []
    at = 0
    for match in WORD.finditer(sentence):
        begins = not parts or sentence[at : match.start()].strip(" \"'”)(").endswith((".", "!", "?"))
        form = found[match[0]]
        parts += [sentence[at : match.start()], form[0].upper() + form[1:] if begins else form]
        at = match.end()
    return "".join([*parts, sentence[at:]])


CASE = Rule("case-1", find_case, ("en",))
