"""Which interactions of a model with its users become rows of L3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Count, Natural, Share

LOW_RATING, REFUTED = "feedback:low_rating", "feedback:refuted"
WAITING = (LOW_RATING, REFUTED)  # rules of what waits for a person


@dataclass(frozen=True, slots=True)
class FeedbackRules:
    """A correction is kept unless facts refute it; an answer of a model only with a rating of `rating_min`, and up to `generations_max`:
    models that train on the output of models that trained on output lose the tails of what people write (Shumailov et al. 2024, Nature
    631, 755-759)."""

    SECTION: ClassVar[str] = "l3.feedback"
    rating_min: Share = 0.8  # of an answer, in [0, 1]; one below waits for review
    generations_max: Natural = 1  # 1: answers of models that were not trained on answers of models
    words_min: Count = 2
    characters_max: Count = 20_000  # of a prompt, and of a text
