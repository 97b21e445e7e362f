"""How scorers are measured on labeled texts. Reading these needs no extra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AnchorRules:
    """How much of each set is kept: a model judges every anchor once for each of its versions."""

    SECTION: ClassVar[str] = "l2.anchors"
    per_set: int = 300  # at most, drawn evenly over labels and languages; the error of an AUC of 0.85 is then some 0.02
    characters: int = 20_000  # of a text


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """What the language model's perplexity is measured on."""

    SECTION: ClassVar[str] = "l2.score"
    perplexity_unweighed: bool = False  # also where it weighs nothing on the anchors: for thresholds and SQL, at a call a document
    perplexity_languages: tuple[str, ...] = ("en",)  # what the embedded model was trained on; elsewhere its surprise says nothing
    perplexity_tokens: int = 96  # of the document's beginning
    perplexity_characters: int = 1_000


@dataclass(frozen=True, slots=True)
class ReliabilityRules:
    """How signals are measured on anchors, and what they must show to weigh anything."""

    SECTION: ClassVar[str] = "l2.reliability"
    confidence: float = 0.95  # of the intervals
    resamples: int = 1_000  # percentile bootstrap (Efron and Tibshirani 1993, section 13.3)
    length_strata: int = 10  # deciles of length; pairs are compared within one
    class_size_min: int = 15  # fewer useful or useless texts measure nothing: an interval from so few is too narrow to trust
    auc_max: float = 0.995  # what is weighed counts as no better: no set is large enough to tell it from this
    seed: int = 0
