"""Says which passages need a language model, and for what: the budget goes where an edit can gain most for its tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tierline.operations.dictionary import is_word
from tierline.operations.operation import Kind
from tierline.students.perplexity import bundled_model


class Target(StrEnum):
    """What is wrong with a text, or missing in it."""

    NOISE = "noise"
    DAMAGE = "damage"
    FLUENCY = "fluency"
    DANGLING = "dangling_references"
    UNDEFINED = "undefined_terms"
    UNCITED = "uncited_claims"
    STRUCTURE = "structure"
    UNITS = "units"
    NONE = "none"


TARGETS: dict[Kind, Target] = {
    Kind.DROP: Target.NOISE, Kind.DAMAGE: Target.DAMAGE, Kind.HYPHEN: Target.DAMAGE, Kind.SPACING: Target.DAMAGE,
    Kind.SPELLING: Target.DAMAGE, Kind.CASE: Target.DAMAGE, Kind.FORM: Target.STRUCTURE, Kind.JOIN: Target.STRUCTURE,
    Kind.SPLIT: Target.FLUENCY, Kind.REWRITE: Target.FLUENCY, Kind.EXPAND: Target.UNDEFINED, Kind.RESOLVE: Target.DANGLING,
    Kind.NORMAL: Target.UNITS, Kind.CITE: Target.UNCITED,
}  # fmt: skip
_WORD = re.compile(r"(?<![\w'’./@#-])[a-z]{3,24}(?![\w'’/@-])")
_STARTS_SMALL = re.compile(r"[a-z]{3}[.!?] [a-z]")
_LOOSE = re.compile(r" [,.;](?: |$)|[a-z]{2}[.!?,][A-Za-z]{2}|\bi\b|(?:!|\?){2,}|\b(\w{2,}) \1\b")
_DANGLING = re.compile(r"(?:He|She|They|It|This|These|Those|Such|His|Her|Their)\b")
_CAPITALS = re.compile(r"\b[A-Z]{3,6}\b")
LONG_SENTENCE = 40  # words
SURPRISE_MIN = 1.25  # times the perplexity of clean sentences, from which a passage reads badly


@dataclass(frozen=True, slots=True)
class Need:
    """How much there is to gain in a passage, 0 for nothing, and what most of it is."""

    amount: float
    target: Target


def needs_of(passages: Sequence[str], language: str = "en") -> list[Need]:
    """Of each passage. Unknown words and loose signs count as damage, surprise to the n-gram model and long sentences as fluency."""
    surprise = bundled_model().perplexity(passages, [language] * len(passages))
    return [_need(passage, float(surprise[row])) for row, passage in enumerate(passages)]


def _need(passage: str, surprise: float) -> Need:
    words = passage.split()
    unknown = sum(not is_word(word) for word in set(_WORD.findall(passage)))
    loose = len(_LOOSE.findall(passage)) + len(_STARTS_SMALL.findall(passage))
    longest = max((len(part.split()) for part in re.split(r"[.!?](?= |$)", passage)), default=0)
    found = {
        Target.DAMAGE: 1.0 * unknown + 1.0 * loose,
        Target.FLUENCY: 2.0 * max(0.0, surprise - SURPRISE_MIN if surprise == surprise else 0.0) + 0.5 * (longest >= LONG_SENTENCE),
        Target.DANGLING: 0.5 * bool(_DANGLING.match(passage)),
        Target.UNDEFINED: 0.2 * len(set(_CAPITALS.findall(passage))),
    }
    amount = sum(found.values())
    if not amount or not words:
        return Need(0.0, Target.NONE)
    return Need(amount, max(found, key=lambda target: (found[target], target)))
