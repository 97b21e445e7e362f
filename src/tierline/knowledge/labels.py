"""Reads labeled lines of a text, "Population: 9,841" in a list or one below the other, as statements about what the list is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tierline.knowledge.page_subjects import PageNames, is_name, subject_under
from tierline.knowledge.structured import Statement
from tierline.knowledge.times import of_label
from tierline.knowledge.vocabulary import Property, fits, property_named
from tierline.text.fences import fenced

RUN_MIN = 2  # labeled lines below each other; a single one is part of something else
LONGEST = 200  # characters of a line
LABEL_CHARACTERS, LABEL_WORDS = 40, 5
_MARK = re.compile(r"[ \t]{0,8}(?:[-*•·–][ \t]{1,3})?")
_BOLD = re.compile(r"(\*\*|__)([^*_]{1,40})\1[ \t]{0,4}(?:[:–—-][ \t]{1,4})?")
_SIGN = re.compile(r":[ \t]{1,4}|[ \t]{1,4}[-–—][ \t]{1,4}|\t")
_NUMBER = re.compile(r"(?<= )\d")
# Beside numbers and dates, what lists say of one thing as data sheets do. "Location", "Genre" and the like have any words behind them.
_SAID_OF_ONE = frozenset("capital continent country currency founder author director composer architect publisher".split()) | {
    "largest city",
    "birth place",
    "death place",
}
_PARTS_MAX = 2  # between commas; with more it is a list of several values


class _Labeled(NamedTuple):
    label: str
    value: str
    start: int
    end: int


def label_statements(
    text: str, headings: Sequence[dict[str, Any]], subject: str, names: PageNames, language: str | None
) -> Iterator[Statement]:
    """What lines with a label that the vocabulary knows state, where two or more labeled lines follow each other and the value is of the
    property's type; a label with a time in it stays as it is written. `headings` are those of `l2_selected`; `subject` is what the page
    is about, "" where that is not known.

    A list under a heading that names something else states nothing: whether that is its subject nobody can tell.
    """
    if not is_name(subject):
        return
    titles = {heading["line"] for heading in headings}
    about, start = subject, 0
    run: list[_Labeled] = []
    lines = text.split("\n")
    for number, (line, is_code) in enumerate(zip(lines, fenced(lines), strict=True)):
        found = None if is_code or number in titles or len(line) > LONGEST else _labeled(line, start, language)
        if number in titles:
            about = subject_under(line.strip(), subject, names)
        if found:
            run.append(found)
        elif line.strip():
            yield from _of_run(run, about, language)
            run = []
        start += len(line) + 1
    yield from _of_run(run, about, language)


def _labeled(line: str, start: int, language: str | None) -> _Labeled | None:
    """The label and value of a line; without a sign between them only in a list, where a known label stands before a number."""
    mark = _MARK.match(line)
    first, end = mark.end() if mark else 0, len(line.rstrip())
    if bold := _BOLD.match(line, first):
        label, value = bold[2].strip(" :"), bold.end()
    elif sign := _SIGN.search(line, first, first + LABEL_CHARACTERS + 6):
        label, value = line[first : sign.start()].strip(), sign.end()
    elif mark and mark[0].strip() and (number := _NUMBER.search(line, first, first + LABEL_CHARACTERS + 6)):
        label, value = line[first : number.start()].strip(), number.start()
        known = _named(label, language)
        if known is None or known.type not in ("number", "date"):
            return None
    else:
        return None
    if not label[:1].isalpha() or len(label) > LABEL_CHARACTERS or label.count(" ") >= LABEL_WORDS or value >= end:
        return None
    return _Labeled(label, line[value:end].strip(), start + first, start + end)


def _of_run(run: Sequence[_Labeled], about: str, language: str | None) -> Iterator[Statement]:
    """What a run states of one thing: nothing where a label stands in it twice, for then it is about several."""
    labels = [one.label.casefold() for one in run]
    if not about or len(run) < RUN_MIN or len(set(labels)) < len(labels):
        return
    for one in run:
        known = _named(one.label, language)
        if known and _is_read(known, one.value) and fits(known, one.value, language):
            yield Statement(about, known.name if property_named(one.label) else one.label, one.value, one.start, one.end, "label")


def _named(label: str, language: str | None) -> Property | None:
    """The property of a label, whatever time stands in it: "Population (2011 census)"."""
    timed = of_label(label, language or "en")
    return property_named(timed[0] if timed else label)


def _is_read(known: Property, value: str) -> bool:
    return known.type in ("number", "date") or (known.name in _SAID_OF_ONE and value.count(", ") < _PARTS_MAX)
