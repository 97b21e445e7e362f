"""Usefulness: no signal hurts by being better, missing signals are done without, and together signals beat each alone."""

from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import nnls
from scipy.special import expit

from tierline.reliability.reliability import auc, measure_signal
from tierline.reliability.rules import ReliabilityRules
from tierline.reliability.usefulness import Combination, StandardizedSignal, fit_combination, from_json, to_json, usefulness

SIZE = 400


def anchors(seed=0):
    """Labels and three signals: two that share some of their errors, one that judged every third text only."""
    chance = np.random.default_rng(seed)
    labels, shared = np.tile([0.0, 1.0], SIZE // 2), chance.normal(size=SIZE)
    signals = {
        "student": 1.2 * labels + 0.6 * shared + 0.8 * chance.normal(size=SIZE),
        "perplexity": 0.8 * labels + 0.6 * shared + 0.8 * chance.normal(size=SIZE),
        "llm": 1.2 * labels + chance.normal(size=SIZE),
    }
    signals["llm"][np.arange(SIZE) % 3 > 0] = np.nan
    return labels, signals


def combined(labels, signals):
    groups = [str(row) for row in range(len(labels))]
    rules = ReliabilityRules(resamples=200)
    weights = {name: measure_signal(labels, scores, np.ones(SIZE), groups, rules).weight for name, scores in signals.items()}
    return fit_combination(labels, signals, weights)


def test_together_signals_beat_each_alone_on_texts_they_were_not_weighed_on():
    one = combined(*anchors())
    labels, signals = anchors(seed=1)
    together = auc(labels, usefulness({"web": one}, signals, {}))
    assert together > 0.01 + max(auc(labels, signals[name]) for name in ("student", "perplexity"))
    judged = ~np.isnan(signals["llm"])
    with_llm = auc(labels[judged], usefulness({"web": one}, signals, {})[judged])
    without = {name: scores for name, scores in signals.items() if name != "llm"} | {"llm": np.full(SIZE, np.nan)}
    assert with_llm > auc(labels[judged], usefulness({"web": one}, without, {})[judged])


def test_it_is_a_probability():
    one = combined(*anchors())
    labels, signals = anchors(seed=2)
    found = usefulness({"web": one}, signals, {})
    assert found.min() >= 0 and found.max() <= 1
    for low in (0.1, 0.3, 0.5, 0.7):
        inside = (found >= low) & (found < low + 0.2)
        assert labels[inside].mean() == pytest.approx(found[inside].mean(), abs=0.15)


@given(st.sampled_from(["student", "perplexity", "llm"]), st.integers(0, SIZE - 1), st.floats(0.01, 5))
def test_a_better_signal_never_lowers_usefulness(name, row, gain):
    one, signals = ready()
    before = {key: scores[row : row + 1] for key, scores in signals.items()}
    assume(not np.isnan(before[name][0]))
    after = before | {name: before[name] + gain}
    assert usefulness({"web": one}, after, {})[0] >= usefulness({"web": one}, before, {})[0]


@cache
def ready():
    return combined(*anchors()), anchors()[1]


def test_what_a_prompt_gives_to_length_is_taken_out():
    labels, signals = anchors()
    lengths = 2 ** np.random.default_rng(3).normal(8, 2, SIZE)
    fond_of_length = {"prompt/usefulness": expit(signals["student"] + 0.5 * (np.log2(lengths) - 8)), "length": lengths}
    one = fit_combination(labels, fond_of_length, {"prompt/usefulness": 1.0})
    assert one.parts[0].length_slope == pytest.approx(0.5, abs=0.05)
    alike = {"prompt/usefulness": expit([0.5 * 4, 0.5 * -4]), "length": np.array([2.0**12, 2.0**4])}
    assert np.ptp(usefulness({"web": one}, alike, {})) < 0.1
    probe = fit_combination(labels, {"probe": fond_of_length["prompt/usefulness"], "length": lengths}, {"probe": 1.0})
    assert probe.parts[0].length_slope == 0, "a probe learned from labels what length is worth"


def test_a_probability_counts_by_its_log_odds_and_a_scale_that_says_nothing_by_ranks():
    labels, signals = anchors()
    chances = expit(signals["student"])
    sure = fit_combination(labels, {"judge": chances}, {"judge": 1.0}).log_odds({"judge": expit(np.array([1.0, 2.0, 3.0]))})
    assert sure[2] - sure[1] == pytest.approx(sure[1] - sure[0])
    ranked = fit_combination(labels, {"judge": signals["student"]}, {"judge": 1.0})
    cubed = fit_combination(labels, {"judge": 1e3 * signals["student"] ** 3}, {"judge": 1.0})
    some = np.linspace(-1, 2, 7)
    assert cubed.log_odds({"judge": 1e3 * some**3}) == pytest.approx(ranked.log_odds({"judge": some}), abs=0.02)


@given(st.lists(st.floats(0.01, 3), min_size=1, max_size=6), st.floats(0, 0.95))
def test_weights_add_up_as_non_negative_least_squares_has_it(weights, correlation):
    parts = tuple(StandardizedSignal(str(row), (), 0.0, 0.0, 1.0, weight) for row, weight in enumerate(weights))
    matrix = np.full((len(weights), len(weights)), correlation) + (1 - correlation) * np.eye(len(weights))
    root = np.linalg.cholesky(matrix)
    expected = nnls(root.T, np.linalg.solve(root, weights))[0]
    assert Combination(parts, correlation).coefficients(np.ones(len(weights), bool)) == pytest.approx(expected, abs=1e-6)


def test_a_signal_without_weight_is_not_looked_at():
    labels, signals = anchors()
    one = fit_combination(labels, signals, {"student": 1.0, "perplexity": 0.0})
    assert one.signals == ("student",)
    none = fit_combination(labels, signals, {})
    assert set(usefulness({"web": none}, signals, {})) == {0.5}


def test_a_document_without_any_signal_is_in_the_middle():
    one = combined(*anchors())
    nothing = {name: np.array([np.nan]) for name in one.signals}
    assert usefulness({"web": one}, nothing, {})[0] == 0.5


def test_a_judge_that_said_nothing_of_a_shard_is_done_without():
    labels, signals = anchors()
    one = combined(labels, signals)
    silent = {**signals, "llm": np.full(SIZE, np.nan)}
    absent = {name: scores for name, scores in signals.items() if name != "llm"}
    assert usefulness({"web": one}, absent, {}) == pytest.approx(usefulness({"web": one}, silent, {}))


def test_each_document_is_judged_by_the_sets_it_is_like():
    labels, signals = anchors()
    straight = fit_combination(labels, {"student": signals["student"]}, {"student": 1.0})
    turned = fit_combination(labels, {"student": -signals["student"]}, {"student": 1.0})
    both = {"straight": straight, "turned": turned}
    high = {"student": np.array([2.5, 2.5, 2.5])}
    set_similarity = {"straight": np.array([1.0, 0.0, 0.0]), "turned": np.array([0.0, 1.0, 0.0])}
    first, second, third = usefulness(both, high, set_similarity)
    assert first > 0.6 and third != first and second == pytest.approx(usefulness({"turned": turned}, high, {})[0])


def test_what_is_stored_scores_the_same():
    labels, signals = anchors()
    one = {"web": combined(labels, signals)}
    assert from_json(to_json(one)) == one
    assert (usefulness(from_json(to_json(one)), signals, {}) == usefulness(one, signals, {})).all()


def test_equal_scores_rank_equal():
    labels = np.tile([0.0, 1.0], 50)
    coarse = {"detector": np.where(np.arange(100) % 10 == 1, 1.0, 0.0)}
    one = fit_combination(labels, coarse, {"detector": 0.5})
    found = usefulness({"web": one}, {"detector": np.array([0.0, 0.0, 1.0])}, {})
    assert found[0] == found[1] < found[2]
