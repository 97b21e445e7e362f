"""Combines what signals say of a document into one usefulness, each by the weight that its measured reliability gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls
from scipy.special import expit, ndtri

from tierline.scoring.judge import PROMPT
from tierline.scoring.reliability import MIDDLE
from tierline.scoring.signals import LENGTH

Floats = npt.NDArray[np.float64]
KNOTS = 65  # quantiles of a signal that its normal scores are read from
TAIL = 0.004  # beyond the last quantile nothing is known: scores stop at 2.65 standard deviations
SHRINKAGE = 20.0  # texts' worth of belief that signals are independent


@dataclass(frozen=True, slots=True)
class Combination:
    """How signals add up on texts like those of one anchor set.

    What a prompt gives a text for each doubling of its length (`length_slopes`, by least squares within the classes; 0 for all other
    signals) is taken out first; so scores must hold the signal "length" where a prompt weighs anything. A signal becomes a normal score
    by its `quantiles` over that set, both classes weighing the same, then `(score - middle) / spread`. `weights` are the separations of
    measured reliability, `correlation` that of the normal scores within the classes.
    """

    signals: tuple[str, ...]
    length_slopes: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]
    middle: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    correlation: tuple[tuple[float, ...], ...]
    _solved: dict[tuple[bool, ...], Floats] = field(default_factory=dict[tuple[bool, ...], Floats], compare=False, repr=False)

    def log_odds(self, scores: Mapping[str, Floats]) -> Floats:
        """Log odds of "useful", shape (n,), from the signals that each document has (NaN: it has none).

        The optimal linear rule for normal classes (Fisher 1936), in which no signal may count against itself; 0 where a document
        has no signal of any weight.
        """
        if not self.signals:
            return np.zeros(len(next(iter(scores.values()))))
        nothing = np.full(len(next(iter(scores.values()))), np.nan)  # a judge that said nothing of any of these documents is no column
        own = [
            without_length(np.asarray(scores.get(name, nothing), np.float64), scores, slope)
            for name, slope in zip(self.signals, self.length_slopes, strict=True)
        ]
        given = np.column_stack([self._standard(row, values) for row, values in enumerate(own)])
        known = ~np.isnan(given)
        total = np.zeros(len(given))
        for pattern in {tuple(row) for row in known.tolist()}:
            if any(pattern):
                rows = (known == np.array(pattern)).all(axis=1)
                total[rows] = given[np.ix_(rows, np.array(pattern))] @ self.coefficients(pattern)
        return total

    def coefficients(self, known: tuple[bool, ...]) -> Floats:
        """What a standard deviation of each known signal adds to the log odds."""
        if known not in self._solved:
            chosen = np.flatnonzero(known)
            root = np.asarray(cholesky(np.array(self.correlation)[np.ix_(chosen, chosen)]), np.float64)
            aim = solve_triangular(root, np.array(self.weights)[chosen], trans=1)
            self._solved[known] = np.asarray(nnls(root, aim)[0], np.float64)
        return self._solved[known]

    def _standard(self, row: int, scores: Floats) -> Floats:
        return (_normal_scores(scores, np.array(self.quantiles[row])) - self.middle[row]) / self.spread[row]


def fit_combination(labels: Floats, scores: Mapping[str, Floats], weights: Mapping[str, float]) -> Combination:
    """The combination of one anchor set's signals; those of weight 0 and those without two texts of each class are left out.

    `labels` in [0, 1], `scores` by signal with NaN where it said nothing, all of shape (n,); `weights` as `measure_signal` gives them.
    """
    useful, useless = labels > MIDDLE, labels < MIDDLE
    fitted: dict[str, tuple[Floats, float, float, Floats]] = {}
    slopes: list[float] = []
    for name in sorted(scores):
        known = ~np.isnan(scores[name])
        if weights.get(name, 0.0) <= 0 or min((useful & known).sum(), (useless & known).sum()) < 2:
            continue
        slopes.append(_length_slope(scores, name, (useful & known, useless & known)) if name.startswith(PROMPT) else 0.0)
        given = without_length(scores[name], scores, slopes[-1])
        quantiles = _balanced_quantiles(given, useful & known, useless & known)
        normal = _normal_scores(given, quantiles)
        means = float(normal[useful & known].mean()), float(normal[useless & known].mean())
        centred = np.where(useful, normal - means[0], np.where(useless, normal - means[1], np.nan))
        fitted[name] = quantiles, sum(means) / 2, float(np.sqrt(np.nanmean(centred**2))) + 1e-9, centred
    correlation = _correlation([one[3] for one in fitted.values()])
    return Combination(
        tuple(fitted),
        tuple(slopes),
        tuple(tuple(one[0].tolist()) for one in fitted.values()),
        tuple(one[1] for one in fitted.values()),
        tuple(one[2] for one in fitted.values()),
        tuple(float(weights[name]) for name in fitted),
        tuple(tuple(row) for row in correlation.tolist()),
    )


def without_length(values: Floats, scores: Mapping[str, Floats], slope: float) -> Floats:
    """Scores less `slope` for each doubling of the text's length in tokens."""
    return values - slope * _doublings(scores) if slope else values


def usefulness(combinations: Mapping[str, Combination], scores: Mapping[str, Floats], likeness: Mapping[str, Floats]) -> Floats:
    """In [0, 1], shape (n,): what the combinations of all anchor sets say, each by how much a document is like that set's texts.

    `likeness` by set, at least 0; a document that is like no set that can judge has all sets weigh the same. The probability is one
    for classes of equal size, and a mixture of what each set says: one that is sure of itself is not louder for it.
    """
    names = [name for name, one in combinations.items() if one.signals]
    size = len(next(iter(scores.values())))
    if not names:
        return np.full(size, 0.5)
    shares = np.column_stack([likeness.get(name, np.zeros(size)) for name in names])
    shares = np.where(shares.sum(axis=1, keepdims=True) > 1e-6, shares, 1.0)
    shares /= shares.sum(axis=1, keepdims=True)
    odds = np.column_stack([combinations[name].log_odds(scores) for name in names])
    return (shares * expit(odds)).sum(axis=1)


def to_json(combinations: Mapping[str, Combination]) -> str:
    """As the lake and the package keep them."""
    kept = {name: {key: value for key, value in asdict(one).items() if not key.startswith("_")} for name, one in combinations.items()}
    return json.dumps(kept, sort_keys=True)


def from_json(text: str) -> dict[str, Combination]:
    """What `to_json` wrote."""
    return {
        name: Combination(
            tuple(one["signals"]),
            tuple(one["length_slopes"]),
            tuple(tuple(row) for row in one["quantiles"]),
            tuple(one["middle"]),
            tuple(one["spread"]),
            tuple(one["weights"]),
            tuple(tuple(row) for row in one["correlation"]),
        )
        for name, one in json.loads(text).items()
    }


def _length_slope(scores: Mapping[str, Floats], name: str, classes: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> float:
    """What a doubling of the length adds to a score among texts of one label; 0 where all are of one length."""
    parts = [(scores[name][own], _doublings(scores)[own]) for own in classes]
    centred = [(values - values.mean(), lengths - lengths.mean()) for values, lengths in parts]
    spread = sum(float(lengths @ lengths) for _, lengths in centred)
    return sum(float(values @ lengths) for values, lengths in centred) / spread if spread > 1e-9 else 0.0


def _doublings(scores: Mapping[str, Floats]) -> Floats:
    return np.log2(np.maximum(scores[LENGTH], 1.0))


def _balanced_quantiles(scores: Floats, useful: npt.NDArray[np.bool_], useless: npt.NDArray[np.bool_]) -> Floats:
    """Shape (KNOTS,): quantiles of the mixture of both classes in equal parts."""
    weights = useful / useful.sum() + useless / useless.sum()
    known = useful | useless
    order = np.argsort(scores[known], kind="stable")
    below = np.cumsum(weights[known][order]) - weights[known][order] / 2
    return np.interp(np.linspace(0, 2, KNOTS), below, scores[known][order])


def _normal_scores(scores: Floats, quantiles: Floats) -> Floats:
    """The normal quantile of each score's rank, NaN where there is no score; where quantiles coincide, that of their middle."""
    steps = np.linspace(0, 1, len(quantiles))
    distinct, first = np.unique(quantiles, return_index=True)
    last = len(quantiles) - 1 - np.unique(quantiles[::-1], return_index=True)[1]
    ranks = np.interp(scores, distinct, (steps[first] + steps[last]) / 2)
    return np.where(np.isnan(scores), np.nan, ndtri(np.clip(ranks, TAIL, 1 - TAIL)))


def _correlation(centred: list[Floats]) -> Floats:
    """Within-class correlation of signals over the texts that both judged, drawn towards independence where those are few."""
    found = np.eye(len(centred))
    for row, left in enumerate(centred):
        for column, right in enumerate(centred[:row]):
            both = ~np.isnan(left) & ~np.isnan(right)
            scale = float(np.sqrt((left[both] ** 2).sum() * (right[both] ** 2).sum()))
            shrunk = both.sum() / (both.sum() + SHRINKAGE)
            found[row, column] = found[column, row] = shrunk * float((left[both] * right[both]).sum()) / max(scale, 1e-9)
    values, vectors = np.linalg.eigh(found)  # correlations over different texts need not fit together
    fixed = vectors @ np.diag(np.maximum(values, 1e-3)) @ vectors.T if len(centred) else found
    scale = np.sqrt(np.diag(fixed))
    return fixed / np.outer(scale, scale)
