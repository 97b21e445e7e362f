"""Reads numbers with their unit or currency, as any language groups and scales them, and knows to which digit each is stated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property

from tierline.knowledge.cldr_words import groups_with_commas, power_named
from tierline.knowledge.measures import PERCENT, common_units, measure, unit_of
from tierline.text.typography import plainly

LONGEST = 60  # characters of digits and separators; what has more is an identifier
APPROXIMATE = Fraction(1, 100)  # of the value, on both sides: what "about" allows at least
ROUNDED = Fraction(1, 20)  # of the value: what a rounding excuses at most, so that 1 million is not 1,429,445
CONVERTED = Fraction(1, 40)  # of the value: what a rounded number may be off at most after a conversion, so that 1 km is not 1 mile
STATED = 4  # digits of a measured number that count as stated although they are zeros: 8,515,770 km² may be rounded to tens
STATED_CONVERTED = 3  # the same of a number that is compared with one in another unit, since conversions are rounded more
BARE = 2  # digits that a number without a unit must have to agree with one that has a unit
_ABOUT = re.compile(
    r"(?:about|around|circa|roughly|approximately|nearly|almost|some|c\.|ca\.?|approx\.?|etwa|rund|environ|cerca de|unos) ?(?=\W?\d)|"
    r"[~≈] ?",
    re.I,
)
_AMOUNT = re.compile(r"([^\d\s+-][^\d+-]{0,5})?([+-]|minus )?([^\d\s+-]{1,3})?(\d(?:[.,'٫ ]?\d)*)", re.I)
_WORD = re.compile(r"[ -]?([^\W\d_][^\s\d.,()]*)\.?(?: ([^\W\d_][^\s\d.,()]*)\.?)?")
_WHEN = re.compile(r"\((?:\d{4}|est\.?|estimated?|census|approx\.?|[ ,-]){1,6}\)")
_UNIFORM = str.maketrans({"’": "'", "‘": "'", "`": "'", "٬": "'", "٪": "%", "℃": "°C", "℉": "°F"})
_SCALES_OF_MONEY = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9, "t": 12, "tn": 12}
_PEOPLE = frozenset("people persons inhabitants residents einwohner habitants habitantes abitanti inwoners invånare 人 명".split())
_FIFTEEN = Context(prec=15)


@dataclass(frozen=True, slots=False)
class Quantity:
    """A number of `unit`: CLDR's name, ISO 4217's code, or "" for none. `step` is the unit of the last digit that is stated.

    `readings` are two where a separator may group thousands or begin decimals: 1.234 is 1234 or 1.234.
    """

    readings: tuple[Fraction, ...]
    step: Fraction
    unit: str
    scaled: bool = False  # written with a word for a power of ten
    approximate: bool = False

    @property
    def is_money(self) -> bool:
        """Its unit is a currency."""
        return len(self.unit) == 3 and self.unit.isupper()

    @property
    def is_ambiguous(self) -> bool:
        """It has two readings."""
        return len(self.readings) > 1

    @cached_property
    def half(self) -> Fraction:
        """How far the true value may lie from the stated one in the same unit: half a step of a measured, decimal or scaled number,
        and of a measured one zeros from the fifth digit on may stand for digits that nobody stated.

        Whole numbers without a unit are counts, and sums of money are exact, unless a word shows that they are rounded.
        """
        if self.approximate:
            return max(self._stated_step(STATED_CONVERTED) / 2, APPROXIMATE * abs(self.readings[0]))
        if self.scaled:
            return self.step / 2
        if self.is_money or (not self.unit and self.step >= 1):
            return Fraction(0)
        return (self._stated_step(STATED) if self.unit else self.step) / 2

    def _stated_step(self, digits: int) -> Fraction:
        """The place of the last digit that is not 0, or of the one of that number if it comes later."""
        value, step = abs(self.readings[0]), self.step
        while value and value % (10 * step) == 0 and value >= 10**digits * step:
            step *= 10
        return step

    @cached_property
    def significant(self) -> int:
        """Digits from the first that is not 0 to the last that is stated."""
        return len(str(int(abs(self.readings[0]) / self.step))) if self.step and self.readings[0] else 0

    @cached_property
    def in_si(self) -> tuple[str, Fraction, Fraction] | None:
        """(base unit, value, how far the true value may lie from it), both in the base unit; None without a unit that converts."""
        found = measure(self.unit) if self.unit and len(self.readings) == 1 else None
        if not found:
            return None
        half = max(self.half, self._stated_step(STATED_CONVERTED) / 2)
        half = min(half, CONVERTED * abs(self.readings[0])) if not found.offset else half
        return found.base, found.offset + found.factor * self.readings[0], abs(found.factor) * half

    @property
    def normal(self) -> str:
        """Decimal value in the base unit of the SI, the currency or the unit; several readings with "|" between them."""
        found = measure(self.unit) if self.unit else None
        values = [found.offset + found.factor * value for value in self.readings] if found else self.readings
        return f"{'|'.join(map(_decimal, values))} {found.base if found else _short(self.unit)}".strip()

    @property
    def precision(self) -> str:
        """What the notation leaves open, in the unit of `normal`: ±50000; "exact" where that is nothing."""
        found = measure(self.unit) if self.unit else None
        return "±" + _decimal(abs(found.factor) * self.half if found else self.half) if self.half else "exact"

    def agrees(self, other: Quantity) -> str | None:
        """The rule by which some true value is rightly rounded to both, or None.

        In the same unit the true value lies within `half` of each, and neither rounding excuses more than `ROUNDED`. After a conversion
        zeros from the fourth digit on count as not stated, and neither rounding excuses more than `CONVERTED`. A number without a unit
        agrees with the same digits in any unit if it has two of them. A number of two readings agrees with the same two alone.
        """
        if self.is_ambiguous or other.is_ambiguous:
            return "rounding" if self.readings == other.readings and self.unit == other.unit else None
        if self.unit == other.unit:
            return "rounding" if self._meets(other, ROUNDED) else None
        if not self.unit or not other.unit:
            bare = other if self.unit else self
            return "unit left out" if bare.significant >= BARE and self._meets(other, ROUNDED) else None
        one, two = self.in_si, other.in_si
        return "unit conversion" if one and two and one[0] == two[0] and _meet(one[1], one[2], two[1], two[2]) else None

    def contradicts(self, other: Quantity) -> bool:
        """No reading of one agrees with any of the other, nor is one of them rounded to so few digits that they could be equal, nor does
        one without a unit agree in another common one: 309500 may be km² where the other says 119,499 sq mi."""
        one, two = (
            [Quantity((value,), each.step, each.unit, each.scaled, each.approximate) for value in each.readings] for each in (self, other)
        )
        return not any(left._could_be(right) for left in one for right in two)

    def _could_be(self, other: Quantity) -> bool:
        if self.agrees(other):
            return True
        if self.unit == other.unit:
            return self._meets(other)
        bare, named = (other, self) if self.unit else (self, other)
        if bare.unit or not named.in_si:
            return False
        meant = (Quantity(bare.readings, bare.step, unit, bare.scaled, bare.approximate) for unit in common_units(named.in_si[0]))
        return any(quantity.agrees(named) for quantity in meant)

    def _meets(self, other: Quantity, excused: Fraction | None = None) -> bool:
        """Whether the digits, whatever the units, are roundings of one value, of which each may be off by the share that is excused."""
        one, two = (each.half if excused is None else min(each.half, excused * abs(each.readings[0])) for each in (self, other))
        return _meet(self.readings[0], one, other.readings[0], two)


def read_quantity(text: str, predicate: str, language: str, decimal_point: bool = False) -> Quantity | None:
    """The quantity that the whole text is, or None; a unit in the predicate, "area (km²)", counts where the text has none.

    `decimal_point`: a single point is known to begin decimals, as in data.
    """
    plain = " ".join(plainly(text).text.translate(_UNIFORM).split())
    about = _ABOUT.match(plain)
    amount = _AMOUNT.match(plain, about.end() if about else 0)
    if not amount or len(amount[4]) > LONGEST or (amount[1] and amount[3]):
        return None
    before = (amount[1] or amount[3] or "").strip()
    currency = unit_of(before) if before else None
    if before and not (currency and "-" not in currency):
        return None
    scale, behind = _scale(plain[amount.end() :], language, bool(currency))
    unit = _unit_behind(behind, predicate, language)
    if unit is None or (currency and unit):
        return None
    unit = currency or unit
    english = groups_with_commas(language)
    decimal = (
        decimal_point or predicate in ("latitude", "longitude") or (english and (bool(scale) or unit == PERCENT))
    )  # no thousands there
    readings = _readings(amount[4], english, decimal)
    if not readings:
        return None
    sign, power = (-1 if amount[2] and amount[2] != "+" else 1), Fraction(10) ** scale
    values = tuple(sorted({sign * value * power for value, _ in readings}))
    return Quantity(values, min(step for _, step in readings) * power, unit, bool(scale), bool(about))


def _scale(behind: str, language: str, money: bool) -> tuple[int, str]:
    """(power of ten, what is left) of the words behind a number."""
    words = _WORD.match(behind)
    if not words:
        return 0, behind
    first, second = words[1].casefold(), (words[2] or "").casefold()
    if not money and unit_of(words[1]):  # some languages shorten a thousand like a unit
        return 0, behind
    if second and (power := power_named(f"{first} {second}", language)):
        return power, behind[words.end() :]
    if power := power_named(first, language) or (_SCALES_OF_MONEY.get(first) if money else None):
        end = words.end(1) + behind.startswith(".", words.end(1))
        return power, behind[end:]
    if first[0] > "\u2fff" and (power := power_named(first[0], language)):
        return power, behind[words.start(1) + 1 :]
    return 0, behind


def _unit_behind(behind: str, predicate: str, language: str) -> str | None:
    """The unit that the rest of a text is, "" for none, None if the rest is something else; behind a unit brackets are left out, without
    one they may say when, or the same in another unit."""
    words, opened, inside = behind.strip().partition("(")
    if opened and not words.strip() and not _WHEN.fullmatch("(" + inside) and not _says_again(inside, language):
        return None
    words = words.strip().removeprefix("-")
    if words and words.casefold() not in _PEOPLE:
        return unit_of(words)
    if words or not predicate.endswith(")"):
        return ""
    return unit_of(predicate.rpartition("(")[2].removesuffix(")")) or ""


def _says_again(inside: str, language: str) -> bool:
    """Whether a bracket holds the same in another unit, as in `10 km (6.2 mi)`."""
    return (
        "(" not in inside and inside.endswith(")") and bool(inside[:1].isdigit()) and read_quantity(inside[:-1], "", language) is not None
    )


def _readings(run: str, commas_group: bool, is_small: bool) -> list[tuple[Fraction, Fraction]]:
    """(value, step) of each way to read digits with separators; spaces and apostrophes group.

    A single comma before three digits groups where the language groups with commas. A single point there may be either in any language,
    since structured data has decimal points everywhere; it begins decimals where the number is small (`is_small`).
    """
    marks = [character for character in run if not character.isdigit()]
    if not marks:
        return [_number(run, "")]
    last, whole, behind = marks[-1], *_split(run, marks[-1])
    if last == "٫" or (last in ".," and marks.count(last) == 1):
        others = set(marks[:-1])
        if len(others) > 1 or (others and not _is_grouped(whole, others.pop())):
            return []
        decimal = _number(_digits(whole), behind)
        if len(marks) > 1 or last == "٫" or (is_small and last == ".") or len(behind) != 3 or not 1 <= len(whole) <= 3 or whole[0] == "0":
            return [decimal]
        grouped = _number(_digits(run), "")
        return [grouped] if last == "," and commas_group else [grouped, decimal]
    return [_number(_digits(run), "")] if len(set(marks)) == 1 and _is_grouped(run, last) else []


def _split(run: str, mark: str) -> tuple[str, str]:
    whole, _, behind = run.rpartition(mark)
    return whole, behind


def _is_grouped(run: str, mark: str) -> bool:
    """Groups of three; or the last of three and those before it of two, as in India."""
    first, *groups = run.split(mark)
    sizes = {len(group) for group in groups[:-1]}
    return (
        len(groups) > 0
        and len(groups[-1]) == 3
        and 1 <= len(first) <= 3
        and (sizes <= {3} or (mark == "," and sizes == {2} and len(first) < 3))
    )


def _digits(run: str) -> str:
    return "".join(filter(str.isdigit, run))


def _number(whole: str, decimals: str) -> tuple[Fraction, Fraction]:
    step = Fraction(1, 10 ** len(decimals))
    return int(whole + decimals) * step, step


def _meet(one: Fraction, half: Fraction, two: Fraction, other: Fraction) -> bool:
    """Whether a value lies within both roundings; what two roundings only share as their border lies in none of two equal steps."""
    gap = abs(one - two)
    return gap < half + other or (gap <= half + other and not (half and other))


def _decimal(value: Fraction) -> str:
    """Fifteen significant digits, without an exponent."""
    written = format(_FIFTEEN.divide(Decimal(value.numerator), Decimal(value.denominator)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _short(unit: str) -> str:
    return "percent" if unit == PERCENT else unit
