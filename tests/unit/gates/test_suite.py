"""A suite is its bounds: another bound is another suite, another wording is not."""

from dataclasses import replace

import pytest

from tierline.errors import BadInput
from tierline.gates import GateRules, suite_for
from tierline.gates.suite import Bound, Suite
from tierline.stages import STAGES
from tierline.tables import TABLES

NAMES = [stage.name for stage in STAGES]
SUITE = Suite("s", (Bound("rows", 1, None, "not empty"), Bound("share", 0, 0.5, "few")))


def test_the_digest_does_not_depend_on_the_wording():
    reworded = replace(SUITE, bounds=tuple(replace(bound, why="other words") for bound in SUITE.bounds))
    assert reworded.sha256 == SUITE.sha256


@pytest.mark.parametrize(
    "other",
    [
        replace(SUITE, name="t"),
        replace(SUITE, bounds=SUITE.bounds[:1]),
        replace(SUITE, bounds=SUITE.bounds[::-1]),
        *(
            replace(SUITE, bounds=(replace(SUITE.bounds[0], **change), SUITE.bounds[1]))
            for change in ({"metric": "rows_in"}, {"minimum": 2}, {"minimum": None}, {"minimum": 1.5}, {"maximum": 9}, {"maximum": 0})
        ),
    ],
)
def test_the_digest_depends_on_every_bound(other):
    assert other.sha256 != SUITE.sha256


def test_no_two_stages_share_a_digest():
    assert len({suite_for(name).sha256 for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_names_each_metric_once_says_why_and_carries_the_laws(name):
    suite = suite_for(name)
    metrics = [bound.metric for bound in suite.bounds]
    assert len(set(metrics)) == len(metrics) and {"undecided_rows", "null_keys", "orphan_rows"} < set(metrics)
    assert all(bound.why for bound in suite.bounds)
    assert all(bound.minimum is None or bound.maximum is None or bound.minimum <= bound.maximum for bound in suite.bounds)
    assert suite.name.endswith(f"{name}_promotion") and suite.name.startswith(TABLES[name].tier or name)


def test_an_override_replaces_the_limits_of_one_bound_of_one_stage():
    rules = GateRules({"l1_filtered": {"rows": [None, 7], "undecided_rows": [0, 2]}, "l0_raw": {}})
    found, usual = suite_for("l1_filtered", rules), suite_for("l1_filtered")
    changed = {bound.metric: (bound, before) for bound, before in zip(found.bounds, usual.bounds, strict=True) if bound != before}
    assert set(changed) == {"rows", "undecided_rows"} and found.sha256 != usual.sha256
    assert changed["rows"][0] == replace(changed["rows"][1], minimum=None, maximum=7)
    assert suite_for("l0_raw", rules).sha256 == suite_for("l0_raw").sha256
    assert suite_for("l2_scores", rules).sha256 == suite_for("l2_scores").sha256


def test_an_override_with_the_usual_limits_is_the_usual_suite():
    assert suite_for("l0_raw", GateRules({"l0_raw": {"rows": [1, None]}})).sha256 == suite_for("l0_raw").sha256


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"l9_raw": {"rows": [1, None]}}, r"gates\.bounds\.l9_raw: no such gate or metric: l9_raw$"),
        ({"l0_raw": {"rowz": [1, None], "rows": [1, None]}}, r"gates\.bounds\.l0_raw: no such gate or metric: rowz$"),
        ({"l0_raw": {"repeated_texts": [0, 1]}}, "no such gate or metric: repeated_texts$"),
    ],
)
def test_a_mistake_in_the_override_of_any_stage_is_named_for_every_stage(bounds, message):
    for name in ("l0_raw", "l4_facts"):
        with pytest.raises(BadInput, match=message):
            suite_for(name, GateRules(bounds))


@pytest.mark.parametrize("limits", [[], [1], [1, 2, 3], ["1", None], [None, True], [2, 1], [float("nan"), None], [None, float("inf")]])
def test_limits_are_two_numbers_in_order(limits):
    with pytest.raises(BadInput, match=r"bounds, rows: a bound is \[minimum, maximum\], numbers or null, found"):
        suite_for("l0_raw", GateRules({"l0_raw": {"rows": limits}}))
