"""What reviews taught: the judge's errors by kind, the price of a kept token, a threshold that people would have set."""

import pytest

from tests.unit.review.conftest import ALONE
from tests.unit.review.lakes import reviewed_lake
from tierline.review.desk import Answer, Desk
from tierline.review.item import DOCUMENT, EDIT
from tierline.review.taught import Errors, as_row, overturned, summary, taught


def test_errors_are_counted_by_kind_and_by_what_the_pipeline_decided(desk):
    for item in desk.items():
        if item.kind == EDIT:
            desk.answer(item, "ada", Answer("keep", seconds=36.0))
    found = taught(desk.lake, desk.rows())
    assert {(one.judged, one.reviewed, one.overturned) for one in found.errors} == {("kept", 3, 0), ("dropped faithfulness:numbers", 2, 2)}
    assert overturned(desk.rows()) == {(EDIT, "kept"): 0.2, (EDIT, "dropped faithfulness:numbers"): 0.75}
    assert found.hours == pytest.approx(5 * 36 / 3600) and found.kept_tokens == sum(
        item.tokens for item in desk.items() if item.kind == EDIT
    )
    assert found.hours_per_million_kept_tokens == pytest.approx(found.hours * 1e6 / found.kept_tokens)
    (line,) = found.reviewers
    assert (line.answers, line.seconds) == (5, 36.0)


def test_the_interval_is_wilsons():
    low, high = Errors(EDIT, "kept", 10, 0).interval
    assert low == 0.0 and high == pytest.approx(0.2775, abs=0.0005)


def test_before_anything_was_reviewed_nothing_is_claimed(desk):
    found = taught(desk.lake, [])
    assert (found.items, found.hours, found.hours_per_million_kept_tokens, found.errors, found.threshold) == (0, None, None, (), None)
    assert dict(summary(found))["Cohen's kappa"].startswith("not known") and as_row(found)["kappa"] is None


def test_an_undone_answer_costs_time_and_counts_for_nothing(desk):
    desk.answer(desk.items()[0], "ada", Answer("keep", seconds=60.0))
    desk.undo("ada")
    found = taught(desk.lake, desk.rows())
    assert (found.items, found.kept_tokens, found.errors) == (0, 0, ()) and found.hours == pytest.approx(1 / 60)


def test_a_threshold_is_proposed_once_people_kept_and_dropped_enough(tmp_path):
    lake = reviewed_lake(str(tmp_path / "lake"), documents=50)
    desk = Desk(lake, ALONE)
    documents = sorted((item for item in desk.items() if item.kind == DOCUMENT), key=lambda item: item.row_id)
    for number, item in enumerate(documents):
        desk.answer(item, "ada", Answer("keep" if number >= 25 else "drop"))
    found = taught(lake, desk.rows()).threshold
    assert found.documents == 51 and found.youden == 1.0 and found.proposed == pytest.approx(0.1 + 0.8 * 25 / 51)
