"""Turns scores into compute: the flat mix's fitted curve with its asymptote and lack of fit, and the crossing of the tiers' own rungs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

Floats = npt.NDArray[np.float64]
ALPHAS = np.geomspace(0.02, 4.0, 60)  # exponents that are tried before the best is refined
RATIO_BOUNDS = (0.2, 4.0)  # beyond this a curve through budgets of 40% and up is meaningless


@dataclass(frozen=True, slots=True)
class Curve:
    """score = asymptote + amplitude * compute^-exponent (Kaplan et al. 2020, arXiv 2001.08361, with the asymptote of Hoffmann et al.
    2022, arXiv 2203.15556). `lack_of_fit` is the chance of residuals as large as these if the form were right: below .05 it is not."""

    asymptote: float
    amplitude: float
    exponent: float
    lack_of_fit: float | None = None

    def at(self, compute: float) -> float:
        """The score at a share of the compute."""
        return self.asymptote + self.amplitude * compute**-self.exponent

    def compute(self, score: float) -> float:
        """The share of the compute that reaches a score, within RATIO_BOUNDS; the upper one for a score below the asymptote."""
        if score <= self.asymptote or self.amplitude <= 0:
            return RATIO_BOUNDS[1]
        return float(np.clip(((score - self.asymptote) / self.amplitude) ** (-1 / self.exponent), *RATIO_BOUNDS))


def fit_curve(budgets: Sequence[float], scores: Floats) -> Curve:
    """Least squares over `scores` (seeds, budgets), each seed with a level of its own, for budgets of one seed share a trunk. Lack of fit
    by an F-test of the means' residuals against the spread within budgets, where there are more budgets than parameters."""
    means = scores.mean(0)

    def solved(exponent: float) -> tuple[float, Floats]:
        design = np.stack([np.ones(len(budgets)), np.asarray(budgets) ** -exponent], 1)
        found, *_ = np.linalg.lstsq(design, means, rcond=None)
        return float(((design @ found - means) ** 2).sum()), found

    start = min(range(len(ALPHAS)), key=lambda place: solved(float(ALPHAS[place]))[0])
    bounds = float(ALPHAS[max(0, start - 1)]), float(ALPHAS[min(len(ALPHAS) - 1, start + 1)])
    exponent = float(optimize.minimize_scalar(lambda value: solved(float(value))[0], bounds=bounds, method="bounded").x)
    squares, (asymptote, amplitude) = solved(exponent)
    return Curve(float(asymptote), float(amplitude), exponent, _lack_of_fit(squares, scores))


def crossing(budgets: Sequence[float], scores: Sequence[float], target: float) -> float:
    """The share of the compute with which an arm reaches a score, by a line through its scores against log budget, within RATIO_BOUNDS;
    outside the budgets that were run it is an extrapolation. The upper bound if more budget does not lower the score."""
    slope, level = np.polyfit(np.log(budgets), np.asarray(scores), 1)
    if slope >= 0:
        return RATIO_BOUNDS[1]
    return float(np.clip(math.exp(max(-50.0, min(50.0, (target - level) / slope))), *RATIO_BOUNDS))


def _lack_of_fit(squares: float, scores: Floats) -> float | None:
    seeds, budgets = scores.shape
    freedom = budgets - 3
    residuals = scores - scores.mean(1, keepdims=True) - scores.mean(0) + scores.mean()  # what is left of seed and budget
    within = float((residuals**2).sum()) / max(1, (seeds - 1) * (budgets - 1))
    if freedom < 1 or seeds < 2 or within <= 0:
        return None
    return float(stats.f.sf(seeds * squares / freedom / within, freedom, (seeds - 1) * (budgets - 1)))
