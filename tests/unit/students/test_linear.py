"""The linear model: standard numbers are bounded, languages have columns of their own, and two models side by side stay themselves."""

import numpy as np
import pytest

from tierline.students.features import NAMES, student_features
from tierline.students.gram_kernel import BUCKETS
from tierline.students.linear import GROUPS, LANGUAGE, LIMIT, SURFACE, WORDS, LinearModel, Standard, from_coefficients, inputs, scaled

TEXTS = ["The mill stands below the weir.", "BUY NOW!!! www.shop.example", "", "水車は川のそばにある。"]
LANGUAGES = ["en", "xx", "en", "ja"]
STANDARD = Standard(np.full(len(NAMES), 0.5), np.full(len(NAMES), 0.25), ("en", "ja"))


def model(columns: int, seed: int = 0) -> LinearModel:
    rng = np.random.default_rng(seed)
    return from_coefficients(rng.normal(size=(columns, 2 * BUCKETS + STANDARD.width)), rng.normal(size=columns), STANDARD)


def test_numbers_are_standard_scores_within_bounds_and_one_column_a_language():
    surface = np.array([[0.5] * len(NAMES), [100.0] * len(NAMES), [-100.0] * len(NAMES), [0.75] * len(NAMES)])
    found = STANDARD.numbers(surface, LANGUAGES)
    assert found.shape == (4, len(NAMES) + 2) == (4, STANDARD.width)
    assert found[:, 0].tolist() == pytest.approx([0.0, SURFACE * LIMIT, -SURFACE * LIMIT, SURFACE])
    assert found[:, -2:].tolist() == [[LANGUAGE, 0], [0, 0], [LANGUAGE, 0], [0, LANGUAGE]]


def test_kinds_of_features_have_their_scales():
    surface, grams = student_features(TEXTS)
    seen = inputs(TEXTS, LANGUAGES, STANDARD)
    assert seen.shape == (4, 2 * BUCKETS + STANDARD.width)
    assert np.allclose(seen[:, :BUCKETS].toarray(), GROUPS * grams[:, :BUCKETS].toarray())
    assert np.allclose(seen[:, BUCKETS : 2 * BUCKETS].toarray(), WORDS * grams[:, BUCKETS:].toarray())
    assert (scaled(surface, grams, LANGUAGES, STANDARD) != seen).nnz == 0


def test_odds_are_the_inputs_times_the_coefficients():
    rng = np.random.default_rng(1)
    coefficients, bias = rng.normal(size=(2, 2 * BUCKETS + STANDARD.width)), np.array([0.5, -1.0])
    found = from_coefficients(coefficients, bias, STANDARD).odds(TEXTS, LANGUAGES)
    assert found == pytest.approx(np.asarray(inputs(TEXTS, LANGUAGES, STANDARD) @ coefficients.T) + bias, abs=1e-3)
    assert from_coefficients(coefficients, bias, STANDARD).odds([], []).shape == (0, 2)


def test_models_beside_each_other_say_what_each_says():
    one, other = model(1), model(3, seed=2)
    both = one.beside(other).odds(TEXTS, LANGUAGES)
    assert both.shape == (4, 4)
    assert both[:, :1] == pytest.approx(one.odds(TEXTS, LANGUAGES)) and both[:, 1:] == pytest.approx(other.odds(TEXTS, LANGUAGES))


def test_a_bias_may_be_one_number():
    assert from_coefficients(np.zeros((1, 2 * BUCKETS + STANDARD.width)), np.float64(2.0), STANDARD).odds(["a"], ["en"]).tolist() == [[2.0]]
