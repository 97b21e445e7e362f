"""A metric passes exactly where it is there and within its bound, and a failure says what was seen and what was wanted."""

import json
import math

import pytest

from tests.conftest import commit_rows
from tierline.errors import NotPromoted, NotWritten
from tierline.gates import GateRules, describe_bound, judge_stage, suite_for
from tierline.gates.judge import describe, judge, still_passes
from tierline.gates.suite import Bound, Suite
from tierline.lake import last_promoted

BOUNDS = {"least": (1, None), "most": (None, 1), "both": (0, 1), "exactly": (2, 2), "any": (None, None)}
SUITE = Suite("test", tuple(Bound(metric, *limits, f"why {metric}") for metric, limits in BOUNDS.items()))
INSIDE = {"least": 1.0, "most": 1.0, "both": 0.0, "exactly": 2.0, "any": -1e300}
ROW = {"doc_id": "doc_1", "parents": [], "source_offset": 0, "source_length": 9, "payload_sha256": "0", "text": "Words.", "status": "ok"}


def failed(metrics: dict[str, float]) -> list[str]:
    return [result["metric"] for result in judge(metrics, SUITE) if not result["success"]]


def test_the_limits_themselves_pass():
    assert failed(INSIDE) == failed(INSIDE | {"both": 1.0, "least": math.inf, "most": -math.inf}) == []


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("least", math.nextafter(1, 0)), ("least", -5), ("most", math.nextafter(1, 2)), ("most", math.inf), ("both", -1e-12),
        ("both", 1.0000001), ("exactly", 1), ("exactly", 3), *((metric, math.nan) for metric in BOUNDS),
    ],
)  # fmt: skip
def test_a_value_beyond_its_bound_fails_and_no_other(metric, value):
    assert failed(INSIDE | {metric: value}) == [metric]


@pytest.mark.parametrize("metric", BOUNDS)
@pytest.mark.parametrize("missing", [{}, None], ids=["absent", "null"])
def test_a_metric_that_is_not_there_fails(metric, missing):
    metrics = {name: value for name, value in INSIDE.items() if name != metric}
    assert failed(metrics if missing == {} else metrics | {metric: None}) == [metric]


def test_results_are_in_the_order_of_the_suite_with_what_was_observed():
    results = judge({"least": 0.5, "both": 2.0, "unused": 7.0, "exactly": 2.0, "any": 3.0}, SUITE)
    assert [(result["metric"], result["observed"], result["success"]) for result in results] == [
        *(("least", 0.5, False), ("most", None, False), ("both", 2.0, False), ("exactly", 2.0, True), ("any", 3.0, True)),
    ]
    assert {(result["metric"], result["why"]) for result in results} == {(metric, f"why {metric}") for metric in BOUNDS}


def test_a_metric_with_two_bounds_has_to_keep_both():
    suite = Suite("test", (Bound("x", 1, None, "low"), Bound("x", None, 2, "high")))
    for value, passes in ((1.5, True), (0.5, False), (2.5, False)):
        assert {result["success"] for result in judge({"x": value}, suite)} == {passes}


@pytest.mark.parametrize(
    ("metric", "observed", "told"),
    [
        ("least", 0.5, "least is 0.5, must be at least 1 (why least)"),
        ("most", 1234567.0, "most is 1.23457e+06, must be at most 1 (why most)"),
        ("both", 2.0, "both is 2, must be between 0 and 1 (why both)"),
        ("exactly", 1.0, "exactly is 1, must be 2 (why exactly)"),
        ("any", None, "any is missing, must be a number (why any)"),
    ],
)
def test_a_failure_in_words(metric, observed, told):
    (result,) = [one for one in judge(INSIDE | {metric: observed}, SUITE) if one["metric"] == metric]
    assert describe(result) == told and describe_bound(result) in told


def test_a_verdict_holds_the_suite_of_the_recipe_the_results_and_the_failures_in_words(lake):
    commit_rows(lake, "l0_raw", [ROW], promote=False)
    rules = GateRules({"l0_raw": {"rows": [2, None], "error_share": [None, None]}})
    verdict = judge_stage(lake, "l0_raw", "s", rules)
    assert (
        not verdict.passed
        and verdict.suite_sha256 == suite_for("l0_raw", rules).sha256
        and verdict.digest == lake.manifest("l0_raw", "s").stage_digest
    )
    assert [failure.partition(" (")[0] for failure in verdict.failures] == ["rows is 1, must be at least 2"]
    limits = {result["metric"]: (result["minimum"], result["maximum"]) for result in json.loads(verdict.results)}
    assert limits["rows"] == (2, None) and limits["error_share"] == (None, None)
    with pytest.raises(NotPromoted, match="rows is 1, must be at least 2"):
        lake.read_promoted("l0_raw", "s")
    assert judge_stage(lake, "l0_raw", "s").passed and lake.read_promoted("l0_raw", "s")[0].num_rows == 1, "the newest verdict counts"


def test_rows_that_were_not_written_cannot_be_judged(lake):
    with pytest.raises(NotWritten):
        judge_stage(lake, "l0_raw", "s")
    assert lake.verdict("l0_raw", "s") is None


def test_an_earlier_state_is_judged_by_its_own_rows_and_todays_bounds(lake):
    commit_rows(lake, "l0_raw", [ROW, ROW | {"doc_id": "doc_2"}])
    (state,) = [last_promoted(lake, "l0_raw", "s")]
    commit_rows(lake, "l0_raw", [], promote=False)
    assert not judge_stage(lake, "l0_raw", "s").passed
    assert still_passes(lake, "l0_raw", state) and not still_passes(lake, "l0_raw", state, GateRules({"l0_raw": {"rows": [3, None]}}))
