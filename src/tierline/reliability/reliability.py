"""Measures one signal on texts that people judged, and turns the result into the signal's weight."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from tierline.judges.judge import MIDDLE
from tierline.ranks import rank_correlation
from tierline.reliability.rules import ReliabilityRules

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
_BATCH = 100  # resamples at a time


@dataclass(frozen=True, slots=True)
class Reliability:
    """One signal on one set: AUCs with their intervals, over all pairs and over pairs of similar length, and the resulting weight.

    `length_bias` is the rank correlation of score and length among texts of one label, in [-1, 1]: the gain of longer texts for being
    long. `weight` is the separation of the two classes in standard deviations that the length-controlled AUC shows (`separation`), 0 if
    its lower bound does not exclude chance.
    """

    n: int
    auc: float
    auc_lo: float
    auc_hi: float
    auc_length_controlled: float
    auc_length_controlled_lo: float
    auc_length_controlled_hi: float
    length_bias: float
    weight: float
    reason: str


def measure_signal(
    labels: Sequence[float] | Floats,
    scores: Sequence[float | None] | Floats,
    lengths: Sequence[float] | Floats,
    groups: Sequence[str],
    rules: ReliabilityRules,
) -> Reliability:
    """How well `scores` (higher is better; None or NaN if the signal gave none) separate useful from useless texts.

    All arguments have the same length. Texts of one group are resampled together, because they are not independent.
    """
    values = np.array([np.nan if score is None else score for score in scores], np.float64)
    given = np.asarray(labels, np.float64)
    known = ~np.isnan(values) & (given != MIDDLE)
    useful, values = given[known] > MIDDLE, values[known]
    strata = length_strata(np.asarray(lengths, np.float64)[known], rules.length_strata)
    small = min(int(useful.sum()), int((~useful).sum()))
    if small == 0:
        nothing = math.nan, math.nan, math.nan
        return Reliability(len(values), *nothing, *nothing, math.nan, 0.0, "only one class of labels has scores")
    counts = np.concatenate(list(_resample([group for group, one in zip(groups, known, strict=True) if one], rules)))
    whole, alike = stratified_auc(useful, values, np.zeros(len(values), np.int64)), stratified_auc(useful, values, strata)
    outer = _interval(stratified_auc(useful, values, np.zeros(len(values), np.int64), counts), rules.confidence)
    inner = _interval(stratified_auc(useful, values, strata, counts), rules.confidence)
    weight, reason = weigh(float(alike[0]), inner[0], small, rules)
    bias = length_bias(useful, values, np.asarray(lengths, np.float64)[known])
    return Reliability(len(values), float(whole[0]), *outer, float(alike[0]), *inner, bias, weight, reason)


def auc(labels: Sequence[float] | Floats, scores: Sequence[float] | Floats) -> float:
    """Share of (useful, useless) pairs that the scores put in order, ties half (Hanley and McNeil 1982); NaN without pairs."""
    given = np.asarray(labels, np.float64)
    known = given != MIDDLE
    values = np.asarray(scores, np.float64)[known]
    return float(stratified_auc(given[known] > MIDDLE, values, np.zeros(len(values), np.int64))[0])


def auc_within(labels: Floats, scores: Floats, strata: Longs, groups: Sequence[str], rules: ReliabilityRules) -> tuple[float, float, float]:
    """(AUC over pairs within a stratum, and its interval) of scores, where NaN is a missing score; NaN without pairs."""
    known = ~np.isnan(scores) & (labels != MIDDLE)
    if not known.any():
        return math.nan, math.nan, math.nan
    useful, values, parts = labels[known] > MIDDLE, scores[known], strata[known]
    counts = np.concatenate(list(_resample([group for group, one in zip(groups, known, strict=True) if one], rules)))
    return float(stratified_auc(useful, values, parts)[0]), *_interval(stratified_auc(useful, values, parts, counts), rules.confidence)


def length_bias(useful: npt.NDArray[np.bool_], scores: Floats, lengths: Floats) -> float:
    """Spearman's correlation of scores and lengths among texts of one label, the mean of both weighted by texts; NaN without ranks."""
    total, texts = 0.0, 0
    for own in (useful, ~useful):
        correlation = rank_correlation(scores[own], lengths[own])
        if correlation is not None:
            total += correlation * int(own.sum())
            texts += int(own.sum())
    return total / texts if texts else math.nan


def stratified_auc(useful: npt.NDArray[np.bool_], scores: Floats, strata: Longs, counts: Floats | None = None) -> Floats:
    """Share of ordered pairs among the pairs of one stratum, shape (resamples,): the AUC adjusted for a covariate (Janes and Pepe
    2009, Biometrika 96), strata weighted by their pairs.

    `counts`, shape (resamples, n), is how often each text is drawn; once each without it. NaN if no stratum has a pair.
    """
    drawn = np.ones((1, len(scores))) if counts is None else counts
    ordered, pairs = np.zeros(len(drawn)), np.zeros(len(drawn))
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        own = own[np.argsort(scores[own], kind="stable")]
        starts = np.flatnonzero(np.diff(scores[own], prepend=-np.inf))  # of runs of equal scores
        good = np.add.reduceat(drawn[:, own] * useful[own], starts, axis=1)
        bad = np.add.reduceat(drawn[:, own] * ~useful[own], starts, axis=1)
        ordered += (good * (np.cumsum(bad, axis=1) - bad / 2)).sum(axis=1)
        pairs += good.sum(axis=1) * bad.sum(axis=1)
    return np.where(pairs > 0, ordered / np.maximum(pairs, 1), np.nan)


def length_strata(lengths: Floats, number: int) -> Longs:
    """Which quantile of length each text falls into, shape (n,); texts of equal length share one."""
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, number + 1)[1:-1])) if len(lengths) else np.empty(0)
    return np.searchsorted(edges, lengths, side="right").astype(np.int64)


def weigh(area: float, lower_bound: float, smaller_class: int, rules: ReliabilityRules) -> tuple[float, str]:
    """(weight, reason) from the length-controlled AUC and its lower bound: a signal that may be at chance gets no weight."""
    if smaller_class < rules.class_size_min:
        return 0.0, f"{smaller_class} texts in the smaller class, {rules.class_size_min} are needed"
    if math.isnan(lower_bound):
        return 0.0, "no two texts of like length and different label"
    if lower_bound <= MIDDLE:
        return 0.0, f"not told from chance: length-controlled AUC may be {lower_bound:.3f}"
    return separation(min(area, rules.auc_max)), f"length-controlled AUC {area:.3f}, at least {lower_bound:.3f}"


def separation(area: float) -> float:
    """Distance between the means of two normal classes of equal variance, in standard deviations, whose AUC is `area`: the square
    root of 2 times its probit (Green and Swets 1966, chapter 3)."""
    return math.sqrt(2) * float(ndtri(area))


def _resample(groups: Sequence[str], rules: ReliabilityRules) -> Iterator[Floats]:
    """How often each text is drawn when whole groups are drawn with replacement, batches of shape (at most _BATCH, n)."""
    numbers = np.unique(np.array(groups), return_inverse=True)[1]
    total = int(numbers.max()) + 1
    chance = np.random.default_rng(rules.seed)
    for start in range(0, rules.resamples, _BATCH):
        size = min(_BATCH, rules.resamples - start)
        yield chance.multinomial(total, np.full(total, 1 / total), size=size).astype(np.float64)[:, numbers]


def _interval(values: Floats, confidence: float) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
