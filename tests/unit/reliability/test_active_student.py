"""A refused student does not score: the last one that passed and still would does, or none, and which one is said."""

import pytest

from tierline.gates import GateRules, judge_stage
from tierline.lake import WHOLE_LAKE, Lake
from tierline.reliability.active_student import active_student

GATES = GateRules()


def train(lake: Lake, commit, name: str, correlation: float | None, features: str = "f"):
    row = {"student_id": name, "parents": ["ann_1"], "features": features, "training_rows": 40, "rank_correlation": correlation}
    manifest = commit(lake, "l2_student", [row | {"coefficients": [0.1]}], WHOLE_LAKE, promote=False)
    return manifest, judge_stage(lake, "l2_student", WHOLE_LAKE)


def test_the_present_student_scores_where_its_gate_passed(lake, commit):
    manifest, verdict = train(lake, commit, "student_a", 0.6)
    found = active_student(lake, "f", GATES)
    assert verdict.passed and found.student["student_id"] == found.said == "student_a"
    assert found.inputs == {"l2_student/all": manifest.digest}


@pytest.mark.parametrize("correlation", [0.1, None])
def test_a_student_that_does_not_follow_its_teacher_is_refused_and_the_one_before_scores(lake, commit, correlation):
    manifest, _ = train(lake, commit, "student_a", 0.6)
    _, verdict = train(lake, commit, "student_b", correlation)
    found = active_student(lake, "f", GATES)
    assert not verdict.passed and found.student["student_id"] == "student_a" and "newest student was refused" in found.said
    assert found.inputs == {"l2_student/all": manifest.digest}


@pytest.mark.parametrize(
    ("measured", "failure"),
    [
        ({"anchor_auc_hi": 0.45}, "anchor_auc"),
        ({"anchor_auc_hi": 0.7, "teacher_anchor_auc": 0.75}, "behind_teacher"),
        ({"calibration_error_lo95": 0.2}, "calibration_error"),
        ({"anchor_auc_hi": 0.74, "teacher_anchor_auc": 0.75, "calibration_error_lo95": 0.1}, ""),
    ],
    ids=["below chance", "behind its teacher", "unfair to a domain", "good enough"],
)
def test_a_student_that_judges_anchors_badly_or_is_unfair_to_a_domain_is_refused(lake, commit, measured, failure):
    row = {"student_id": "s", "parents": ["ann_1"], "features": "f", "training_rows": 40, "rank_correlation": 0.6, "coefficients": [0.1]}
    commit(lake, "l2_student", [row | measured], WHOLE_LAKE, promote=False)
    verdict = judge_stage(lake, "l2_student", WHOLE_LAKE)
    assert verdict.passed is (not failure) and failure in " ".join(verdict.failures)


def test_an_earlier_student_scores_only_where_it_would_still_pass_and_sees_the_same(lake, commit):
    train(lake, commit, "student_a", 0.6)
    train(lake, commit, "student_b", 0.1)
    stricter = GateRules({"l2_student": {"rank_correlation": [0.7, None]}})
    for features, gates in (("f", stricter), ("other", GATES)):
        found = active_student(lake, features, gates)
        assert found.student is None and found.inputs == {"l2_student/all": ""} and found.said.startswith("none")


def test_a_lake_without_students_has_none(lake):
    assert active_student(lake, "f", GATES).student is None
