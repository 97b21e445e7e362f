"""The learning rate of every step: warm-up, stable, decay."""

from __future__ import annotations

from typing import Any

import numpy as np

from tierline.training.recipe import Optimization


def learning_rates(steps: int, whole: int, rules: Optimization) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(steps,): a linear rise, a plateau, and a linear fall to `floor` over the last `decay_share` of the steps (MiniCPM, arXiv
    2404.06395, section 4.2; linear as in Hägele et al. 2024, arXiv 2405.18392, section 3).

    The rise takes its share of `whole`, a full run's steps, so that a shorter run is the beginning of a longer one until it decays.
    """
    warm, decay = max(1, round(rules.warm_share * whole)), max(1, round(rules.decay_share * steps))
    step = np.arange(steps, dtype=np.float64)
    rise = np.minimum(1.0, (step + 1) / warm)
    fall = np.minimum(1.0, (steps - step) / (decay + 1))
    return rules.learning_rate * rise * (rules.floor + (1 - rules.floor) * fall)
