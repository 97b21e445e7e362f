"""Tells years and dates from numbers that only look like them: placeholders, dates that no calendar has, times of machines."""

from __future__ import annotations

import re
from datetime import date

LATEST_YEAR = 2100  # a later one is a placeholder, such as 9999, or no year
_DATED = re.compile(r"(?:date|year|founded|established|built|born|died|opened|completed|published|modified|created)$")
_ASKS = frozenset(
    """date year day since founding founded foundation established establishment inception independence built birth born death died opened
    opening completed completion published publication release released modified created inaugurated""".split()
)
_ASKS_OTHERWISE = frozenset(
    "place country location by name number count rate weight cause publisher area population per age founder capacity".split()
)
_DATE = re.compile(r"([+-]?)(\d+)(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ].*)?", re.A)


def asks_for_date(predicate: str) -> bool:
    """Whether a bare number is a year there: the predicate names a date or what happens on one, and not a place or a person."""
    words = set(predicate.split())
    return not words.isdisjoint(_ASKS) and words.isdisjoint(_ASKS_OTHERWISE)


def is_false_date(predicate: str, value: str) -> bool:
    """Whether a property that asks for a date has a value that is written as one (ISO 8601) and is none."""
    written = _DATE.fullmatch(value.strip()) if _DATED.search(predicate) or predicate.startswith(("year ", "date ")) else None
    if not written:
        return False
    sign, digits, month, day = written.groups()
    year = int(digits[:9]) if digits.strip("0") else 0
    if not 0 < year <= LATEST_YEAR or len(digits) > 6 or (sign == "-" and len(digits) < 2):
        return True
    try:
        date(4 if sign == "-" and year % 4 == 0 else year, int(month or 1), int(day or 1))
    except ValueError:
        return True
    return False
