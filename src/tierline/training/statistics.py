"""Statistics for a handful of paired runs: intervals over seeds, and over seeds and texts together, sign test, detectable effect."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

Floats = npt.NDArray[np.float64]
CONFIDENCE = 0.95
POWER = 0.8
RESAMPLES = 9_999
JOINT_RESAMPLES = 2_000
PAIRS_MIN = 5  # a bootstrap cannot exceed the observed range, and the range of n pairs misses the median with chance 2^(1-n): 6% for five
SHIFT_MAX = 37.0  # of the non-central t; two pairs, the fewest, need 16, and scipy gives up above this


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
        confidence_level=expanded(len(values)),
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return Interval(mean, float(found.confidence_interval.low), float(found.confidence_interval.high), len(values))


@dataclass(frozen=True, eq=False, slots=True)
class Resampled:
    """Draws of seeds and of units, the same ones for every score and arm, so that differences are paired in both.

    `seeds` (draws, seeds) are numbers of seeds; `units` gives each part's weights, (draws, units): how often a unit was drawn. The first
    draw is the data as it is.
    """

    seeds: npt.NDArray[np.int64]
    units: Mapping[str, Floats]

    @classmethod
    def of(cls, seeds: int, units: Mapping[str, int], draws: int = JOINT_RESAMPLES) -> Resampled:
        """Draws with replacement."""
        draw = np.random.default_rng(0)
        chosen = draw.integers(seeds, size=(draws + 1, seeds))
        chosen[0] = np.arange(seeds)
        weights: dict[str, Floats] = {}
        for part, count in units.items():
            own = draw.multinomial(count, np.full(count, 1 / count), size=draws + 1).astype(np.float64)
            own[0] = 1.0
            weights[part] = own
        return cls(chosen, weights)

    def bits_per_byte(self, part: str, bits: Floats, sizes: Floats) -> Floats:
        """Of `bits` (seeds, units): each draw's bits per byte of each seed that it drew, (draws, seeds)."""
        weights = self.units[part]
        of_seed = (weights @ bits.T) / (weights @ sizes)[:, None]
        return np.take_along_axis(of_seed, self.seeds, 1)

    def interval(self, values: Floats) -> Interval:
        """Of a statistic of each draw, (draws,): the first is the estimate. Undefined draws count as infinitely bad or good only if a
        caller says so; the level is expanded as above."""
        level, pairs = expanded(self.seeds.shape[1]) if self.seeds.shape[1] > 1 else CONFIDENCE, self.seeds.shape[1]
        low, high = np.quantile(values[1:], [(1 - level) / 2, (1 + level) / 2])
        return Interval(float(values[0]), float(low), float(high), pairs)


def sign_test(differences: Sequence[float]) -> float:
    """The chance of as many positive differences or more if either sign were as likely (exact, one-sided); zero counts as negative."""
    won = sum(value > 0 for value in differences)
    return float(stats.binomtest(won, len(differences), 0.5, alternative="greater").pvalue)


def minimum_detectable_effect(differences: Sequence[float]) -> float:
    """The true mean that a paired t-test at 5% finds 80% of the time, from the spread of paired differences.

    Power by the non-central t distribution (Cohen 1988, Statistical Power Analysis, section 2.2).
    """
    n, spread = len(differences), float(np.std(differences, ddof=1))
    critical = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1))

    def lacking(shift: float) -> float:
        return float(stats.nct.sf(critical, n - 1, shift)) - POWER  # the other tail is below 1e-4 wherever the power is near 80%

    shift: Any = optimize.brentq(lacking, 0.0, SHIFT_MAX)
    return float(shift) * spread / math.sqrt(n)


def expanded(n: int) -> float:
    """The confidence level at which percentiles of n values cover as CONFIDENCE should."""
    tail: Any = stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1))
    return 1 - 2 * float(tail)
