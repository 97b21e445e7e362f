"""The student follows its teacher on domains it never saw, says by how much it errs on each, and starts from what the prior knows."""

import numpy as np
import pytest

from examples.features import FEATURES
from tierline.ranks import rank_correlation
from tierline.reliability.reliability import auc
from tierline.students.features import student_features
from tierline.students.linear import from_coefficients, inputs
from tierline.students.out_of_fold import text_key
from tierline.students.prior import bundled_prior, load_prior, save_prior
from tierline.students.rules import StudentRules
from tierline.students.student import calibration, distil, log_odds, read_texts, stored_student

PRIOR = bundled_prior()
GOOD = [FEATURES[name] for name in sorted(FEATURES)]
ODD = [f"{text} Zebras graze, said the {name} keeper of zebras." for name, text in FEATURES.items()]
TEXTS = GOOD + ODD
DOMAINS = [f"{number % 7}.example" for number in range(len(TEXTS))]
LANGUAGES = ["en"] * len(TEXTS)
TEACHER = np.array([0.9] * len(GOOD) + [0.2] * len(ODD))  # a teacher who dislikes zebras, as no prior does


def learned(teacher=TEACHER, **changes):
    return distil(TEXTS, LANGUAGES, DOMAINS, teacher, PRIOR, StudentRules(**changes))


def test_it_learns_its_teachers_taste_on_domains_it_did_not_see():
    student = learned()
    assert rank_correlation(student.held_out, TEACHER) > 0.8
    assert student.held_out[: len(GOOD)].mean() == pytest.approx(0.9, abs=0.15)
    assert student.held_out[len(GOOD) :].mean() == pytest.approx(0.2, abs=0.15)
    fresh = [f"Fine bread needs time, and {name} helps." for name in FEATURES]
    zebras = [f"{text} Zebras graze." for text in fresh]
    scores, _, _ = read_texts(fresh + zebras, ["en"] * 2 * len(fresh), PRIOR, student)
    assert auc([1] * len(fresh) + [0] * len(zebras), scores) > 0.9


def test_the_same_judgments_make_the_same_student_and_what_is_stored_scores_the_same():
    student = learned()
    assert learned().coefficients() == student.coefficients()
    row = {"coefficients": np.array(student.coefficients(), np.float32).tolist(), "intercept": float(student.model.bias[0])}
    stored = read_texts(TEXTS, LANGUAGES, PRIOR, stored_student(row, PRIOR))[0]
    assert stored == pytest.approx(read_texts(TEXTS, LANGUAGES, PRIOR, student)[0], abs=1e-5)


def test_with_too_few_judgments_the_prior_judges():
    student = distil(TEXTS[:5], LANGUAGES[:5], DOMAINS[:5], TEACHER[:5], PRIOR, StudentRules())
    scores, prior_scores, _ = read_texts(TEXTS, LANGUAGES, PRIOR, student)
    assert rank_correlation(scores, prior_scores) == pytest.approx(1.0)


def test_a_teacher_of_one_mind_teaches_nothing_and_breaks_nothing():
    student = learned(np.full(len(TEXTS), 0.7))
    assert rank_correlation(student.held_out, np.full(len(TEXTS), 0.7)) is None
    assert student.held_out == pytest.approx(np.full(len(TEXTS), 0.7), abs=0.05)


def test_calibration_is_told_by_domain_and_small_domains_together():
    domains = ["a"] * 20 + ["b"] * 20 + ["c", "d"]
    teacher = np.tile([0.3, 0.7], 21)
    student = teacher + np.where(np.arange(42) < 20, 0.0, 0.3) + 0.02 * np.tile([1, -1, -1, 1, 1, -1], 7)
    errors = {one.domain: one for one in calibration(domains, student, teacher, StudentRules())}
    assert list(errors) == ["(others)", "a", "b"] and errors["(others)"].n == 2
    assert errors["a"].lo95 == 0 and 0.25 < errors["b"].lo95 < 0.3


def test_the_prior_knows_good_text_from_bad_where_it_was_not_trained():
    spam = [f"WINNER!! Claim your FREE {name} prize now, txt {name.upper()} to 80085 - cash 4 u!!! www.win.example" for name in FEATURES]
    scores, shares = PRIOR.read(GOOD + spam, ["en"] * 2 * len(GOOD))
    assert auc([1] * len(GOOD) + [0] * len(spam), scores) > 0.9
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(shares))) and shares.min() >= 0
    assert PRIOR.read([], [])[0].shape == (0,)


def test_a_set_that_the_prior_does_not_know_is_as_likely_as_any():
    _, shares = PRIOR.read(GOOD[:2], ["en"] * 2)
    set_similarity = PRIOR.set_similarity(shares, ["sms", "ours"])
    assert set_similarity["ours"].tolist() == [1 / len(PRIOR.sets)] * 2 and set_similarity["sms"][0] == shares[0, PRIOR.sets.index("sms")]


def test_a_text_that_the_prior_learned_from_is_read_by_models_that_did_not(tmp_path):
    width = len(PRIOR.model.grams) + PRIOR.model.standard.width
    model = from_coefficients(np.ones((2, width)), np.zeros(2), PRIOR.model.standard)
    keys = np.sort(np.array([text_key(text) for text in GOOD[:3]], np.uint64))
    save_prior(tmp_path / "prior.npz", model, ["own"], keys, np.array([[-2.0, 0.0]] * 3))
    with np.load(tmp_path / "prior.npz") as stored:
        prior = load_prior(stored, "p")
    scores, _ = prior.read(GOOD, ["en"] * len(GOOD))
    assert scores[:3] == pytest.approx(1 / (1 + np.exp(2.0)), abs=1e-3) and scores[3:].min() > 0.5


def test_a_model_says_of_texts_what_its_coefficients_say_of_inputs():
    coefficients = np.random.default_rng(2).normal(size=(3, len(PRIOR.model.grams) + PRIOR.model.standard.width))
    model = from_coefficients(coefficients, np.array([1.0, 2.0, 3.0]), PRIOR.model.standard)
    seen = inputs(TEXTS, LANGUAGES, PRIOR.model.standard)
    expected = np.asarray(seen @ coefficients.T) + np.array([1.0, 2.0, 3.0])
    assert model.odds(TEXTS, LANGUAGES) == pytest.approx(expected, abs=1e-3)
    assert student_features(TEXTS)[1].shape[1] == len(model.grams)
    both = model.beside(from_coefficients(-coefficients[:1], np.array([0.0]), PRIOR.model.standard)).odds(TEXTS, LANGUAGES)
    assert both[:, 3] == pytest.approx(1 - both[:, 0], abs=1e-3)


def test_log_odds_are_finite_at_the_edges():
    assert np.isfinite(log_odds(np.array([0.0, 0.5, 1.0]))).all() and log_odds(np.array([0.5]))[0] == pytest.approx(0)
