"""Reads the digits, spaces, dashes and signs of every script as ASCII ones, and still knows where in the text each of them stood."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

JOINERS = "\u200c\u200d"  # they decide which letter is meant


def _ascii(character: str) -> str | None:
    """What stands for a character, "" if nobody sees it, and None if it means something of its own; by the Unicode character database."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "Cf":
        return None if character in JOINERS else ""
    forms = "\ufe50" <= character <= "\uff5e" or character == "\u2024"  # small and full-width forms, the dot of a leader
    compatible = unicodedata.normalize("NFKC", character) if forms else ""
    return compatible if len(compatible) == 1 and compatible.isascii() else None


PLAIN = {character: plain for character in map(chr, range(0x80, 0x10000)) if (plain := _ascii(character)) is not None}
LONG_VOWEL = re.compile(r"ー(?<=\d.)(?=\d)")  # Japanese typists take it for a dash
BETWEEN_DIGITS = re.compile(r"[ー·‧・∙•⋅。｡](?<=\d.)(?=\d)")
ODD = re.compile(f"[{''.join(map(re.escape, PLAIN))}]")
UNSEEN = re.compile(f"[{''.join(re.escape(character) for character, plain in PLAIN.items() if not plain)}]")


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text in which what has an ASCII form is in ASCII; `cuts` are the places in it behind which unseen characters were taken out."""

    text: str
    cuts: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of this text lies in the text as it was."""
        return start + bisect_right(self.cuts, start), end + bisect_right(self.cuts, end - 1)


def plainly(text: str, grouping: bool = False) -> PlainText:
    """The text with ASCII digits, spaces, dashes and signs; letters stay as they are. With `grouping` every dot between digits is a full
    stop, as in numbers that are grouped: in others it multiplies."""
    if text.isascii():
        return PlainText(text)
    odd = set(ODD.findall(text))  # few different ones: each is replaced everywhere at once
    for character in odd:
        text = text.replace(character, PLAIN[character]) if PLAIN[character] else text
    unseen = [place.start() for place in UNSEEN.finditer(text)] if not all(map(PLAIN.get, odd)) else []
    shown = UNSEEN.sub("", text) if unseen else text
    between = BETWEEN_DIGITS if grouping else LONG_VOWEL
    shown = between.sub(lambda sign: "-" if sign[0] == "ー" else ".", shown)
    return PlainText(shown, tuple(place - number for number, place in enumerate(unseen)))
