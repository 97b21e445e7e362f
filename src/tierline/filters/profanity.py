"""Counts vulgar words and asks the toxicity classifier about the English texts that have some: there neither alone removes a document.

The list holds English and the ten languages that the web has most of beside it (Common Crawl's statistics of languages). Words for groups
of people are not on it: a topic is not an offense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import ahocorasick
import numpy as np
import numpy.typing as npt

from tierline.text.toxicity import Toxicity

OPENING, CLOSING = frozenset("\"'“‘«„`("), frozenset("\"'”’»“`)")
ENGLISH, UNSPACED_FROM = "en", "\u3040"  # of the scripts on the list those from the Kana on have no spaces
ASKED_FROM = 3  # vulgar words; below this the text is kept whatever the classifier says, so it is not asked


@dataclass(frozen=True, slots=True)
class Profanity:
    """`counts`: vulgar words of each text, those only mentioned left out; `toxicity`: in [0, 1], 0 if there are under three, and in any
    language but English, of which the classifier knows nothing."""

    counts: npt.NDArray[np.float64]
    toxicity: npt.NDArray[np.float64]


def profanity_signals(texts: Sequence[str], languages: Sequence[str], lowered: Sequence[str] | None = None) -> Profanity:
    """Inputs of the rule `profanity`, shapes (len(texts),); `lowered` are the texts in lower case, where they are at hand."""
    lowered = [text.lower() for text in texts] if lowered is None else lowered
    counts = np.array([profane_words(text, language) for text, language in zip(lowered, languages, strict=True)], np.float64)
    toxicity = np.zeros(len(texts))
    asked = np.flatnonzero((counts >= ASKED_FROM) & (np.array(languages, dtype=str) == ENGLISH))
    if len(asked):
        toxicity[asked] = _classifier().score([texts[index] for index in asked.tolist()])
    return Profanity(counts, toxicity)


def profane_words(lowered: str, language: str = ENGLISH) -> int:
    """How many words are vulgar in the text's language or in English; a word alone between quotation marks or brackets is mentioned, not
    used. In scripts without spaces a word needs no edges."""
    count = 0
    for last, word in _automaton(language).iter_long(lowered):
        start, end = last - len(word) + 1, last + 1
        before, after = lowered[max(0, start - 1) : start], lowered[end : end + 1]
        whole = word[0] >= UNSPACED_FROM or (not before.isalnum() and not after.isalnum())
        count += whole and not (before in OPENING and after in CLOSING)
    return count


@cache
def _classifier() -> Toxicity:
    return Toxicity()


@cache
def vulgar_words() -> dict[str, tuple[str, ...]]:
    """Language -> its words on the list."""
    found: dict[str, list[str]] = {}
    language = ENGLISH
    for line in (files("tierline.filters") / "profanity.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            language = line.strip("[]")
        elif not line.startswith("#"):
            found.setdefault(language, []).extend(line.split())
    return {language: tuple(sorted(words)) for language, words in found.items()}


@cache
def _automaton(language: str) -> Any:
    automaton: Any = ahocorasick.Automaton()
    for word in {*vulgar_words()[ENGLISH], *vulgar_words().get(language, ())}:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton
