"""Leaves out of a text the sentences that state a page's claims: what honest pages have in common is data, in sentences too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

VALUE_CHARACTERS_MIN = 3  # a shorter word is in any sentence
VALUE_WORDS_MAX = 5  # of a value that is looked for
_SENTENCE = re.compile(r"(?<=[.!?。！？।])\s+|\n")
_SEPARATORS = ".,'’٬٫\u00a0\u202f\u2009"
_NUMERAL = re.compile(rf"\d{{1,3}}(?: \d{{3}})+(?!\d|[.,]\d)|\d+(?:[{_SEPARATORS}]\d+)*")
_DIGITS = 2, 15  # of a numeral that can be an anchor
_EDGES = " .,;:!?()[]\"'«»“”„’"


def own_words(text: str, values: Iterable[str]) -> str:
    """The sentences of a text in which none of these values stands: no word or words of one, no numeral with its digits.

    Takes time linear in the text, however many values there are.
    """
    plain = {_plain(value) for value in values}
    words = {value for value in plain if len(value) >= VALUE_CHARACTERS_MIN and value.count(" ") < VALUE_WORDS_MAX}
    digits = {found for value in plain if len(found := digits_of(value)) > 1}
    return "\n".join(sentence for sentence in _SENTENCE.split(text) if not _states(sentence, words, digits))


def _states(sentence: str, values: set[str], digits: set[str]) -> bool:
    words = [word.strip(_EDGES) for word in sentence.casefold().split()]
    runs = (" ".join(words[place : place + size]) for size in range(1, VALUE_WORDS_MAX + 1) for place in range(len(words) - size + 1))
    return any(run in values for run in runs) or any(numeral in digits for numeral in numerals(sentence))


def _plain(text: str) -> str:
    return " ".join(word.strip(_EDGES) for word in text.casefold().split())


def numerals(text: str) -> Iterator[str]:
    """The digits of each numeral of a text in order, without its separators, in ASCII; those of 2 to 15 digits."""
    for match in _NUMERAL.finditer(text):
        digits = digits_of(match[0])
        if _DIGITS[0] <= len(digits) <= _DIGITS[1]:
            yield digits


def digits_of(text: str) -> str:
    """All digits of a text, in ASCII."""
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())
