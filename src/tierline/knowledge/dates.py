"""Reads dates with the precision in which they are written, in numbers and words of many languages, and tells what only looks like one."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from tierline.knowledge.cldr_words import era_named, is_weekday, letters_of, month_named
from tierline.knowledge.predicates import asks_for_date, gives_date
from tierline.text.typography import plainly

PRECISIONS = ("", "year", "month", "day")
LATEST_YEAR = 2100  # a later one is a placeholder, such as 9999, or no year
LONGEST = 60  # characters in which a day of a month is looked for
_ISO = re.compile(r"([+-]?\d{4,6})(?:-(\d\d?)(?:-(\d\d?))?)?")
_NUMBERS = re.compile(r"(\d{1,4})(\s?[./-]\s?)(\d{1,2})\2(\d{1,4})\.?")
_HAN = re.compile(r"(\d{1,4}) ?[年년](?: ?(\d{1,2}) ?[月월](?: ?(\d{1,2}) ?[日일])?)?")
_TIME = re.compile(r"[t ]\d\d?:\d\d.*", re.S)
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?", re.A)
_AS_ISO = re.compile(r"([+-]?)(\d+)(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ](.*))?", re.A)
_AS_NUMBERS = re.compile(r"(\d{1,4})\s?[./-]\s?(\d{1,4})\s?[./-]\s?(\d{1,4})(?:[T ].*)?", re.A)
_OF_MACHINES = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?[eE][+-]?\d{1,20}|0[xX][0-9a-fA-F]{1,20}", re.A)
_ABOUT = re.compile(r"(?:(?:about|around|circa|approximately|c\.|ca\.?|approx\.?) ?|[~≈] ?)(?=\w)")
_SPAN = re.compile(r"\d ?- ?\d|[/;:%$€£]")
_TOKEN = re.compile(r"\d+|[^\W\d_][^\s\d.,'’()-]*")
_WORDS = re.compile(r"\d+|[^\W\d_]+")
_ELIDED = re.compile(r"\b[dl]['’](?=\w)")
_BETWEEN = frozenset("st nd rd th er the of de del di do den der dem d le el il la г года год году року рік р roku rok year año".split())


@dataclass(frozen=True, slots=True)
class Date:
    """A date as (year,), (year, month) or (year, month, day); years count as in ISO 8601, so that 44 BC is -43.

    `03/04/1945` has two readings, the third of April and the fourth of March.
    """

    readings: tuple[tuple[int, ...], ...]

    @property
    def precision(self) -> str:
        """`year`, `month` or `day`."""
        return PRECISIONS[len(self.readings[0])]

    @property
    def year(self) -> int:
        """Of its first reading."""
        return next(iter(self.readings[0]))

    @property
    def normal(self) -> str:
        """ISO 8601; several readings with "|" between them."""
        return "|".join(_iso(parts) for parts in self.readings)

    def agrees(self, other: Date) -> bool:
        """Equal at the coarser of both precisions, in every reading; the same ambiguous date agrees with itself."""
        return self.readings == other.readings or all(_is_within(one, two) for one in self.readings for two in other.readings)

    def contradicts(self, other: Date) -> bool:
        """No reading of one agrees with any of the other."""
        return not any(_is_within(one, two) for one in self.readings for two in other.readings)


def read_date(text: str, predicate: str, language: str) -> Date | None:
    """The date that the whole text is, or None.

    A year alone is one only with an era or where the predicate asks for a date; a time of day is left out, and so is a mark of
    approximation. Years of two digits, spans, other calendars and dates that the calendar does not have are none.
    """
    plain = _TIME.sub("", plainly(text).text.strip().casefold(), count=1).strip()
    plain = _ABOUT.sub("", plain, count=1) if _ABOUT.match(plain) else plain
    asked = asks_for_date(predicate)
    if written := _ISO.fullmatch(plain):
        year, month, day = (int(part) if part else None for part in written.groups())
        return _date([(year, month, day)]) if asked or day else None
    if written := _HAN.fullmatch(plain):
        return _date([tuple(int(part) if part else None for part in written.groups())])
    if written := _NUMBERS.fullmatch(plain):
        return _of_numbers(written[1], written[3], written[4], written[2].strip())
    return _of_words(plain, asked, language)


def days_of(iso: str) -> tuple[int, int]:
    """The first and the last day of a date as `Date.normal` writes it, of the years 1 to 9999, counted as by `date.toordinal`."""
    year, *rest = map(int, iso.split("-"))
    month, last_month = (rest[0], rest[0]) if rest else (1, 12)
    day, last_day = (rest[1], rest[1]) if len(rest) > 1 else (1, monthrange(year, last_month)[1])
    return date(year, month, day).toordinal(), date(year, last_month, last_day).toordinal()


def is_false_date(predicate: str, value: str, language: str | None = None) -> bool:
    """Whether a property that gives a date has a value that is written as one (ISO 8601, numbers between points or slashes, words with
    the name of a month in some language) and is none."""
    if not gives_date(predicate):
        return False
    value = value.strip()
    written = _AS_ISO.fullmatch(value)
    if written and (len(written[2]) > 2 or not written[5]):  # 1702 and what follows, but not the 30 of 30 June 1871
        return not _is_iso(*written.groups())
    if written := _AS_NUMBERS.fullmatch(value):
        first, second, third = map(int, written.groups())
        orders = ((first, second, third), (third, second, first), (third, first, second))
        return not any(is_in_calendar(2000 + year if year < 100 else year, month, day) for year, month, day in orders)
    return bool(_OF_MACHINES.fullmatch(value)) or not _has_day_of_month(value, language or "en")


def is_in_calendar(year: int, month: int = 1, day: int = 1) -> bool:
    """Whether there is such a day; leap years repeat every 400 years, before the year 1 too."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(2000 + year % 400, month)[1]


def _is_iso(sign: str, digits: str, month: str | None, day: str | None, time: str | None) -> bool:
    """Whether the parts of a date make one; year 1 is what programs write for none, and a year of two digits is a day or an age."""
    year = int(digits[:9]) if digits.strip("0") else 0
    if not 1 < year <= LATEST_YEAR or len(digits) > 6 or len(digits) < (2 if sign == "-" else 3):
        return False
    clock = _CLOCK.match(time) if time else None
    if clock and (int(clock[1]) > 24 or int(clock[2]) > 59 or int(clock[3] or 0) > 60):
        return False
    return is_in_calendar(-year if sign == "-" else year, int(month or 1), int(day or 1))


def _has_day_of_month(value: str, language: str) -> bool:
    """False if a value is a day, a month by its name and a year, in any order, and the month has no such day."""
    words = _WORDS.findall(value[:LONGEST])
    numbers = [int(word) for word in words if word.isdecimal()]
    months = [month for word in words if not word.isdecimal() and (month := month_named(word.casefold(), language))]
    if len(months) != 1 or len(numbers) != 2 or len(words) > 5:
        return True
    day, year = sorted(numbers)
    return day > 99 or year < 100 or is_in_calendar(year, months[0], day)


def _of_numbers(first: str, second: str, third: str, mark: str) -> Date | None:
    """Year, month, day; or day and month before the year, in an order that only points and days after the twelfth tell."""
    if len(first) == 4 and len(third) <= 2:
        return _date([(int(first), int(second), int(third))])
    if len(third) != 4 or len(first) > 2:
        return None
    by_day, by_month = (int(third), int(second), int(first)), (int(third), int(first), int(second))
    return _date([by_day] if mark == "." else [by_day, by_month])


def _of_words(plain: str, asked: bool, language: str) -> Date | None:
    """A month by its name, or none, with the year and perhaps the day, in any order, and perhaps an era."""
    numbers: list[str] = []
    months: set[int] = set()
    left = ""
    for token in _TOKEN.findall(_ELIDED.sub("", plain)):
        if token.isdecimal():
            numbers.append(token)
        elif (month := month_named(token, language)) and not months:
            months.add(month)
        elif not is_weekday(token) and token not in _BETWEEN:
            left += letters_of(token)
    era = era_named(left) if left else None
    if (left and era is None) or not numbers or len(numbers) > 1 + len(months):
        return None
    years = (
        [number for number in numbers if len(number) > 2] or numbers[-1:] if era is not None else [one for one in numbers if len(one) > 2]
    )
    # Letters of an era elsewhere are a unit here: 300 ac are acres.
    if len(years) != 1 or not (months or asked or (era is not None and (len(left) > 2 or left in ("bc", "ad", "ce")))):
        return None
    if plain[:1] in "-+" or _SPAN.search(plain):
        return None
    numbers.remove(years[0])
    year = int(years[0][:6])
    return _date([(1 - year if era == 0 else year, next(iter(months), None), int(numbers[0]) if numbers else None)])


def _date(candidates: list[tuple[int | None, ...]]) -> Date | None:
    """The date of those candidates that the calendar has."""
    found: set[tuple[int, ...]] = set()
    for candidate in candidates:
        parts = tuple(part for part in candidate if part is not None)
        if -100_000 < parts[0] <= LATEST_YEAR and is_in_calendar(*parts):
            found.add(parts)
    return Date(tuple(sorted(found))) if found else None


def _is_within(one: tuple[int, ...], two: tuple[int, ...]) -> bool:
    length = min(len(one), len(two))
    return one[:length] == two[:length]


def _iso(parts: tuple[int, ...]) -> str:
    year, *rest = parts
    return "-".join([f"{'-' if year < 0 else ''}{abs(year):04}", *(f"{part:02}" for part in rest)])
