"""Normalizes words for comparison: what only writing decides, such as case and spaces, does not count."""

from __future__ import annotations

import re
import unicodedata

_LATIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"})
_UNSEEN = str.maketrans("", "", "'’‘ʼʻ`´“”„\"«»")
_PARTS = str.maketrans({",": " ", ".": " ", "-": " ", "‐": " ", "‑": " ", "–": " ", "—": " ", "−": " ", "&": " and "})
_WRITTEN_OUT = {"st": "saint", "ste": "saint", "sainte": "saint", "sankt": "saint", "mt": "mount", "ft": "fort"}


def normal_key(text: str) -> str:
    """The same words: compatibility form, case, spaces and thousands separators do not matter."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" .,;:!?\"'()")
    return re.sub(r"(?<=\d)[, ](?=\d{3}\b)", "", folded)


def name_form(text: str) -> str:
    """The same name: beyond `normal_key`, accents of Latin letters, apostrophes, points of initials, hyphens, a leading "the", and
    whether Saint, Mount, Fort and "and" are written out do not matter. Signs that tell names apart (C++, C#) stay."""
    plain = unaccented(unicodedata.normalize("NFKC", text).casefold()).translate(_LATIN_LETTERS).translate(_UNSEEN)
    words: list[str] = []
    initials = ""
    for word in [*plain.translate(_PARTS).split(), ""]:
        if len(word) == 1 and "a" <= word <= "z":
            initials += word
            continue
        if initials:
            words.append(initials)
            initials = ""
        words.append(word)
    words = words[1:-1] if len(words) > 2 and words[0] == "the" else words[:-1]
    return " ".join([*(_WRITTEN_OUT.get(word, word) for word in words[:-1]), *words[-1:]])  # a last "St" is a street


def unaccented(text: str) -> str:
    """Latin letters without their accents; marks of other scripts are part of their letters."""
    kept: list[str] = []
    latin = False
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.combining(character):
            if latin:
                continue
        else:
            latin = character < "\u0250"
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
