"""Reads the value that a claim states as what it is, and says by which rule two values agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from tierline.knowledge.cldr_words import WORDS_KEPT, currency_named
from tierline.knowledge.dates import Date, read_date
from tierline.knowledge.identifiers import are_apart
from tierline.knowledge.keys import normal_key
from tierline.knowledge.measures import unit_of
from tierline.knowledge.names import Name, read_name
from tierline.knowledge.numerals import Quantity, read_quantity

LONGEST_NAME = 100  # characters; a longer text is compared as it is written
# Words of predicates whose values only look like numbers or names.
_AS_WRITTEN = re.compile(
    r"\b(?:version|model|phone|telephone|fax|mobile|zip|postal|postcode|code|codes|sku|mpn|number|no|id|identifier|serial|url|email|e mail|"
    r"street|address|hash|license|licence|isbn|issn|iban|hours|time|duration|color|colour)\b"
)
_IDENTIFIERS = {  # a word of the predicate, and the module of python-stdnum that knows the check digits
    "isbn": "isbn", "isbn10": "isbn", "isbn13": "isbn", "issn": "issn", "iban": "iban", "ean": "ean", "gtin": "ean", "gtin8": "ean",
    "gtin12": "ean", "gtin13": "ean", "upc": "ean", "lei": "lei", "isin": "isin", "imo": "imo", "isni": "isni", "orcid": "isni",
    "ismn": "ismn", "isrc": "isrc", "imei": "imei", "cusip": "cusip", "figi": "figi", "cas": "casrn", "bic": "bic", "swift": "bic",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value. `normal` is one stable text for all ways to write it, `precision` what it leaves open in the units of `normal`
    (`day`, `±500000`, `exact`), or "". `key` holds the words as written, by `normal_key`.

    `thing` is what the value is, as `scheme:value`, where that is known, else "".

    `type` is `number`, `date`, `identifier`, `currency`, `place`, `person`, `organization`, `name` or `string`.
    """

    type: str
    normal: str
    precision: str
    key: str
    meaning: Quantity | Date | Name | None = None
    thing: str = ""

    @property
    def is_ambiguous(self) -> bool:
        """Its words have two readings."""
        return isinstance(self.meaning, Quantity | Date) and len(self.meaning.readings) > 1

    @property
    def rank(self) -> tuple[float, ...]:
        """The larger, the more the value says: days before years, many digits before few, a unit before none."""
        if isinstance(self.meaning, Date):
            return (float(len(self.meaning.readings[0])), -float(len(self.meaning.readings)))
        if isinstance(self.meaning, Quantity):
            size = abs(self.meaning.readings[0]) or 1
            return (-float(len(self.meaning.readings)), float(bool(self.meaning.unit)), -float(self.meaning.half / size))
        if isinstance(self.meaning, Name):
            return (float(bool(self.meaning.qualifier)) + bool(self.meaning.legal) + 3 * bool(self.thing),)
        return (float(bool(self.thing)),)


def agreement(one: Value, other: Value) -> str | None:
    """The rule by which two values of one property agree, or None where they do not.

    `words`: the same words. `rounding`, `unit conversion`, `unit left out`: some number is rightly rounded to both
    (`Quantity.agrees`). `date`: equal at the coarser precision, in every reading (`Date.agrees`). `country`, `name`: `Name.agrees`.
    `identifier`, `currency`: the same normal form. `entity`: one thing by two names; two things never agree, whatever their names. The
    relation is symmetric and reflexive; it is not transitive, since 8.4 and 8.5 million each agree with 8.45 million, so that groups need a
    rule of their own (agreement.py).
    """
    if are_apart(one.thing, other.thing):
        return None
    if one.key == other.key and one.meaning == other.meaning:
        return "words"
    return _agreement(one, other) or ("entity" if one.thing and one.thing == other.thing else None)


def _agreement(one: Value, other: Value) -> str | None:
    match one.meaning, other.meaning:
        case (Quantity() as left, Quantity() as right):
            return left.agrees(right)
        case (Date() as left, Date() as right):
            return "date" if left.agrees(right) else None
        case (Name() as left, Name() as right):
            return left.agrees(right)
        case (None, None):
            return one.type if one.type == other.type and one.type != "string" and one.normal == other.normal else None
        case _:
            return None


def contradicts(one: Value, other: Value) -> bool:
    """Whether both can't be true of a property with one value: they do not agree, and not only because one of them is ambiguous."""
    if agreement(one, other):
        return False
    match one.meaning, other.meaning:
        case (Quantity() as left, Quantity() as right):
            return left.contradicts(right)
        case (Date() as left, Date() as right):
            return left.contradicts(right)
        case _:
            return True


@lru_cache(maxsize=WORDS_KEPT)
def read_value(text: str, predicate: str, language: str | None = None, decimal_point: bool = False) -> Value:
    """The value of a claim's object; the predicate says what is asked for where the words do not, the page's language which separators
    and words are meant. `decimal_point`: a single point in a number begins decimals, as in data. Any text has a value: what is nothing
    else is a string."""
    key, language = normal_key(text), language or "en"
    if number := _identifier(text, predicate):
        return Value("identifier", number, "", key)
    if date := read_date(text, predicate, language):
        return Value("date", date.normal, date.precision, key, date)
    if _AS_WRITTEN.search(predicate):
        return Value("string", key, "", key)
    if re.search(r"\bcurrenc", predicate) and (code := _currency(text)):
        return Value("currency", code, "", key)
    if quantity := read_quantity(text, predicate, language, decimal_point):
        return Value("number", quantity.normal, quantity.precision, key, quantity)
    if len(text) <= LONGEST_NAME and (named := read_name(text, predicate, language)):
        return Value(named[0], named[1].normal, "", key, named[1])
    return Value("string", key, "", key)


def _identifier(text: str, predicate: str) -> str | None:
    """`isbn:9780306406157`: the number in its compact form if the check digits are right."""
    kind = next((_IDENTIFIERS[word] for word in predicate.split() if word in _IDENTIFIERS), None)
    if kind is None:
        return None
    module: Any = import_module(f"stdnum.{kind}")
    words = text.rstrip("/").rpartition("/")[2].strip()
    words = words[len(kind) :].lstrip(" :-") if words.casefold().startswith(kind) and kind not in ("imo",) else words
    try:
        number = str(module.validate(words))
        return f"{kind}:{module.to_isbn13(number) if kind == 'isbn' else number}".replace("-", "").replace(" ", "")
    except Exception as error:
        if type(error).__module__ == "stdnum.exceptions":
            return None
        raise


def _currency(text: str) -> str | None:
    """The currency's code by ISO 4217, from its code, symbol or name, or from a code in brackets behind the name."""
    code = currency_named(text.strip()) or currency_named(text.rpartition("(")[2].removesuffix(")").strip()) or unit_of(text)
    return code if code and "-" not in code else None
