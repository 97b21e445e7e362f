"""Compares two orders of the same things."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FEWEST = 3  # things between which ranks say anything


def rank_correlation(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float | None:
    """Spearman's rank correlation of two vectors of equal length; None for fewer than three values, or where one side is constant."""
    if len(left) < FEWEST or np.ptp(left) == 0 or np.ptp(right) == 0:
        return None
    from scipy.stats import spearmanr  # takes a second, which every command would wait for

    return float(spearmanr(left, right).statistic)
