"""Writes the value of a fact in a language, and reads what is written there back to a value by the rules that facts agree by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from tierline.forms.names import Named, continent_code, language_code, named
from tierline.forms.numbers import read_quantity, write_quantity
from tierline.forms.words import capital
from tierline.knowledge.cldr_words import WORDS_KEPT
from tierline.knowledge.dates import Date, read_date
from tierline.knowledge.names import Name
from tierline.knowledge.numerals import Quantity
from tierline.knowledge.values import Value, agreement, read_value
from tierline.knowledge.vocabulary import VOCABULARY

# A date with its preposition, by its precision.
_WHEN = {
    "en": {"year": "in {}", "month": "in {}", "day": "on {}"},
    "de": {"year": "im Jahr {}", "month": "im {}", "day": "am {}"},
    "fr": {"year": "en {}", "month": "en {}", "day": "le {}"},
    "es": {"year": "en {}", "month": "en {}", "day": "el {}"},
}
_BEFORE_DAYS = {"fr": "le {}", "es": "el {}"}
_FIRST = re.compile(r"^1 ")


@dataclass(frozen=True, slots=True)
class Written:
    """A value in words: slots of a template, each with its words. `plain` says whether it stands well in any sentence."""

    slots: Mapping[str, str]
    plain: bool = True

    @property
    def entry(self) -> str:
        """Behind a label."""
        return self.slots["entry"]


def value_of(fact: Mapping[str, Any]) -> Value:
    """The value of a row of `l4_facts` or `l4_values`."""
    return read_value(fact["object"], fact["predicate"], fact["language"])


def write_value(fact: Mapping[str, Any], language: str) -> Sequence[Written]:
    """The ways to write a fact's value in a language; none where the value has no words there."""
    return _written(fact["object"], fact["predicate"], fact["language"], language)


@lru_cache(maxsize=WORDS_KEPT)
def _written(words: str, predicate: str, stated_in: str, language: str) -> Sequence[Written]:
    value = read_value(words, predicate, stated_in)
    meaning = value.meaning
    if isinstance(meaning, Quantity) and (found := write_quantity(meaning, language)):
        return [_sentence_of(words) for words in found]
    if isinstance(meaning, Date) and (found := write_date(meaning, language)):
        return [Written(_forms(words) | {"when": _when(meaning, words, language)}) for words in found]
    if value.type == "currency":
        return [_sentence_of(_currency(value.normal, language))]
    if place := _place(words, predicate, stated_in, meaning, language):
        return [Written(_forms(place.subject) | {"entry": place.bare, "in_value": place.within, "of_value": place.of}, place.fits)]
    if predicate == "official language" and (code := language_code(words)) and (label := _language(code, language)):
        return [_sentence_of(label)]
    if stated_in != language:
        return []
    own = named(words, language)
    assert own is not None, "a name that is no country's is its own"
    plain = not isinstance(meaning, Quantity | Date)
    return [Written(_forms(own.subject if plain else words) | {"entry": words, "in_value": own.within, "of_value": own.of}, plain)]


def read_written(text: str, slot: str, fact: Mapping[str, Any], language: str) -> Value | None:
    """The value that stands in a slot, read for the fact's property; None if it is none of its kind.

    Numbers, dates and currencies are read by their own rules, whatever the fact says; other words are its value if they are written as it
    is in that language.
    """
    value = value_of(fact)
    found = _READERS[value.type](text, slot, language) if value.type in _READERS else None
    if found:
        return found
    return value if any(own.slots.get(slot) == text for own in write_value(fact, language)) else None


def same(one: Value, other: Value) -> bool:
    """Whether two values agree by the rule of their type, and say equally much."""
    return agreement(one, other) is not None and (one.normal, one.precision) == (other.normal, other.precision)


def order_of(one: Value, other: Value) -> int:
    """1 if the first is surely larger or later, -1 if the second is, 0 if they do not compare: units differ, or roundings overlap."""
    match one.meaning, other.meaning:
        case (Quantity() as left, Quantity() as right):
            gap = left.readings[0] - right.readings[0]
            comparable = left.unit == right.unit and not left.is_ambiguous and not right.is_ambiguous
            return ((gap > 0) - (gap < 0)) if comparable and abs(gap) >= left.half + right.half else 0
        case (Date() as left, Date() as right):
            if len(left.readings) > 1 or len(right.readings) > 1 or left.agrees(right):
                return 0
            return 1 if _first(left) > _first(right) else -1
        case _:
            return 0


def write_date(found: Date, language: str) -> list[str]:
    """The ways to write a date in words; none of one with two readings, or before the year 1."""
    from babel.dates import format_date, format_skeleton

    if len(found.readings) > 1 or not 0 < found.year < 10_000:
        return []
    year, *rest = _first(found)
    if not rest:
        return [str(year)]
    day = date(year, rest[0], rest[1] if len(rest) > 1 else 1)
    if len(rest) == 1:
        return [format_skeleton("yMMMM", day, locale=language)]
    if language == "en":
        return [format_date(day, "long", locale=locale) for locale in ("en", "en_GB")]
    written = format_date(day, "long", locale=language)
    return [_FIRST.sub("1er ", written) if language == "fr" else written]


@lru_cache(maxsize=WORDS_KEPT)
def time_slots(iso: str, language: str) -> Mapping[str, str]:
    """Slots for a time that is a date in ISO 8601."""
    found = read_date(iso, "date", language)
    words = write_date(found, language) if found else []
    if not found or not words:
        return {}
    before = _BEFORE_DAYS.get(language, "{}") if found.precision == "day" else "{}"
    return {"time": words[0], "the_time": before.format(words[0])}


@lru_cache(maxsize=WORDS_KEPT)
def read_time(text: str, language: str) -> str | None:
    """The date in ISO 8601 that the words of such a slot are."""
    found = read_date(text.removeprefix("le ").removeprefix("el "), "date", language)
    return found.normal if found else None


def _first(found: Date) -> tuple[int, ...]:
    return next(iter(found.readings))


def _forms(words: str) -> dict[str, str]:
    return {"value": words, "Value": capital(words), "entry": words}


def _sentence_of(words: str) -> Written:
    return Written(_forms(words))


def _when(found: Date, words: str, language: str) -> str:
    return _WHEN[language][found.precision].format(words)


def _place(words: str, predicate: str, stated_in: str, meaning: object, language: str) -> Named | None:
    """The value as a country or continent, by CLDR where it is another language's word."""
    known = VOCABULARY.get(predicate)
    if known is None or known.type != "place":
        return None
    country = meaning.country if isinstance(meaning, Name) else ""
    code = country or (continent_code(words) if predicate == "continent" else "")
    if not code or (language == stated_in == "en" and "," not in words):  # "Iran, Islamic Republic of"
        return None
    return named(words, language, code)


def _currency(code: str, language: str) -> str:
    from babel.numbers import get_currency_name

    return get_currency_name(code, 1, language)


@cache
def _language(code: str, language: str) -> str | None:
    from babel import Locale

    return Locale.parse(language).languages.get(code)


def _read_number(text: str, slot: str, language: str) -> Value | None:
    found = read_quantity(text, language)
    return Value("number", found.normal, found.precision, text, found) if found else None


def _read_date(text: str, slot: str, language: str) -> Value | None:
    if slot == "when":
        parts = sorted((pattern.format("") for pattern in _WHEN[language].values()), key=len, reverse=True)
        text = next((text.removeprefix(part) for part in parts if text.startswith(part)), text)
    found = read_date(text, "date", language)
    return Value("date", found.normal, found.precision, text, found) if found else None


def _read_currency(text: str, slot: str, language: str) -> Value | None:
    found = read_value(text, "currency", language)
    return found if found.type == "currency" else None


_READERS: Mapping[str, Callable[[str, str, str], Value | None]] = {"number": _read_number, "date": _read_date, "currency": _read_currency}
