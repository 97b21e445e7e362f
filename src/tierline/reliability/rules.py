"""How scorers are measured on labeled texts. Reading these needs no extra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Count, Natural, PositiveShare


@dataclass(frozen=True, slots=True)
class AnchorRules:
    """How much of each set is kept: every version of a model judges every anchor once."""

    SECTION: ClassVar[str] = "l2.anchors"
    per_set: Count = 300  # at most, drawn evenly over labels and languages; the error of an AUC of 0.85 is then some 0.02
    characters: Count = 20_000  # of a text


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """Which texts get the language model's perplexity."""

    SECTION: ClassVar[str] = "l2.score"
    perplexity_unweighed: bool = False  # even without weight on the anchors: for thresholds and SQL, at one call per document
    perplexity_languages: tuple[str, ...] = ("en",)  # the training languages of the bundled model; its perplexity is meaningless for others
    perplexity_tokens: Count = 96  # of the document's beginning
    perplexity_characters: Count = 1_000


@dataclass(frozen=True, slots=True)
class ReliabilityRules:
    """How signals are measured on anchors, and what they must show to get weight."""

    SECTION: ClassVar[str] = "l2.reliability"
    confidence: PositiveShare = 0.95  # of the intervals
    resamples: Count = 1_000  # percentile bootstrap (Efron and Tibshirani 1993, section 13.3)
    length_strata: Count = 10  # deciles of length; pairs are compared within one
    class_size_min: Count = 15  # with fewer useful or useless texts a signal is not measured: an interval from so few is too narrow
    auc_max: float = 0.995  # the highest AUC that a weight is computed from: no set is large enough to distinguish a higher one
    seed: Natural = 0
