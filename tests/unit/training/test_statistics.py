"""Intervals cover, tests have the size that they say, and a curve finds the compute that was planted."""

import math

import numpy as np
import pytest

from tierline.training.curve import RATIO_BOUNDS, crossing, fit_curve
from tierline.training.statistics import Resampled, minimum_detectable_effect, paired_effect, sign_test

BUDGETS = (1.0, 0.8, 0.6, 0.4)


def test_five_equal_pairs_give_an_interval_of_no_width():
    effect = paired_effect([1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 2.0, 3.0, 4.0])
    assert (effect.value, effect.low, effect.high, effect.pairs) == (1.0, 1.0, 1.0, 5) and not effect.within_noise


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    draw = np.random.default_rng(1)
    covered = [(one := paired_effect(draw.normal(0.3, 1, 6).tolist(), [0.0] * 6)).low <= 0.3 <= one.high for _ in range(150)]
    assert 0.88 <= np.mean(covered) <= 1.0


def test_too_few_pairs_are_within_noise_whatever_they_say():
    assert paired_effect([1.0, 1.1], [0.0, 0.0]).within_noise


@pytest.mark.parametrize(("won", "seeds", "p"), [(6, 6, 1 / 64), (5, 6, 7 / 64), (0, 6, 1.0), (2, 2, 0.25)])
def test_the_sign_test_is_exact(won, seeds, p):
    assert sign_test([0.1] * won + [-0.1] * (seeds - won)) == pytest.approx(p)


def test_the_detectable_effect_is_found_four_times_in_five():
    from scipy import stats

    draw = np.random.default_rng(0)
    sample = draw.normal(0, 1, 6)
    sample = (sample - sample.mean()) / sample.std(ddof=1)
    effect = minimum_detectable_effect(sample.tolist())
    found = [stats.ttest_1samp(draw.normal(effect, 1, 6), 0).pvalue < 0.05 for _ in range(2_000)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


def test_the_first_draw_is_the_data_and_draws_are_shared():
    drawn = Resampled.of(3, {"works": 4}, draws=50)
    bits, sizes = np.arange(12.0).reshape(3, 4) + 1, np.array([1.0, 2.0, 3.0, 4.0])
    found = drawn.bits_per_byte("works", bits, sizes)
    assert found.shape == (51, 3) and found[0] == pytest.approx(bits.sum(1) / 10)
    shifted = drawn.bits_per_byte("works", bits + 0.5 * sizes, sizes)
    interval = drawn.interval((shifted - found).mean(1))
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.5, 0.5, 0.5)) and interval.pairs == 3


def test_joint_intervals_are_wider_where_texts_differ():
    draw, sizes = np.random.default_rng(0), np.ones(20)
    alike, differing = np.full((6, 20), 0.1) + draw.normal(0, 0.01, (6, 1)), np.tile(draw.normal(0.1, 1.0, 20), (6, 1))
    drawn = Resampled.of(6, {"works": 20})
    one, other = (drawn.interval(drawn.bits_per_byte("works", bits, sizes).mean(1)) for bits in (alike, differing))
    assert other.high - other.low > 5 * (one.high - one.low) > 0


def test_a_curve_finds_its_asymptote_and_the_compute_of_a_score():
    scores = np.stack([2.0 + 0.5 * np.array(BUDGETS) ** -0.6 + 0.03 * seed for seed in range(5)])
    curve = fit_curve(BUDGETS, scores)
    assert (curve.asymptote, curve.amplitude, curve.exponent) == pytest.approx((2.06, 0.5, 0.6), rel=1e-2)
    assert curve.compute(curve.at(0.5)) == pytest.approx(0.5, rel=1e-3) and curve.at(0.5) == pytest.approx(2.06 + 0.5 * 0.5**-0.6, rel=1e-3)
    assert curve.compute(1.0) == RATIO_BOUNDS[1]


def test_lack_of_fit_is_seen_where_no_curve_fits():
    noise = np.random.default_rng(3).normal(0, 0.002, (6, 4))
    fits = 2.0 + 0.5 * np.array(BUDGETS) ** -0.6 + noise
    bent = fits + np.array([0.0, 0.05, -0.05, 0.0])
    found = [fit_curve(BUDGETS, scores).lack_of_fit for scores in (fits, bent)]
    assert found[0] and found[1] is not None and found[0] > 0.05 > found[1]
    assert fit_curve(BUDGETS, np.array([[2.5, 2.57, 2.68, 2.87]])).lack_of_fit is None


def test_the_crossing_is_where_the_tiers_own_line_meets_the_score():
    scores = [3.0 - 0.4 * math.log(budget) for budget in BUDGETS]
    assert crossing(BUDGETS, scores, 3.0 - 0.4 * math.log(0.7)) == pytest.approx(0.7)
    assert crossing(BUDGETS, scores, 1.0) == RATIO_BOUNDS[1] == crossing(BUDGETS, scores[::-1], 3.0)
