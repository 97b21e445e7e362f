"""Counts vulgar words. Words for groups of people are not among them: a topic is no offence, and toxicity is judged at L2."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import ahocorasick


def profane_words(lowered: str, words: Sequence[str]) -> int:
    """How many words are vulgar; the automaton decides in one pass whether any can be."""
    if not any(True for _ in _automaton().iter(lowered)):
        return 0
    return sum(1 for word in words if word.strip(".,;:!?\"'()[]*-…«»„“”") in _vulgar())


@cache
def _vulgar() -> frozenset[str]:
    """Vulgar in nearly any use, in nine languages; words with a common innocent sense are not on the list."""
    return frozenset((files("tierline.filters") / "profanity.txt").read_text("utf-8").split())


@cache
def _automaton() -> Any:
    automaton: Any = ahocorasick.Automaton()
    for word in sorted(_vulgar()):
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton
