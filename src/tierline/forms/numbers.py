"""Writes quantities as a language does, digits grouped and units in words or symbols (CLDR), and reads them back to the same quantity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Literal

from tierline.knowledge.cldr_words import WORDS_KEPT
from tierline.knowledge.numerals import Quantity

Length = Literal["long", "short"]
LENGTHS: tuple[Length, ...] = ("long", "short")
_NUMERAL = re.compile(r"-?\d(?:[\d.,\u202f\u00a0]*\d)?")
_FEWEST_GROUPED = {"es": 5}  # digits from which a language groups them, where that is not four


def write_quantity(quantity: Quantity, language: str) -> list[str]:
    """The ways to write a quantity: with the unit's name and its symbol; none where a number of as many digits would say more or less."""
    number = _numeral(quantity, language)
    if number is None:
        return []
    if not quantity.unit:
        return [number]
    singular = _is_singular(quantity.readings[0], language)
    lengths = _lengths(quantity.unit) if _is_unit(quantity.unit, language) else ()
    return list(dict.fromkeys(_with_unit(number, quantity.unit, length, singular, language) for length in lengths))


@lru_cache(maxsize=WORDS_KEPT)
def read_quantity(text: str, language: str) -> Quantity | None:
    """The quantity that a text in this form is, or None: one numeral by the language's own separators, and the whole rest its unit."""
    from babel.numbers import NumberFormatError, parse_decimal

    found = _NUMERAL.search(text)
    if found is None:
        return None
    try:
        value = parse_decimal(found[0], language, strict=True)
    except NumberFormatError:
        return None
    words = (text[: found.start()] + text[found.end() :]).strip()
    unit = _names(language).get(_form(words)) if words else ""
    if unit is None:
        return None
    exponent = value.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return Quantity((Fraction(value),), Fraction(1, 10**decimals), unit)


def _numeral(quantity: Quantity, language: str) -> str | None:
    """None if it has two readings, or is rounded by words such as "about" or "million"."""
    from babel.numbers import format_decimal

    if quantity.is_ambiguous or quantity.scaled or quantity.approximate or quantity.step > 1:
        return None
    decimals = len(str(quantity.step.denominator)) - 1
    value = Decimal(quantity.readings[0].numerator) / Decimal(quantity.readings[0].denominator)
    grouped = abs(value) >= 10 ** (_FEWEST_GROUPED.get(language, 4) - 1)
    pattern = f"{'#,##0' if grouped else '0'}{'.' if decimals else ''}{'0' * decimals}"
    return format_decimal(value, pattern, locale=language)


def _lengths(unit: str) -> tuple[Length, ...]:
    """A degree that nothing says more of has no name, and a time no symbol that all readers know."""
    return ("short",) if unit == "temperature-generic" else ("long",) if unit.startswith("duration-") else LENGTHS


def _is_singular(value: Fraction, language: str) -> bool:
    from babel import Locale

    return Locale.parse(language).plural_form(float(abs(value))) == "one"


def _is_unit(unit: str, language: str) -> bool:
    return _is_currency(unit) or unit in _units(language)


def _is_currency(unit: str) -> bool:
    return len(unit) == 3 and unit.isupper()


def _with_unit(number: str, unit: str, length: Length, singular: bool, language: str) -> str:
    """CLDR's pattern of the unit for one or several, around this number."""
    from babel.numbers import get_currency_name
    from babel.units import format_unit

    count = 1 if singular else 2
    if _is_currency(unit):
        return f"{number} {get_currency_name(unit, count, language) if length == 'long' else unit}"
    pattern = format_unit(count, unit, length, locale=language)
    return pattern.replace(str(count), number, 1)


@cache
def _units(language: str) -> frozenset[str]:
    from babel import Locale

    known: Any = Locale.parse(language).unit_display_names
    return frozenset(map(str, known))


@cache
def _names(language: str) -> dict[str, str]:
    """Every name of a unit or currency that is one unit's alone."""
    names: dict[str, set[str]] = {}
    for name, unit in _named(language):
        names.setdefault(name, set()).add(unit)
    return {name: units.pop() for name, units in names.items() if len(units) == 1}


def _named(language: str) -> Iterator[tuple[str, str]]:
    from babel import Locale

    known: Any = Locale.parse(language).currencies
    for unit in (*_units(language), *known):
        for length in LENGTHS:
            for singular in (True, False):
                yield _form(_with_unit("", unit, length, singular, language)), unit


def _form(words: str) -> str:
    return " ".join(words.split())
