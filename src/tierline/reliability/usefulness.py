"""Combines the signals of a document into one usefulness, each with the weight of its measured reliability."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri

from tierline.judges.judge import MIDDLE, PROMPT
from tierline.reliability.signals import LENGTH
from tierline.students.linear import row_products

Floats = npt.NDArray[np.float64]
KNOTS = 65  # quantiles of a signal, from which normal scores are read
TAIL = 0.004  # beyond the last quantile there is no data: scores stop at 2.65 standard deviations
MIN_PROBABILITY = 1e-3  # a judge's probability counts as no nearer to 0 or 1
CORRELATION_MAX = 0.95  # of two signals: beyond, their difference would count more than the signals


@dataclass(frozen=True, slots=True)
class StandardizedSignal:
    """How one signal enters a combination: as a standard score, then by its `weight`.

    A score in [0, 1] is a judge's probability and enters by its log odds; any other, whose scale is arbitrary, by the normal quantile of
    its rank among `quantiles` of the anchors (none: log odds). A prompt's gain per doubling of a text's length
    (`length_slope`; 0 for all other signals) is subtracted; the rest counts as `(score - middle) / spread`.
    """

    signal: str
    quantiles: tuple[float, ...]
    length_slope: float
    middle: float
    spread: float
    weight: float

    def standard(self, scores: Floats, doublings: Floats) -> Floats:
        """Shape (n,), NaN if there is no score; `doublings` are the texts' lengths as `length_doublings` gives them."""
        return (_comparable(scores, self.quantiles) - self.length_slope * doublings - self.middle) / self.spread


@dataclass(frozen=True, slots=True)
class Combination:
    """How signals are combined on texts similar to those of one anchor set.

    Weights are the separations of measured reliability. All pairs of signals have one `correlation` within the classes, the mean of
    those that were measured: each pair's own, from a few hundred texts, is noise that the inverse amplifies (Ledoit and Wolf 2004,
    "Honey, I shrunk the sample covariance matrix"). If a prompt has weight, scores must contain the signal "length".
    """

    parts: tuple[StandardizedSignal, ...]
    correlation: float

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the signals with weight."""
        return tuple(part.signal for part in self.parts)

    def log_odds(self, scores: Mapping[str, Floats]) -> Floats:
        """Log odds of "useful", shape (n,), from the signals that each document has (NaN: it has none).

        The optimal linear rule for normal classes (Fisher 1936), in which no signal may get a negative coefficient; 0 if a document
        has no signal of any weight.
        """
        size = len(next(iter(scores.values())))
        nothing = np.full(size, np.nan)  # a judge without a score for any of these documents has no column
        doublings = length_doublings(scores) if any(part.length_slope for part in self.parts) else np.zeros(size)
        given = np.empty((size, len(self.parts)))
        for column, part in enumerate(self.parts):
            given[:, column] = part.standard(np.asarray(scores.get(part.signal, nothing), np.float64), doublings)
        known = ~np.isnan(given)
        total = np.zeros(size)
        for pattern in np.unique(known, axis=0):
            rows = (known == pattern).all(axis=1)
            total[rows] = row_products(given[np.ix_(rows, pattern)], self.coefficients(pattern)[:, None])[:, 0]
        return total

    def coefficients(self, known: npt.NDArray[np.bool_]) -> Floats:
        """The log odds that one standard deviation of each known signal adds.

        The weights times the inverse of a matrix of one correlation; a signal whose coefficient would be negative is left out, which can
        only make others negative: the non-negative least squares solution.
        """
        weights = np.array([part.weight for part in self.parts])[known]
        kept = np.ones(len(weights), np.bool_)
        while kept.any():
            shared = self.correlation * weights[kept].sum() / (1 + (kept.sum() - 1) * self.correlation)
            if (weights[kept] > shared).all():
                return np.where(kept, weights - shared, 0.0) / (1 - self.correlation)
            kept &= weights > shared
        return np.zeros(len(weights))


def fit_combination(labels: Floats, scores: Mapping[str, Floats], weights: Mapping[str, float]) -> Combination:
    """The combination of one anchor set's signals; those of weight 0 and those without two texts of each class are left out.

    `labels` in [0, 1], `scores` by signal with NaN for none, all of shape (n,); `weights` as `measure_signal` gives them.
    """
    parts: list[StandardizedSignal] = []
    centered: list[Floats] = []
    for name in sorted(scores):
        values = np.asarray(scores[name], np.float64)
        useful, useless = ((labels > MIDDLE) & ~np.isnan(values), (labels < MIDDLE) & ~np.isnan(values))
        if weights.get(name, 0.0) <= 0 or min(useful.sum(), useless.sum()) < 2:
            continue
        bounded = np.nanmin(values) >= 0 and np.nanmax(values) <= 1
        quantiles = () if bounded else tuple(_balanced_quantiles(values, useful, useless).tolist())
        given, slope = _comparable(values, quantiles), 0.0
        if name.startswith(PROMPT):
            doublings = length_doublings(scores)
            slope = _length_slope(given, doublings, (useful, useless))
            given = given - slope * doublings
        means = float(given[useful].mean()), float(given[useless].mean())
        centered.append(np.where(useful, given - means[0], np.where(useless, given - means[1], np.nan)))
        spread = float(np.sqrt(np.nanmean(centered[-1] ** 2))) + 1e-9
        parts.append(StandardizedSignal(name, quantiles, slope, sum(means) / 2, spread, float(weights[name])))
    return Combination(tuple(parts), _mean_correlation(centered))


def length_doublings(scores: Mapping[str, Floats]) -> Floats:
    """log2 of the texts' lengths in tokens, shape (n,)."""
    return np.log2(np.maximum(scores[LENGTH], 1.0))


def usefulness(combinations: Mapping[str, Combination], scores: Mapping[str, Floats], set_similarity: Mapping[str, Floats]) -> Floats:
    """In [0, 1], shape (n,): the mixture of all anchor sets' combinations, weighted by the document's similarity to each set.

    `set_similarity` by set, at least 0; for a document that is similar to no set with a combination, all sets count the same. The
    probability assumes classes of equal size; because probabilities are mixed, a confident set gets no more weight for it.
    """
    names = [name for name, one in combinations.items() if one.signals]
    size = len(next(iter(scores.values())))
    if not names:
        return np.full(size, 0.5)
    shares = np.column_stack([set_similarity.get(name, np.zeros(size)) for name in names])
    shares = np.where(shares.sum(axis=1, keepdims=True) > 1e-6, shares, 1.0)
    shares /= shares.sum(axis=1, keepdims=True)
    odds = np.column_stack([combinations[name].log_odds(scores) for name in names])
    return (shares * expit(odds)).sum(axis=1)


def to_json(combinations: Mapping[str, Combination]) -> str:
    """In the form in which the lake and the package store them."""
    return json.dumps({name: asdict(one) for name, one in combinations.items()}, sort_keys=True)


def from_json(text: str) -> dict[str, Combination]:
    """What `to_json` wrote."""
    return {
        name: Combination(
            tuple(replace(StandardizedSignal(**part), quantiles=tuple(part["quantiles"])) for part in one["parts"]), one["correlation"]
        )
        for name, one in json.loads(text).items()
    }


def _comparable(scores: Floats, quantiles: Sequence[float]) -> Floats:
    """Log odds of scores in [0, 1], normal scores of any other."""
    if len(quantiles):
        return _normal_scores(scores, np.array(quantiles))
    return np.asarray(logit(np.clip(scores, MIN_PROBABILITY, 1 - MIN_PROBABILITY)), np.float64)


def _length_slope(scores: Floats, doublings: Floats, classes: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> float:
    """Increase of a score per doubling of the length among texts of one label, by least squares; 0 if all have one length."""
    centered = [(scores[own] - scores[own].mean(), doublings[own] - doublings[own].mean()) for own in classes]
    spread = sum(float(lengths @ lengths) for _, lengths in centered)
    return sum(float(values @ lengths) for values, lengths in centered) / spread if spread > 1e-9 else 0.0


def _balanced_quantiles(scores: Floats, useful: npt.NDArray[np.bool_], useless: npt.NDArray[np.bool_]) -> Floats:
    """Shape (KNOTS,): quantiles of the mixture of both classes in equal parts."""
    weights = useful / useful.sum() + useless / useless.sum()
    known = useful | useless
    order = np.argsort(scores[known], kind="stable")
    below = np.cumsum(weights[known][order]) - weights[known][order] / 2
    return np.interp(np.linspace(0, 2, KNOTS), below, scores[known][order])


def _normal_scores(scores: Floats, quantiles: Floats) -> Floats:
    """The normal quantile of each score's rank, NaN if there is no score; where quantiles coincide, that of their middle."""
    steps = np.linspace(0, 1, len(quantiles))
    distinct, first = np.unique(quantiles, return_index=True)
    last = len(quantiles) - 1 - np.unique(quantiles[::-1], return_index=True)[1]
    ranks = np.interp(scores, distinct, (steps[first] + steps[last]) / 2)
    return np.where(np.isnan(scores), np.nan, ndtri(np.clip(ranks, TAIL, 1 - TAIL)))


def _mean_correlation(centered: Sequence[Floats]) -> float:
    """Mean within-class correlation of two signals over the texts that both judged, weighted by those; in [0, CORRELATION_MAX]."""
    total, texts = 0.0, 0
    for row, left in enumerate(centered):
        for right in centered[:row]:
            both = ~np.isnan(left) & ~np.isnan(right)
            scale = float(np.sqrt((left[both] ** 2).sum() * (right[both] ** 2).sum()))
            total += float((left[both] * right[both]).sum()) / max(scale, 1e-9) * int(both.sum())
            texts += int(both.sum())
    return min(max(total / max(texts, 1), 0.0), CORRELATION_MAX)
