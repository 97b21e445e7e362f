"""Reads the quantities of a text: each number, in digits or English words, with its sign and its unit or currency, in one form."""

from __future__ import annotations

import re

from tierline.text.typography import plainly
from tierline.text.units import unit_named

NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_ONES = "two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINAL_ONES = "first second third fourth fifth sixth seventh eighth ninth".split()
_ORDINAL_TEENS = "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()
_FOLD = {"double": 2, "doubled": 2, "twofold": 2, "triple": 3, "tripled": 3, "threefold": 3, "quadruple": 4, "quadrupled": 4, "tenfold": 10}
_MANY = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}  # powers of ten
_SHORT = {"lakh": 5, "lakhs": 5, "crore": 7, "crores": 7, "mn": 6, "mln": 6, "bn": 9, "trn": 12}
# "one" is more often a pronoun than a number.
VALUES = {
    **{word: str(value) for value, word in enumerate(_ONES, 2)},
    **{word: str(value) for value, word in enumerate(_TEENS, 10)},
    **{word: f"{value}th" for value, word in enumerate(_ORDINAL_ONES, 1)},
    **{word: f"{value}th" for value, word in enumerate(_ORDINAL_TEENS, 10)},
    **{word: f"{10 * value}" for value, word in enumerate(_TENS, 2)},
    **{word.removesuffix("y") + "ieth": f"{10 * value}th" for value, word in enumerate(_TENS, 2)},
    **{word + ending: f"10^{power}{ending[:2]}" for word, power in _MANY.items() for ending in ("", "s", "th")},
    **{word: f"10^{power}" for word, power in _SHORT.items()},
    **{word: f"{times}-fold" for word, times in _FOLD.items()},
    **{word: word for word in ("zero", "half", "quarter", "twice", "thrice", "dozen")},
}
_UNITS_OF_TENS = "|".join(("one", *_ONES, *_ORDINAL_ONES))
_FRACTION, _RAISED = "[¼-¾⅐-⅞]", "[⁺⁻]?[⁰¹²³⁴-⁹]+"
NUMERAL = re.compile(
    rf"(?P<digits>(?:(?<![\w.])\.)?{NUMBER.pattern}(?:{_FRACTION}|{_RAISED})?|{_FRACTION})(?:(?P<ordinal>st|nd|rd|th)\b|(?P<decade>'?s\b))?"
    rf"|\b(?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<ones>{_UNITS_OF_TENS}))?|(?P<word>{'|'.join(VALUES)}))\b"
    rf"|(?<=\d)(?P<scale>{'|'.join(_SHORT)})\b",
    re.I,
)
SIGN = re.compile(r"(?:(?:^|[\s(\[\"'“‘=<>~≈])-|\b(?:minus|negative) )\Z", re.I)
TOLERANCE = re.compile(r"(?:±|\+/-|\bplus or minus) ?\Z", re.I)
CURRENCY = re.compile(r"(?:[A-Z]{1,2}\$|[^\w\s-]|\b[A-Z]{3}(?= ?\Z)) ?\Z")
UNIT = re.compile(r"[ -]?((?:[°%‰‱′″€£$¥₹₩₪₱₫][CF]?|[^\W\d_]+[²³]?(?:/[^\W\d_]+[²³]?)?)(?: [^\W\d_]+){0,2})")
HALF_OF_DAY = re.compile(r" ?([ap])(?:\. ?m\.|m\b)", re.I)
ONE_FORM = str.maketrans({"µ": "μ", "℃": "°C", "℉": "°F", "٪": "%"})  # the micro sign as CLDR writes it
PER = re.compile(r"\b(?:per|a|each|this|that) \Z", re.I)  # then "second" is a time
NO_UNITS = frozenset("in at a am so as to of by on or and is it s".split())
SIGNS_BEFORE = 16  # characters in which a sign and a currency are sought


def quantities(text: str) -> set[str]:
    """Every quantity: "-12 temperature-celsius" for "minus 12 °C", "500 USD" for "$500", "13" for "thirteen", "1th" for "first";
    dates, years and times are numbers too. Thousands separators are removed, and a repeated quantity counts once."""
    plain = plainly(text).text.translate(ONE_FORM)
    found: set[str] = set()
    end = 0
    for match in NUMERAL.finditer(plain):
        if match.start() < end:  # "second" in "1 second"
            continue
        before = plain[max(0, match.start() - SIGNS_BEFORE) : match.start()]
        if match["word"] and match["word"].lower() == "second" and PER.search(before):
            continue
        currency = CURRENCY.search(before)
        unit = unit_named(currency[0].strip()) if currency else None
        signs = before[: currency.start()] if unit and currency else before
        sign = "±" if TOLERANCE.search(signs) else "-" if SIGN.search(signs) else ""
        end = match.end()
        if not unit:
            unit, length = unit_behind(plain, end)
            end += length
        found.add(f"{sign}{_value(match)} {unit or ''}".strip())
    return found


def _value(match: re.Match[str]) -> str:
    if match["digits"]:
        digits = {"½": "half", "¼": "quarter"}.get(match["digits"], match["digits"])
        return re.sub(r"(?<=\d),(?=\d{3}\b)", "", digits) + ("th" if match["ordinal"] else "s" if match["decade"] else "")
    if word := match["word"] or match["scale"]:
        return VALUES[word.lower()]
    tens, ones = VALUES[match["tens"].lower()], ({"one": "1"} | VALUES).get((match["ones"] or "").lower(), "")
    return tens[: len(tens) - bool(ones)] + ones


def unit_behind(text: str, start: int) -> tuple[str | None, int]:
    """(unit, characters up to its end) of the words behind a number. A rate that CLDR does not name has the names of its parts."""
    if half := HALF_OF_DAY.match(text, start):
        return half[1].lower() + "m", half.end() - start
    found = UNIT.match(text, start)
    if not found:
        return None, 0
    parts = found[1].split(" ")
    for words in (" ".join(parts[:length]) for length in range(len(parts), 0, -1)):  # "miles per hour", "square meters", "miles"
        if words.lower() not in NO_UNITS and (unit := unit_named(words)):
            return unit, found.start(1) - start + len(words)
    word = found[1].partition(" ")[0]
    over, _, under = word.partition("/")
    if under and (unit := unit_named(over)):
        return f"{unit}/{unit_named(under) or under}", found.start(1) - start + len(word)
    return None, 0
