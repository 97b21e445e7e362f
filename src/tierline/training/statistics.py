"""Statistics for a handful of paired runs: intervals, the smallest detectable effect, compute saved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

Floats = npt.NDArray[np.float64]
CONFIDENCE = 0.95
POWER = 0.8
RESAMPLES = 9_999
PAIRS_MIN = 5  # a bootstrap cannot exceed the observed range, and the range of n pairs misses the median with chance 2^(1-n): 6% for five
SHIFT_MAX = 37.0  # of the non-central t; two pairs, the fewest, need 16, and scipy gives up above this
RATIO_BOUNDS = (0.25, 4.0)  # beyond this a line through budgets of 50% and up is meaningless


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95% interval, from `pairs` pairs of runs."""

    value: float
    low: float
    high: float
    pairs: int

    @property
    def within_noise(self) -> bool:
        """The interval contains 0, or the pairs are too few for any interval."""
        return self.pairs < PAIRS_MIN or not (self.low > 0 or self.high < 0)


def paired_effect(treated: Sequence[float], control: Sequence[float]) -> Interval:
    """Mean of treated - control over the same seeds, by the bootstrap over seeds.

    A percentile interval of n values is too narrow by sqrt((n-1)/n) times normal over Student quantiles; the level is raised to make up
    for it (the expanded percentile interval of Hesterberg 2015, The American Statistician 69(4), 371-386).
    """
    differences = np.asarray(treated, np.float64) - np.asarray(control, np.float64)
    return bootstrap_mean(differences)


def bootstrap_mean(values: Floats) -> Interval:
    """Mean with its expanded percentile interval."""
    mean = float(values.mean())
    if len(values) < 2 or np.ptp(values) == 0:
        return Interval(mean, mean, mean, len(values))
    found = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=_expanded(len(values)),
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return Interval(mean, float(found.confidence_interval.low), float(found.confidence_interval.high), len(values))


def minimum_detectable_effect(control: Sequence[float]) -> float:
    """The true difference that a paired t-test at 5% finds 80% of the time, from the control's spread over seeds alone, so that it
    can be stated before the treated arm is evaluated.

    The paired differences are assumed to spread by sqrt(2) times the control's standard deviation: pairing can only reduce it.
    Power by the non-central t distribution (Cohen 1988, Statistical Power Analysis, section 2.2).
    """
    n, spread = len(control), math.sqrt(2) * float(np.std(control, ddof=1))
    critical = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1))

    def lacking(shift: float) -> float:
        return float(stats.nct.sf(critical, n - 1, shift)) - POWER  # the other tail is below 1e-4 wherever the power is near 80%

    shift: Any = optimize.brentq(lacking, 0.0, SHIFT_MAX)
    return float(shift) * spread / math.sqrt(n)


def compute_ratio(budgets: Sequence[float], scores: Floats, target: Sequence[float]) -> Interval | None:
    """The share of the budget with which an arm reaches another one's final score (lower scores are better).

    `scores` (seeds, budgets) of whole runs, each with its own decay; `target` (seeds,). A line through score against log budget gives
    the budget where it crosses the target: outside the budgets that were run it is an extrapolation. The interval resamples seeds, as
    above; ratios are cut at RATIO_BOUNDS. None if more budget does not lower the score.
    """
    value = _crossing(budgets, scores.mean(0), float(np.mean(target)))
    if value is None:
        return None
    n = len(target)

    def statistic(rows: npt.NDArray[np.int64]) -> float:
        found = _crossing(budgets, scores[rows].mean(0), float(np.asarray(target)[rows].mean()))
        return RATIO_BOUNDS[1] if found is None else found

    found = stats.bootstrap(
        (np.arange(n),),
        statistic,
        n_resamples=RESAMPLES // 5,
        vectorized=False,
        confidence_level=_expanded(n),
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return Interval(value, float(found.confidence_interval.low), float(found.confidence_interval.high), n)


def _crossing(budgets: Sequence[float], scores: Floats, target: float) -> float | None:
    slope, level = np.polyfit(np.log(budgets), scores, 1)
    if slope >= 0:
        return None
    return float(np.clip(math.exp(max(-50.0, min(50.0, (target - level) / slope))), *RATIO_BOUNDS))


def _expanded(n: int) -> float:
    """The confidence level at which percentiles of n values cover as CONFIDENCE should."""
    tail: Any = stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1))
    return 1 - 2 * float(tail)
