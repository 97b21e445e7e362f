"""Counts vulgar words and asks the toxicity classifier about the texts that have some: neither alone removes a document.

Words for groups of people are not on the list: a topic is no offense.
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
ASKED_FROM = 3  # vulgar words; below this the text is kept whatever the classifier says, so it is not asked


@dataclass(frozen=True, slots=True)
class Profanity:
    """`counts`: vulgar words of each text, those only mentioned left out; `toxicity`: in [0, 1], 0 if there are under three."""

    counts: npt.NDArray[np.float64]
    toxicity: npt.NDArray[np.float64]


def profanity_signals(texts: Sequence[str]) -> Profanity:
    """Inputs of the rule `profanity`, shapes (len(texts),)."""
    counts = np.array([profane_words(text.lower()) for text in texts], np.float64)
    toxicity = np.zeros(len(texts))
    asked = np.flatnonzero(counts >= ASKED_FROM)
    if len(asked):
        toxicity[asked] = _classifier().score([texts[index] for index in asked.tolist()])
    return Profanity(counts, toxicity)


def profane_words(lowered: str) -> int:
    """How many words are vulgar; a word alone between quotation marks or brackets is mentioned, not used."""
    count = 0
    for last, word in _automaton().iter(lowered):
        start, end = last - len(word) + 1, last + 1
        before, after = lowered[max(0, start - 1) : start], lowered[end : end + 1]
        whole = not before.isalnum() and not after.isalnum()
        count += whole and not (before in OPENING and after in CLOSING)
    return count


@cache
def _classifier() -> Toxicity:
    return Toxicity()


@cache
def _automaton() -> Any:
    """Words that are vulgar in nearly any use, in nine languages; those with a common innocent sense are not among them."""
    automaton: Any = ahocorasick.Automaton()
    for word in sorted((files("tierline.filters") / "profanity.txt").read_text("utf-8").split()):
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton
