"""The settings of L3: which operations are done, and what a language model is asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Count, Natural, Share
from tierline.operations.operation import KINDS
from tierline.operations.prompts import ASK, EDIT, QUESTION_PREFILL


@dataclass(frozen=True, slots=True)
class OperationRules:
    """Which operations L3 does, and when a document that they changed becomes a row."""

    SECTION: ClassVar[str] = "l3.operations"
    kinds: tuple[str, ...] = tuple(map(str, KINDS))
    added_alone: tuple[str, ...] = ("cite", "form", "normal")  # kinds that alone make no row: they add to a text that needed no repair
    restored_min: Natural = 3  # headings, items and tables from which on restored form alone makes a row; 0: it never does
    restored_characters: Count = 2_000  # of the document for each of them, at most: fewer are no structure
    dropped_share_max: Share = 0.5  # of a document's characters; one that loses more stays in L2

    def __post_init__(self) -> None:
        unknown = sorted({*self.kinds, *self.added_alone} - set(map(str, KINDS)))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no kind of operation; there are {', '.join(KINDS)}")


@dataclass(frozen=True, slots=True)
class EditRules:
    """Which passages a language model is asked about, and how many; these settings decide the cost of L3."""

    SECTION: ClassVar[str] = "l3.edit"
    languages: tuple[str, ...] = ("en",)  # those that the model writes
    edits_per_shard: Natural = 24
    questions_per_shard: Natural = 0  # of seven that the bundled model's verifier let pass, one was right when read
    words_min: Natural = 25
    words_max: Count = 90
    semantic_similarity_min: float = 0.98  # of a row of L3 to an existing document or row, its own family excepted

    @property
    def prompt_sha256(self) -> str:
        """Identity of the prompts."""
        return hashlib.sha256((EDIT + ASK + QUESTION_PREFILL).encode()).hexdigest()
