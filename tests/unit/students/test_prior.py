"""The prior: what is stored is what was trained within a rounding step, opinions are mixtures, and a set unknown is like any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from tierline.students.features import NAMES
from tierline.students.gram_kernel import BUCKETS
from tierline.students.linear import Standard, from_coefficients
from tierline.students.out_of_fold import text_key
from tierline.students.prior import Prior, bundled_prior, load_prior, save_prior

STANDARD = Standard(np.zeros(len(NAMES)), np.ones(len(NAMES)), ("en",))
TEXTS = ["The mill stands below the weir.", "BUY NOW!!!", ""]


def trained(seed: int = 0):
    rng = np.random.default_rng(seed)
    return from_coefficients(rng.normal(size=(4, 2 * BUCKETS + STANDARD.width)), rng.normal(size=4), STANDARD)


def stored(path, model, sets=("a", "b"), keys=(), odds=None) -> Prior:
    known = np.sort(np.array([text_key(text) for text in keys], np.uint64))
    save_prior(path, model, sets, known, np.zeros((len(known), 4)) if odds is None else odds)
    with np.load(path) as found:
        return load_prior(found, "id")


def test_a_stored_prior_says_what_was_trained_within_its_rounding(tmp_path):
    model = trained()
    prior = stored(tmp_path / "p.npz", model)
    assert prior.sets == ("a", "b") and prior.identity == "id" and prior.model.standard.languages == ("en",)
    steps = np.abs(model.grams).max(axis=0) / 127
    assert (np.abs(prior.model.grams - model.grams) <= steps / 2 + 1e-6).all()
    assert prior.model.odds(TEXTS, ["en"] * 3) == pytest.approx(model.odds(TEXTS, ["en"] * 3), abs=0.1)


@given(st.lists(st.tuples(*[st.floats(-8, 8)] * 4), min_size=1, max_size=5))
def test_an_opinion_lies_between_those_of_the_sets(rows):
    odds = np.array(rows)
    prior = Prior(("a", "b"), None, np.empty(0, np.uint64), np.empty((0, 4), np.float32), "id")  # type: ignore[arg-type]
    useful, shares = prior.opinion(odds)
    each = expit(odds[:, :2])
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(rows))) and (shares >= 0).all()
    assert (each.min(axis=1) - 1e-9 <= useful).all() and (useful <= each.max(axis=1) + 1e-9).all()
    assert useful == pytest.approx((shares * each).sum(axis=1))


def test_an_opinion_of_nothing_is_empty():
    prior = bundled_prior()
    useful, shares = prior.opinion(np.empty((0, 2 * len(prior.sets))))
    assert useful.shape == (0,) and shares.shape == (0, len(prior.sets))


def test_training_texts_are_read_by_what_was_held_out_and_others_are_not(tmp_path):
    held = np.array([[3.0, 3.0, 0.0, 0.0]])
    prior = stored(tmp_path / "p.npz", trained(), keys=(TEXTS[0],), odds=held)
    odds = prior.model.odds(TEXTS, ["en"] * 3)
    found = prior.held_out(TEXTS, odds)
    assert found[0].tolist() == [3.0, 3.0, 0.0, 0.0] and (found[1:] == odds[1:]).all() and (odds[0] != found[0]).any()
    assert prior.read(TEXTS, ["en"] * 3)[0][0] == pytest.approx(expit(3.0))


def test_sets_are_asked_for_by_name():
    prior = bundled_prior()
    shares = np.full((2, len(prior.sets)), 1 / len(prior.sets)) * [[0.5], [1.0]]
    found = prior.set_similarity(shares, [prior.sets[1], "nobody knows it"])
    assert found[prior.sets[1]].tolist() == shares[:, 1].tolist() and found["nobody knows it"].tolist() == [1 / len(prior.sets)] * 2
    assert prior.set_similarity(shares, []) == {}


def test_the_bundled_one_is_identified_by_its_bytes_and_read_once():
    assert bundled_prior() is bundled_prior() and len(bundled_prior().identity) == 64
