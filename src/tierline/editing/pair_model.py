"""Weighs changes that no rule explains: the probability that all of them keep what is said, by a small model that ships with the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tierline.editing.alignment import Hunk
from tierline.editing.boundaries import fits, tense_stays
from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.pair import GENDERED, Pair
from tierline.editing.pair_features import NAMES, features_of

Floats = npt.NDArray[np.float64]
WEIGHTS = Path(__file__).with_name("pair.npz")  # made by benchmarks/train_pair.py
LIMIT = 6.0  # standard deviations of a feature that count
# What these words say is never a matter of likelihood; rules alone let them change.
_WEIGHED_BY_RULES = frozenset("negations modality hedges conditions quantifiers comparison attribution number name".split())
_COLUMNS = [column for column, name in enumerate(NAMES) if name.partition("_")[2] in _WEIGHED_BY_RULES]
_VERBS = frozenset("is are was were has have had do does did".split())


@dataclass(frozen=True, eq=False)
class PairModel:
    """A logistic model of one change; what several changes of a pair say is weighed as if each stood alone.

    `middle`, `spread`, `weights` (k,) of the k features of a change; `bias`.
    """

    middle: Floats
    spread: Floats
    weights: Floats
    bias: float

    def log_probabilities(self, features: Floats) -> Floats:
        """Of each change to be faithful, (n,) from (n, k)."""
        return -np.logaddexp(0.0, -(self.standard(features) @ self.weights + self.bias))

    def standard(self, features: Floats) -> Floats:
        """Features as the model sees them."""
        return np.clip((features - self.middle) / self.spread, -LIMIT, LIMIT)


def probability(pair: Pair, refused: Sequence[Hunk]) -> float:
    """That these changes together keep what is said, in [0, 1]; 0 where one of them contradicts the source."""
    features = features_of(pair, refused)
    if is_contradicted(pair, refused, features):
        return 0.0
    return float(np.exp(bundled_model().log_probabilities(features).sum()))


def is_contradicted(pair: Pair, refused: Sequence[Hunk], features: Floats) -> bool:
    """A change is of a kind that no model may let through: of the words above, "and" for "or", another time or gender, words only lost."""
    return bool(features[:, _COLUMNS].any()) or any(_contradicts(pair, hunk) for hunk in refused)


def _contradicts(pair: Pair, hunk: Hunk) -> bool:
    lost, added = set(pair.forms[hunk.start : hunk.end]), set(pair.edit_forms[hunk.start_edit : hunk.end_edit])
    if ({"and", "or"} <= lost | added and ("or" in lost) != ("or" in added)) or pair.is_quoted(hunk.start):
        return True
    if not added and any(word not in FUNCTION_WORDS and word not in pair.edit_forms for word in lost):
        return True
    if any(lost & GENDERED[one] and added & GENDERED[other] for one, other in ("mf", "fm")) or not all(fits(pair, word) for word in added):
        return True
    return any(not tense_stays(pair, hunk.start, verb) for verb in added & _VERBS)


@cache
def bundled_model() -> PairModel:
    """The model that ships with the code."""
    with np.load(WEIGHTS) as stored:
        middle, spread, weights = (stored[name].astype(np.float64) for name in ("middle", "spread", "weights"))
        return PairModel(middle, spread, weights, float(stored["bias"]))
