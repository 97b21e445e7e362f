"""Reads statements from plain English sentences of a few unmistakable forms; the span is the whole sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from tierline.knowledge.sentence_forms import CUES, FORMS, Form
from tierline.knowledge.sentence_subjects import is_named
from tierline.knowledge.structured import Statement
from tierline.knowledge.vocabulary import fits, property_named
from tierline.text.fences import fenced

LONGEST = 400  # characters of a sentence: forms are compared with whole sentences, so this bounds their time
_END = re.compile(r"[.!?][\"”’')\]]{0,3}(?:\s+|$)")
_LAST_WORD = re.compile(r"[^\W\d_]{1,12}\Z")
_LOWER = re.compile(r"\b[^\W\d_A-Z]{1,40}\b")
# A point behind one of these, or behind a single letter, ends no sentence.
_ABBREVIATED = frozenset(
    """approx capt co col corp dr ed est fig gen gov hon inc jr lt ltd messrs mr mrs ms mt mts no nos prof rep rev sen sgt sr st ste vol vs
    al jan feb mar apr jun jul aug sep sept oct nov dec""".split()
)
_MARK = re.compile(r"\s{0,9}(?:[-*•·–>]\s{1,4}|\d{1,3}[.)]\s{1,4})?")
CLAUSE = re.compile(r", (?:and|but|while) |; | and (?=the [a-z]{2,20}(?: [a-z]{2,20}){0,2} of [A-Z])")
# What makes a sentence no plain statement: doubt, negation, report, condition, comparison, fiction, and what was so once.
DOUBTED = re.compile(
    r"""\b(?:not|never|neither|nor|hardly|no\ longer|cannot|(?-i:may)|might|could|would|should|if|whether|unless|until|till|perhaps|
    probably|possibly|maybe|likely|presumably|reportedly|allegedly|alleged|supposedly|supposed|apparently|seemingly|purportedly|said|says|say|told|
    claim(?:s|ed|ing)?|believe[sd]?|thought|considered|assumed|rumou?red|legend(?:ary|s)?|myth\w{0,8}|tradition\w{0,4}|according|fiction\w{0,4}|
    imagin\w{0,6}|suppose|pretend\w{0,4}|hoax|false\w{0,2}|wrong\w{0,2}|incorrect\w{0,2}|mistaken\w{0,2}|disputed?|uncertain|unknown|unclear|
    so-called|once|formerly|former|originally|previously|than|twice|compared|planned|proposed|expected|projected|scheduled|will|intended|
    wish\w{0,4}|hope[sd]?|respectively|example|hypothetical|contrary|instead|except|or)\b|n['’]t\b|["“”«»„?!<>|{}\\]""",
    re.X | re.I,
)
COUNTED = re.compile(r"according to (?:the )?(?:\w+ ){0,4}?(?:census|estimate|survey)\w?", re.I)
_INVENTED = re.compile(
    r"\b(?:fiction(?:al)?|fictitious|fan ?fic\w{0,6}|once upon a time|role-?playing|in-universe|"
    r"in the (?:novel|film|movie|game|series|story|show)|(?:ABC|XYZ|Acme) (?:company|corporation|corp|inc))\b",
    re.I,
)
_OF_PEOPLE = frozenset({"birth date", "birth place", "death date", "death place"})


def text_statements(text: str) -> Iterator[Statement]:
    """English sentences of the forms, outside of code, quotations and fiction; nothing from one that doubts, denies, compares or tells
    what was so once, and nothing of pronouns, first names and common nouns: a claim must be understood by itself.

    Takes time linear in the text.
    """
    start = 0
    lines = text.split("\n")
    common = _Common(text)
    for line, is_code in zip(lines, fenced(lines), strict=True):
        if not is_code and line[:1] != "|" and any(cue in line for cue in CUES):
            stated = [one for first, last in _unquoted(line) for one in _of_sentence(line[first:last], start + first, common)]
            if stated and not _INVENTED.search(line):
                yield from stated
        start += len(line) + 1


class _Common:
    """The words that a text writes in small letters, which are no names; read when the first one is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def words(self) -> frozenset[str]:
        """All of them."""
        return frozenset(_LOWER.findall(self._text))


def _unquoted(line: str) -> Iterator[tuple[int, int]]:
    """The sentences of a line that no quotation has begun before, those that are too long left out."""
    straight = opened = behind = 0
    for first, last in sentences(line):
        straight += line.count('"', behind, first)
        opened += line.count("“", behind, first) - line.count("”", behind, first)
        behind = first
        if last - first <= LONGEST and straight % 2 == 0 and opened == 0:
            yield first, last


def sentences(line: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the sentences of a line, its mark of a list and their last points left out."""
    mark = _MARK.match(line)
    start = mark.end() if mark else 0
    for match in _END.finditer(line, start):
        word = _LAST_WORD.search(line, max(start, match.start() - 12), match.start())
        if line[match.start()] == "." and word and (len(word[0]) == 1 or word[0].lower() in _ABBREVIATED) and match.end() < len(line):
            continue
        yield start, match.start() + (line[match.start()] != ".")
        start = match.end()
    yield start, len(line.rstrip())


def _of_sentence(sentence: str, start: int, common: _Common) -> Iterator[Statement]:
    """What the clauses of a sentence state, each by the first form that it has."""
    forms = [form for form in FORMS if any(cue in sentence for cue in form.cues)]
    clauses = CLAUSE.split(sentence) if forms else ()
    for clause in clauses:
        found = next(((form, match) for form in forms if (match := form.pattern.fullmatch(clause.strip()))), None)
        if found and not DOUBTED.search(COUNTED.sub("", sentence)):
            yield from _stated(*found, start, start + len(sentence), common)


def _stated(form: Form, found: re.Match[str], start: int, end: int, common: _Common) -> Iterator[Statement]:
    groups = found.groupdict()
    subject = groups["subject"]
    for group, predicate in form.predicates.items():
        value = groups.get(group)
        known = property_named(predicate or groups["label"])
        if not value or known is None or not _is_named(subject, common, known.name in _OF_PEOPLE) or not fits(known, value, "en"):
            continue
        if group == "first" and not _is_named(value, common, is_person=False):
            continue
        if known.type != "person" or " " in value:
            yield Statement(subject, known.name, value, start, end, "text")


def _is_named(words: str, common: _Common, is_person: bool) -> bool:
    return is_named(words, is_person) and (" " in words or words.casefold() not in common.words)
