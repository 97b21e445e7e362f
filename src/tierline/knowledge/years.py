"""Tells years and dates from numbers that only look like them: placeholders, dates that no calendar has, times of machines."""

from __future__ import annotations

import re
from datetime import date

from tierline.knowledge.cldr_words import month_named

LONGEST_DATE = 60  # characters
LATEST_YEAR = 2100  # a later one is a placeholder, such as 9999, or no year
_DATED = re.compile(r"(?:date|year|founded|established|built|born|died|opened|completed|published|modified|created)$")
_ASKS = frozenset(
    """date year day since founding founded foundation established establishment inception independence built birth born death died opened
    opening completed completion published publication release released modified created inaugurated""".split()
)
_ASKS_OTHERWISE = frozenset(
    "place country location by name number count rate weight cause publisher area population per age founder capacity".split()
)
_DATE = re.compile(r"([+-]?)(\d+)(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ](.*))?", re.A)
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?", re.A)
_NUMBERS = re.compile(r"(\d{1,4})\s?[./-]\s?(\d{1,4})\s?[./-]\s?(\d{1,4})(?:[T ].*)?", re.A)
_OF_MACHINES = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?[eE][+-]?\d{1,20}|0[xX][0-9a-fA-F]{1,20}", re.A)
_WORDS = re.compile(r"\d+|[^\W\d_]+")


def asks_for_date(predicate: str) -> bool:
    """Whether a bare number is a year there: the predicate names a date or what happens on one, and not a place or a person."""
    words = set(predicate.split())
    return not words.isdisjoint(_ASKS) and words.isdisjoint(_ASKS_OTHERWISE)


def is_false_date(predicate: str, value: str, language: str | None = None) -> bool:
    """Whether a property that asks for a date has a value that is written as one (ISO 8601, numbers between points or slashes, words with
    the name of a month in some language) and is none."""
    if not (_DATED.search(predicate) or predicate.startswith(("year ", "date "))):
        return False
    value = value.strip()
    written = _DATE.fullmatch(value)
    if written and (len(written[2]) > 2 or not written[5]):  # 1702 and what follows, but not the 30 of 30 June 1871
        return not _is_iso(*written.groups())
    if written := _NUMBERS.fullmatch(value):
        first, second, third = map(int, written.groups())
        orders = ((first, second, third), (third, second, first), (third, first, second))
        return not any(_is_in_calendar(year, month, day) for year, month, day in orders)
    return bool(_OF_MACHINES.fullmatch(value)) or not _has_day_of_month(value, language or "en")


def _is_iso(sign: str, digits: str, month: str | None, day: str | None, time: str | None) -> bool:
    """Whether the parts of a date make one; year 1 is what programs write for none, and a year of two digits is a day or an age."""
    year = int(digits[:9]) if digits.strip("0") else 0
    if not 1 < year <= LATEST_YEAR or len(digits) > 6 or len(digits) < (2 if sign == "-" else 3):
        return False
    clock = _TIME.match(time) if time else None
    if clock and (int(clock[1]) > 24 or int(clock[2]) > 59 or int(clock[3] or 0) > 60):
        return False
    return _is_in_calendar(4 if sign == "-" and year % 4 == 0 else year, int(month or 1), int(day or 1))


def _has_day_of_month(value: str, language: str) -> bool:
    """False if a value is a day, a month by its name and a year, in any order, and the month has no such day."""
    words = _WORDS.findall(value[:LONGEST_DATE])
    numbers = [int(word) for word in words if word.isdecimal()]
    months = [month for word in words if not word.isdecimal() and (month := month_named(word.casefold(), language))]
    if len(months) != 1 or len(numbers) != 2 or len(words) > 5:
        return True
    day, year = sorted(numbers)
    return day > 99 or year < 100 or _is_in_calendar(year, months[0], day)


def _is_in_calendar(year: int, month: int, day: int) -> bool:
    try:
        date(2000 + year if year < 100 else year, month, day)
    except ValueError:
        return False
    return True
