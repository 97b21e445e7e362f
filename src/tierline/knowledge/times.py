"""Reads when a value held from the words beside it: `5,379,475 (2022 est.)`, `Population (2011 census)`, `since 14 October 2021`.

Times are written as in EDTF (ISO 8601-2, level 1): a date as precise as it is stated, or an interval `2005/2012`, `2005/..`, `../2012`.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from tierline.knowledge.cldr_words import WORDS_KEPT
from tierline.knowledge.dates import LATEST_YEAR, days_of, read_date
from tierline.knowledge.vocabulary import changes
from tierline.text.typography import plainly

EARLIEST_YEAR = 1500  # a smaller number in brackets is hardly a year
LONGEST = 60  # characters
LABEL_WORDS_MAX = 5
OPEN = ".."
Span = tuple[int, int]  # first and last day, counted as by `date.toordinal`

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)", re.A)
_BRACKETS = re.compile(rf"\s?[(\[]([^()\[\]]{{4,{LONGEST}}})[)\]]")
_BEHIND = re.compile(r"[,;]?\s(?:as of|as at|as per|status|stand|since|seit|depuis|desde|from|in)\s[^()\[\]\n]{4,40}\Z", re.I)
_SINCE = frozenset("since from seit depuis desde dal".split())
_NOW = frozenset("present now today incumbent date heute".split())
_FILLING = frozenset(
    """as of at in on the by per end mid est estimate estimated estimates estimation census official figures figure count data c ca circa
    status year stand schätzung geschätzt zensus volkszählung recensement estimé en au censo estimación censimento stima""".split()
)
_BETWEEN = (re.compile(r"\s(?:to|until|till|through|bis)\s|/"), re.compile(r"\s?-\s?"))


@lru_cache(maxsize=WORDS_KEPT)
def read_time(words: str, language: str) -> str | None:
    """The time that the whole words are, or None: a date or two, and words such as "census", "est." and "as of"."""
    if len(words) > LONGEST or not _YEAR.search(words):
        return None
    plain = plainly(words).text.strip().casefold()
    opened = plain.split()[0] in _SINCE
    if found := _date(plain, language):
        return f"{found}/{OPEN}" if opened else found
    parts = next((parts for mark in _BETWEEN if len(parts := mark.split(plain)) == 2), None)
    if parts is None:
        return None
    first, last = _date(parts[0], language), OPEN if parts[1].strip(" .") in _NOW else _date(parts[1], language)
    return f"{first}/{last}" if first and last and (last == OPEN or days_of(first)[0] <= days_of(last)[1]) else None


def _date(words: str, language: str) -> str | None:
    left = [word for word in words.replace(",", " ").split() if word.strip(".:") not in _FILLING and word not in _SINCE]
    if not left or not any(_YEAR.search(word) for word in left):
        return None
    found = read_date(" ".join(left), "date", language)
    if found is None or len(found.readings) > 1 or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        return None
    return found.normal


def of_label(label: str, language: str) -> tuple[str, str] | None:
    """(label, time) of the label of a value with a declared one in it and a time before or behind that: `2011 census population`."""
    if len(label) > LONGEST or not _YEAR.search(label):
        return None
    words = [word for word in re.sub(r"[()\[\],;:]", " ", label).split() if word != "•"]
    for size in range(min(LABEL_WORDS_MAX, len(words) - 1), 0, -1):
        for own, others in ((words[:size], words[size:]), (words[-size:], words[:-size])):
            if changes(" ".join(own).casefold()) and (time := read_time(" ".join(others), language)):
                return " ".join(own), time
    return None


def of_value(value: str, language: str) -> tuple[str, str] | None:
    """(value, time) of a value with a time in brackets, or at its end behind words such as "as of"."""
    if not _YEAR.search(value):
        return None
    for found in _BRACKETS.finditer(value):
        if time := read_time(found[1], language):
            left = f"{value[: found.start()]}{value[found.end() :]}".strip()
            return (left, time) if left else None
    found = _BEHIND.search(value)
    if found and (time := read_time(found[0].lstrip(" ,;"), language)):
        return value[: found.start()].strip(), time
    return None


def span_of(time: str) -> Span:
    """The days that a time surely covers, or of which it names one: all of a date; of an interval those between the last day of its
    first and the first day of its last date; of an open one the day at which it is."""
    first, slash, last = time.partition("/")
    if not slash:
        return days_of(first)
    if OPEN in (first, last):
        day = days_of(last)[0] if first == OPEN else days_of(first)[1]
        return day, day
    begin, end = days_of(first)[1], days_of(last)[0]
    return min(begin, end), max(begin, end)


def overlap(one: str, other: str) -> bool:
    """Whether two times surely have a day in common."""
    (first, last), (start, end) = span_of(one), span_of(other)
    return first <= end and start <= last


def is_after(time: str, moment: date) -> bool:
    """Whether a time begins after a day: a projection."""
    first = time.partition("/")[0]
    return first != OPEN and days_of(first)[0] > moment.toordinal()
