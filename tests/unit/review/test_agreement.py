"""Cohen's kappa with its interval, against published figures and against its own distribution; traps."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.review.conftest import ALONE
from tierline.review.agreement import Traps, agreement, kappa_of, kappa_of_table, traps
from tierline.review.desk import Answer, Desk


def test_kappa_is_that_of_a_published_table():
    # Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, table 18.1: diagnoses of 100 subjects by two raters.
    found = kappa_of_table(np.array([[75.0, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert found.kappa == pytest.approx(0.676, abs=0.001) and found.items == 100 and found.agreement == pytest.approx(0.89)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(0.088, abs=0.001), "the standard error that they give"


def test_the_interval_covers_the_true_kappa_as_often_as_it_says():
    table = np.array([[0.45, 0.10], [0.05, 0.40]])
    true = kappa_of_table(table * 1e6).kappa
    random = np.random.default_rng(7)
    found = [kappa_of_table(random.multinomial(200, table.ravel()).reshape(2, 2).astype(float)) for _ in range(1_000)]
    assert np.mean([one.low <= true <= one.high for one in found]) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        ([], None),
        ([("keep", "keep")] * 5, None),
        ([("keep", "keep"), ("drop", "drop")], 1.0),
        ([("keep", "drop"), ("drop", "keep")], -1.0),
        ([("keep", "keep"), ("keep", "drop"), ("drop", "keep"), ("drop", "drop")], 0.0),
    ],
)
def test_the_ends_of_the_scale(pairs, kappa):
    found = kappa_of(pairs)
    assert found.kappa == (None if kappa is None else pytest.approx(kappa)) and found.items == len(pairs)


def test_agreement_is_of_items_that_two_have_read(lake):
    desk = Desk(lake, replace(ALONE, second_reviewer_share=1.0))
    for number, item in enumerate(desk.items()[:4]):
        desk.answer(item, "bob", Answer("keep"))
        desk.answer(item, "ada", Answer("keep" if number else "drop"))
    desk.answer(desk.items()[5], "ada", Answer("drop"))
    found = agreement(desk.rows())
    assert set(found) == {("", ""), ("ada", "bob")} and found["ada", "bob"].items == 4 and found["ada", "bob"].agreement == 0.75


def test_traps_count_answers_and_misses(desk):
    one, two, *_ = desk.items()
    for item in (one, two):
        desk.answer(item, "owner", Answer("drop", gold=True))
    desk.answer(one, "ada", Answer("keep"))
    desk.answer(two, "ada", Answer("drop"))
    desk.answer(two, "bob", Answer("skip"))
    assert traps(desk.rows()) == {"ada": Traps(2, 1)}
    assert not Traps(2, 2).fails(0.3) and Traps(3, 1).fails(0.3) and not Traps(4, 1).fails(0.3)
