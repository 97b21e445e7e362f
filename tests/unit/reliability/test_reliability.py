"""What is measured on anchors: areas and intervals that are right, length taken out, and no weight for a signal at chance."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tierline.reliability.reliability import auc, measure_signal, separation
from tierline.reliability.rules import ReliabilityRules

RULES = ReliabilityRules(resamples=200)


def measured(labels, scores, lengths=None, groups=None, rules=RULES):
    size = len(labels)
    return measure_signal(labels, scores, np.ones(size) if lengths is None else lengths, groups or [str(row) for row in range(size)], rules)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40).filter(lambda rows: len({row[0] for row in rows}) == 2)
)
def test_the_area_is_the_share_of_ordered_pairs(rows):
    labels, scores = [float(row[0]) for row in rows], [float(row[1]) for row in rows]
    assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))


def test_texts_with_a_middling_label_and_texts_without_a_score_are_left_out():
    labels = [1.0, 0.0, 0.5, 1.0] * 20
    found = measured(labels, [0.9, 0.1, 0.0, None] * 20)
    assert (found.n, found.auc) == (40, 1.0)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    chance = np.random.default_rng(3)
    labels = np.repeat([0.0, 1.0], 60)
    inside = 0
    for _ in range(100):
        found = measured(labels, chance.normal(size=120) + labels)  # two normal classes one standard deviation apart
        inside += found.auc_lo <= 0.7602 <= found.auc_hi
    assert 88 <= inside <= 99
    assert separation(0.7602) == pytest.approx(1.0, abs=0.001)


def test_what_length_explains_is_taken_out():
    chance = np.random.default_rng(1)
    lengths = chance.integers(100, 10_000, 600).astype(float)
    labels = (lengths + chance.normal(0, 2_000, 600) > 5_000).astype(float)
    by_length = measured(labels, lengths, lengths)
    assert by_length.auc > 0.85 and by_length.auc_length_controlled < 0.65
    assert by_length.length_bias == pytest.approx(1)
    honest = measured(labels, labels + chance.normal(0, 1, 600), lengths)
    assert abs(honest.length_bias) < 0.1, "long texts are better here, and that is no bias of the judge"
    assert honest.auc_length_controlled == pytest.approx(honest.auc, abs=0.06)


def test_a_signal_at_chance_weighs_nothing_and_says_why():
    chance = np.random.default_rng(2)
    labels = np.tile([0.0, 1.0], 100)
    blind, wrong = measured(labels, chance.normal(size=200)), measured(labels, -labels + chance.normal(size=200))
    assert blind.weight == wrong.weight == 0.0 and "chance" in blind.reason
    better, good = (measured(labels, step * labels + chance.normal(size=200)) for step in (2.0, 1.0))
    assert better.weight > good.weight > 0.3


@pytest.mark.parametrize(
    ("labels", "scores", "reason"),
    [
        ([1.0] * 40, [0.5] * 40, "only one class"),
        ([1.0, 0.0] * 5, [0.9, 0.1] * 5, "5 texts in the smaller class"),
        ([1.0, 0.0] * 5, [None] * 10, "only one class"),
    ],
)
def test_too_little_to_measure_is_said_and_weighs_nothing(labels, scores, reason):
    found = measured(labels, scores)
    assert found.weight == 0.0 and reason in found.reason
    assert math.isnan(found.auc) or found.auc == 1.0


def test_texts_of_one_group_are_not_independent():
    chance = np.random.default_rng(5)
    labels = np.tile([0.0, 1.0], 25)
    scores = labels + chance.normal(size=50)
    alone = measured(labels, scores)
    copied = measured(np.tile(labels, 8), np.tile(scores, 8), groups=[str(row) for row in range(50)] * 8)
    assert copied.auc_hi - copied.auc_lo == pytest.approx(alone.auc_hi - alone.auc_lo, abs=0.03)


def test_measuring_twice_gives_the_same():
    labels, scores = [0.0, 1.0] * 30, list(np.random.default_rng(0).normal(size=60))
    assert measured(labels, scores) == measured(labels, scores)
