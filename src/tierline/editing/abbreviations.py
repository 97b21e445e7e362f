"""Finds the abbreviations that a text defines itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tierline.editing.normal_form import words_of
from tierline.editing.word import Forms

_DEFINED = re.compile(r"\(([A-Z][A-Za-z&.-]{0,8}[A-Z]s?)\)")
_BEHIND = re.compile(r"\b([A-Z][A-Z&.-]{0,8}[A-Z])\b \(([^()\n]{4,120})\)")
_WORD = re.compile(r"[^\W\d_]+")
REACH = 160  # characters before an abbreviation in which its words are sought
_LINKING = frozenset("of and the for in on to a an de la le des du und der die das y e".split())


class Definition(NamedTuple):
    """`text[start:end]` is what an abbreviation stands for; the abbreviation itself begins at `short_start`."""

    short: str
    start: int
    end: int
    short_start: int


def definitions_of(text: str) -> Iterator[Definition]:
    """Where a text defines an abbreviation as in "World Health Organization (WHO)", in order."""
    for match in _DEFINED.finditer(text):
        at = max(0, match.start() - REACH)
        words = list(_WORD.finditer(text, at, match.start()))
        if long := _spelled(re.sub(r"[^A-Z]", "", match[1]), [word[0] for word in words]):
            first = words[len(words) - len(long)]
            yield Definition(match[1], first.start(), words[-1].end(), match.start(1))


def abbreviations_of(text: str) -> dict[str, Forms]:
    """Abbreviations that a text itself defines, "World Health Organization (WHO)" or "WHO (World Health Organization)", with the forms
    of the words they stand for. The letters must be those that the words begin with (after Schwartz and Hearst 2003)."""
    found: dict[str, Forms] = {}
    for match in _DEFINED.finditer(text):
        short = re.sub(r"[^A-Z]", "", match[1])
        words = _WORD.findall(text[max(0, match.start() - REACH) : match.start()])
        if long := _spelled(short, words):
            found[match[1]] = tuple(word.form for word in words_of(" ".join(long)))
    for match in _BEHIND.finditer(text):
        words = re.findall(r"[^\W\d_]+", match[2])
        long = _spelled(re.sub(r"[^A-Z]", "", match[1]), words)
        if long and len(long) == len(words):
            found[match[1]] = tuple(word.form for word in words_of(" ".join(long)))
    return found


def _spelled(short: str, words: Sequence[str]) -> list[str]:
    """The last of the words whose first letters are those of the abbreviation; linking words need no letter."""
    letters, at = list(short), len(words)
    while letters and at:
        at -= 1
        if words[at][0].upper() == letters[-1]:
            letters.pop()
        elif words[at].lower() not in _LINKING:
            return []
    return list(words[at:]) if not letters and len(words) - at > 1 else []
