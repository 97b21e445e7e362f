"""What the makers of planted edits share: finding a place in a passage by chance, and putting something else there."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

Made = tuple[str, str] | None
Maker = Callable[[str, random.Random, Sequence[str]], Made]  # passage, generator, other passages; (source, edit) where there is a place
TABLES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("planted_edits.yaml").read_text("utf-8"))
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
NAME = re.compile(r"(?<=[a-z,] )(?!The\b)[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*\b")
MONTHS = "January February March April May June July August September October November December".split()
SMALL = "two three four five six seven eight nine ten eleven twelve".split()
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def one_of(pattern: str, text: str, rng: random.Random, flags: int = 0) -> re.Match[str] | None:
    """One of the places that match, by chance."""
    found = list(re.finditer(pattern, text, flags))
    return rng.choice(found) if found else None


def put(text: str, match: re.Match[str], new: str, group: int = 0) -> str:
    """The text with something else at a place."""
    return text[: match.start(group)] + new + text[match.end(group) :]


def same_case(old: str, new: str) -> str:
    """The new word with a capital where the old one has it."""
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def swapped(text: str, first: tuple[int, int], second: tuple[int, int]) -> str:
    """The text with two spans exchanged."""
    (a, b), (c, d) = sorted((first, second))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def from_table(text: str, rng: random.Random, table: dict[str, str]) -> Made:
    """The text with one word of a table replaced by what the table has for it."""
    match = one_of(rf"\b(?:{'|'.join(table)})\b", text, rng, re.I)
    if not match or match[0].isupper():
        return None
    return text, put(text, match, same_case(match[0], table[match[0].lower()]))


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return SENTENCE.split(text)


def tells(sentence: str) -> bool:
    """A sentence in the past, whose place in the text says when."""
    return bool(re.search(r"\b\w{3,}ed\b|\bwas\b|\bwere\b", sentence)) and not re.search(r"\b(?:is|are|has|have|can|may)\b", sentence)
