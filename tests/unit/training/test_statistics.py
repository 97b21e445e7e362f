"""The statistics on data whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from tierline.training.statistics import PAIRS_MIN, bootstrap_mean, compute_ratio, minimum_detectable_effect, paired_effect

BUDGETS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def test_pairing_takes_out_what_seeds_have_in_common():
    seeds = np.array([0.0, 5.0, -3.0, 9.0, 2.0])
    effect = paired_effect(seeds - 0.5 + np.array([0.01, -0.01, 0.0, 0.02, -0.02]), seeds)
    assert effect.value == pytest.approx(-0.5)
    assert -0.53 < effect.low < -0.5 < effect.high < -0.47
    assert not effect.within_noise


def test_no_effect_is_within_noise_and_so_is_any_of_few_seeds():
    assert paired_effect([1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.1, 3.9, 5.0]).within_noise
    assert paired_effect([1.0] * (PAIRS_MIN - 1), [2.0, 2.1, 2.2, 2.3]).within_noise
    assert not paired_effect([1.0] * PAIRS_MIN, [2.0, 2.1, 2.2, 2.3, 2.4]).within_noise


def test_intervals_of_five_values_cover_the_truth_about_as_often_as_they_say():
    draw = np.random.default_rng(0)
    found = [bootstrap_mean(draw.normal(1.0, 2.0, 5)) for _ in range(300)]
    covered = np.mean([one.low <= 1.0 <= one.high for one in found])
    assert 0.9 <= covered <= 0.98  # a plain percentile interval covers in 83% of cases


def test_the_detectable_effect_is_found_four_times_in_five():
    control = np.array([1.0, 1.4, 0.7, 1.1, 0.9])
    effect = minimum_detectable_effect(control)
    spread = np.sqrt(2) * control.std(ddof=1)
    draws = np.random.default_rng(0).normal(effect, spread, (20_000, 5))
    assert np.mean(stats.ttest_1samp(draws, 0.0, axis=1).pvalue < 0.05) == pytest.approx(0.8, abs=0.01)
    assert minimum_detectable_effect(10 * control) == pytest.approx(10 * effect)


def test_compute_saved_is_read_off_the_budgets():
    draw = np.random.default_rng(1)
    scores = np.stack([3 - 0.1 * np.log(BUDGETS) + draw.normal(0, 0.0005, 6) for _ in range(5)])
    ratio = compute_ratio(BUDGETS, scores, [3 - 0.1 * np.log(0.78)] * 5)
    assert ratio and ratio.value == pytest.approx(0.78, abs=0.005)
    assert ratio.low <= ratio.value <= ratio.high and ratio.high - ratio.low < 0.02


def test_a_worse_arm_needs_more_than_the_whole_budget_and_a_hopeless_one_has_no_ratio():
    falling = np.tile(3 - 0.1 * np.log(BUDGETS), (5, 1))
    worse = compute_ratio(BUDGETS, falling, [2.98] * 5)
    assert worse and worse.value == pytest.approx(np.exp(0.2))
    assert compute_ratio(BUDGETS, falling[:, ::-1], [2.98] * 5) is None
    hopeless = compute_ratio(BUDGETS, falling, [1.0] * 5)
    assert hopeless and hopeless.value == 4.0
