"""What L2 selects and what it shows to a person. Reading these needs no extra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Natural


@dataclass(frozen=True, slots=True)
class SelectRules:
    """Thresholds of L2; the first four are the variables of marts/l2_selection.sql."""

    SECTION: ClassVar[str] = "l2.select"
    usefulness_min: float = 0.15  # probability of being useful with classes of equal size: only documents that scorers agree on are dropped
    toxicity_max: float = 0.9  # flags 2% of harmless comments (training_scripts/train_toxicity.py)
    perplexity_max: float = 2_000.0  # text this surprising is not prose; the bundled model gives web prose 10 to 200
    injection_spans_max: Natural = 0  # sentences that address the judge; a document with more waits for a person (judges/injection.py)
    semantic_similarity_min: float = 0.96  # cosine of static vectors; SemDeDup (arXiv 2303.09540) removes from 0.95 or so

    @property
    def variables(self) -> dict[str, float]:
        """Values of {{ var('name') }} in the mart."""
        names = ("usefulness_min", "toxicity_max", "perplexity_max", "injection_spans_max")
        return {name: float(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """Which documents are worth a person's time."""

    SECTION: ClassVar[str] = "l2.review"
    per_shard: Natural = 20
    rank_gap_min: float = 0.5  # of two scorers' ranks in the shard: one puts the document in its upper half, the other far below
    excerpt_characters: Natural = 600
