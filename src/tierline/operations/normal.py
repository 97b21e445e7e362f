"""Writes the metric value, the whole number or the date of ISO 8601 behind what a document says, which stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

if TYPE_CHECKING:
    from pint import UnitRegistry

# What is written -> (pint's unit, the unit it is converted to, its sign). Those that mean several things, such as gallons, are left out.
_UNITS = {
    "mile": ("mile", "kilometer", "km"), "miles": ("mile", "kilometer", "km"), "square miles": ("mile**2", "kilometer**2", "km²"),
    "mph": ("mile/hour", "kilometer/hour", "km/h"), "miles per hour": ("mile/hour", "kilometer/hour", "km/h"),
    "feet": ("foot", "meter", "m"), "square feet": ("foot**2", "meter**2", "m²"), "yards": ("yard", "meter", "m"),
    "inches": ("inch", "centimeter", "cm"), "acres": ("acre", "hectare", "ha"),
    "lbs": ("pound", "kilogram", "kg"), "lb": ("pound", "kilogram", "kg"), "°F": ("degF", "degC", "°C"),
    "degrees Fahrenheit": ("degF", "degC", "°C"),
}  # fmt: skip
_MANY = {"lakh": 10**5, "lakhs": 10**5, "crore": 10**7, "crores": 10**7}
_NUMBER = r"(?<![\w.,/$€£¥₹#:-])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,9}(?:\.\d{1,4})?)"
_WRITTEN = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_MEASURE = re.compile(rf"{_NUMBER} ?(?P<unit>{_WRITTEN})(?![\w²³-])")
_COUNT = re.compile(r"(?<![\w.,/-])(?P<number>\d{1,4}(?:\.\d{1,3})?) (?P<many>lakhs?|crores?)(?![\w-])")
_DATE = re.compile(r"(?<![\w./-])(?P<one>\d{1,2})(?P<sign>[/.])(?P<two>\d{1,2})(?P=sign)(?P<year>(?:19|20)\d\d)(?![\w/-]|\.\d)")
_RANGE_BEFORE = re.compile(r"(?:\d|\b(?:to|and|or|by|x|between|half|quarter|minus|some of)) ?[-–x×]? ?\Z", re.I)
_GOES_ON = re.compile(
    r" ?(?:\(|\[|or |x |× |by \d|[-–/]|and a |\d|to \d|per |an? (?:hour|day)|high|away\?|,? \d+ ?(?:inches|in\b|\"|ft))", re.I
)
_PAPER = re.compile(r"lbs? [\w ]{0,30}\b(?:paper|cardstock|stock|bond|cover|bristol)\b")  # weighed by the ream
_METRIC = re.compile(r"\b(?:km|kilomet(?:er|re)s?|met(?:er|re)s?|cm|kg|kilograms?|hectares?|ha|km/h|celsius)\b|°C|m²|km²", re.I)
_FIRST_TWO = 2  # digits at the least
PER_DOCUMENT = 12  # a text of more measures is a table or a catalog


def find_normal(document: Document, proposer: str) -> Iterator[Operation]:
    """Measures of the English units, lakhs and crores, and dates of numbers alone that can be read in one way."""
    text = document.text
    found = [
        *((match, _metric(match), "a unit that is no metric one") for match in _MEASURE.finditer(text)),
        *((match, _whole(match), "an Indian number") for match in _COUNT.finditer(text)),
        *((match, _iso(match), "a date of numbers") for match in _DATE.finditer(text)),
    ]
    for match, meant, reason in found if len(found) <= PER_DOCUMENT else ():
        if meant:
            yield Operation(Kind.NORMAL, match.end(), match.end(), f" ({meant})", reason, proposer)


def verify_normal(document: Document, operation: Operation) -> str:
    """What stands in the brackets is computed again from what stands before them, and nothing there says it already."""
    text, place = document.text, operation.start
    if place != operation.end or document.is_verbatim(max(0, place - 1), place):
        return "normal:original"
    line_start, line_end = document.lines[document.line_of(place)]
    if document.line_of(place) in document.headings:
        return "normal:heading"
    for pattern, meant in ((_MEASURE, _metric), (_COUNT, _whole), (_DATE, _iso)):
        match = next((one for one in pattern.finditer(text, line_start, line_end) if one.end() == place), None)
        if match is None:
            continue
        if operation.replacement != f" ({meant(match)})" or not meant(match):
            return "normal:value"
        if _PAPER.match(text, match.start("unit") if pattern is _MEASURE else place):
            return "normal:part"
        if _RANGE_BEFORE.search(text[max(line_start, match.start() - 12) : match.start()]) or _GOES_ON.match(text[place : place + 16]):
            return "normal:part"
        near = text[max(line_start, match.start() - 40) : match.start()] + " " + text[place : min(line_end, place + 40)]
        return "normal:said" if pattern is _MEASURE and _METRIC.search(near) else ""
    return "normal:value"


def _metric(match: re.Match[str]) -> str:
    unit, target, sign = _UNITS[match["unit"]]
    digits = match["number"].replace(",", "")
    value = _registry().Quantity(float(digits), unit).to(target).magnitude
    if sign == "°C":
        return f"{round(value)} {sign}"
    shown = digits.replace(".", "").lstrip("0")
    significant = max(_FIRST_TWO, len(shown if "." in digits else shown.rstrip("0")))
    return f"{_rounded(value, significant)} {sign}" if value else ""


def _rounded(value: float, digits: int) -> str:
    exact = Decimal(value)
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1))
    shown = f"{rounded:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _whole(match: re.Match[str]) -> str:
    value = Decimal(match["number"]) * _MANY[match["many"]]
    return f"{value.to_integral_value():,f}" if value == value.to_integral_value() else ""


def _iso(match: re.Match[str]) -> str:
    """ "" for a date that could be read day first or month first; with dots the day is first."""
    one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
    orders = [(one, two)] if match["sign"] == "." else [(one, two), (two, one)]
    found: set[date] = set()
    for day, month in orders:
        try:
            found.add(date(year, month, day))
        except ValueError:
            continue
    return next(iter(found)).isoformat() if len(found) == 1 else ""


@cache
def _registry() -> UnitRegistry[float]:
    from pint import UnitRegistry

    return UnitRegistry()


NORMAL = Rule("normal-1", find_normal, ("en",))
