"""Converts what different units measure, exactly: names of units by CLDR, their sizes by pint."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from tierline.knowledge.cldr_words import WORDS_KEPT
from tierline.text.units import unit_named

# `sq km`, `sq. mi.`, `km2`, `km^2`: forms of a square or cube that CLDR does not list for every unit.
_POWER_BEFORE = re.compile(r"(sq|square|cu|cubic)\.? ?([^\W\d_][^\d]*)", re.I)
_POWER_BEHIND = re.compile(r"([^\W\d_]{1,12})\.?\^?([23²³])")
_POWERS = {"sq": 2, "square": 2, "cu": 3, "cubic": 3, "2": 2, "3": 3, "²": 2, "³": 3}
_DIMENSIONS = {2: "area-square-", 3: "volume-cubic-"}
_PINT = {
    "celsius": "degC",
    "fahrenheit": "degF",
    "ounce-troy": "troy_ounce",
    "gallon-imperial": "imperial_gallon",
    "inch-ofhg": "inch_Hg",
    "millimeter-ofhg": "mmHg",
}
LONGEST = 60  # characters of a unit's name
# Units that a number without one may be meant in.
_COMMON = ("km²", "mi²", "ha", "acres", "m²", "km", "m", "mi", "ft", "cm", "in", "kg", "g", "lb", "t", "°C", "°F", "km/h", "mph", "m³", "L")
PERCENT = "concentr-percent"
# Codes of UN/ECE Recommendation 20, as schema.org asks for them in `unitCode`, that no other unit is written as.
_CODED = {
    code: unit
    for code, _, unit in (
        pair.partition("=")
        for pair in """KMK=km² MIK=mi² MTK=m² CMK=cm² FTK=ft² HAR=ha ACR=acres KMT=km MTR=m CMT=cm MMT=mm SMI=mi FOT=ft INH=in YRD=yd
        KGM=kg GRM=g MGM=mg TNE=t LBR=lb ONZ=oz LTR=liter MLT=mL MTQ=m³ KMH=km/h CEL=°C FAH=°F KEL=K WTT=W KWT=kW MAW=MW KWH=kWh
        P1=%""".split()
    )
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit in terms of SI: `value` of it are `offset + factor * value` of `base`."""

    base: str
    factor: Fraction
    offset: Fraction


@lru_cache(maxsize=WORDS_KEPT)
def unit_of(words: str) -> str | None:
    """CLDR's name of the unit, or ISO 4217's code of the currency, that the whole words are; squares and cubes in every form."""
    words = words.strip().removesuffix(".")
    if len(words) > LONGEST or words.count("/") > 1:
        return None
    if len(words) == 1 and words.isupper() and unit_named(words) == unit_named(words.lower()):
        return None  # M is no meter
    if words in _CODED:
        return unit_of(_CODED[words])
    if found := unit_named(words):
        return found
    over, slash, under = words.partition("/")
    if slash:
        counted, by = unit_of(over), unit_of(under)
        return f"rate-{_bare(counted)}-per-{_bare(by)}" if counted and by and _bare(counted) and _bare(by) else None
    if before := _POWER_BEFORE.fullmatch(words):
        length, power = unit_named(before[2]), _POWERS[before[1].lower()]
    elif behind := _POWER_BEHIND.fullmatch(words):
        length, power = unit_named(behind[1]), _POWERS[behind[2]]
    else:
        return None
    return _DIMENSIONS[power] + length.removeprefix("length-") if length and length.startswith("length-") else None


@cache
def measure(unit: str) -> Measure | None:
    """What a unit measures; None for currencies, shares and units that pint does not know, which agree with themselves alone."""
    kind, _, name = unit.partition("-")
    if not name or kind in ("concentr", "consumption"):
        return None
    over, _, under = name.partition("-per-")
    try:
        counted = _in_si(over)
        if not under:
            return counted
        by = _in_si(under)
    except (LookupError, ValueError, TypeError, AttributeError):  # pint's errors are AttributeErrors
        return None
    return Measure(f"{counted.base} / {by.base}", counted.factor / by.factor, Fraction(0))


@cache
def common_units(base: str) -> tuple[str, ...]:
    """Common units that measure the same, by the base unit of the SI."""
    named = [unit for unit in map(unit_of, _COMMON) if unit]
    return tuple(unit for unit in named if (found := measure(unit)) and found.base == base)


def _bare(unit: str) -> str:
    """The name without what it measures; "" for a currency, a share or a rate."""
    return "" if unit.startswith("concentr") or "-per-" in unit else unit.partition("-")[2]


def _in_si(name: str) -> Measure:
    registry: Any = _registry()
    power = next((power for prefix, power in (("square-", 2), ("cubic-", 3)) if name.startswith(prefix)), 1)
    name = name.split("-", 1)[1] if power > 1 else name
    written = _PINT.get(name, name.replace("-", "_"))
    zero, one = (registry.Quantity(Fraction(number), written).to_base_units() for number in (0, 1))
    powers = sorted((base, power * int(raised)) for base, raised in one.unit_items())
    base = " * ".join(base if raised == 1 else f"{base}^{raised}" for base, raised in powers)
    return Measure(base, (Fraction(one.magnitude) - Fraction(zero.magnitude)) ** power, Fraction(zero.magnitude))


@cache
def _registry() -> Any:
    """Pint's default registry in exact fractions; it would keep its cache outside the project, so it keeps none."""
    import pint

    exact: Any = Fraction  # which pint takes, though it asks for a kind of float
    return pint.UnitRegistry(non_int_type=exact, cache_folder=None)
