"""Every scorer is measured on the anchors: one at chance gets no weight, a drifting version is refused, a replay repeats itself."""

import json

import numpy as np
import pytest

from tierline.gates import judge_stage
from tierline.lake import WHOLE_LAKE, Activity, StageResult, decision_table
from tierline.reliability.anchors import find_sets, freeze, read_anchors
from tierline.reliability.measure import Earlier, measure_scorers, position_biases, read_earlier, report, weights
from tierline.reliability.rules import AnchorRules, ReliabilityRules
from tierline.reliability.signals import Scored

RULES = ReliabilityRules(resamples=200)
ANCHORS = freeze(read_anchors(find_sets("")), AnchorRules()).tables["l2_anchors"]
LABELS = ANCHORS["label"].to_numpy()
LENGTHS = np.array([float(len(text)) for text in ANCHORS["text"].to_pylist()])


def noisy(noise: float) -> np.ndarray:
    return LABELS + noise * np.random.default_rng(7).normal(size=len(LABELS))


SIGNALS = {
    "good": Scored("good@1", noisy(0.4)),
    "coin": Scored("coin@1", np.random.default_rng(3).normal(size=len(LABELS))),
    "mute": Scored("mute@1", np.full(len(LABELS), np.nan)),
}


def commit(lake, signals, name: str = "1"):
    """Measure and judge as the asset does; returns the verdict."""
    activity = Activity.begin("l2_reliability", WHOLE_LAKE, "1", RULES, {"signals": name})
    result = measure_scorers(ANCHORS, LENGTHS, signals, read_earlier(lake, activity.activity_id), RULES)
    result.check("l2_reliability")
    lake.commit(activity, result)
    return judge_stage(lake, "l2_reliability", WHOLE_LAKE)


def test_a_signal_at_chance_or_without_scores_weighs_nothing_and_the_report_says_why():
    result = measure_scorers(ANCHORS, LENGTHS, SIGNALS, Earlier({}, {}), RULES)
    result.check("l2_reliability")
    rows = result.tables["l2_reliability"].to_pylist()
    found = weights(rows)["anchors"]
    assert found["good"] > 1 and found["coin"] == found["mute"] == 0
    text = report(rows)
    assert "coin has no weight: not told from chance" in text and "mute has no weight: only one class" in text
    assert text.index("| good |") < text.index("| coin |")
    assert {row["rule"] for row in result.ledgers["l2_reliability"][1].to_pylist()} == {None, "reliability:no_weight"}
    assert result.tables["l2_anchor_scores"].num_rows == 2 * len(LABELS), "what was not scored is not stored"


def test_what_a_prompt_owes_to_the_place_of_its_levels_is_reported(make_rows):
    fond_of_d = [{"log_probabilities": [-9.0, -9.0, -9.0, 0.0], "prompt_tokens": 1}] * 2  # whichever level D is
    rows = [{"judge": "prompt/usefulness@1", "raw_output": json.dumps({"whole": fond_of_d, "ablated": []})}]
    rows += [{"judge": "probe/model@0", "raw_output": "{}"}]
    biases = position_biases(make_rows("l2_annotations", rows))
    assert biases == {"prompt/usefulness": pytest.approx(1, abs=0.01)}
    signals = {"prompt/usefulness": SIGNALS["good"]}
    result = measure_scorers(ANCHORS, LENGTHS, signals, Earlier({}, {}), RULES, biases=biases)
    assert "prompt/usefulness: a level gains +1.000 by standing last" in report(result.tables["l2_reliability"].to_pylist())


def test_a_first_measurement_passes_and_the_same_version_is_no_drift(lake):
    assert commit(lake, SIGNALS).passed
    assert commit(lake, SIGNALS, "2").passed
    assert set(lake.read("l2_reliability", WHOLE_LAKE)["previous_version"].to_pylist()) == {None}


@pytest.mark.parametrize(
    ("scores", "passed", "failure"),
    [
        (noisy(0.41), True, ""),
        (noisy(0.1), True, ""),
        (noisy(3.0), False, "auc_drop"),
        (-LABELS, False, "auc_drop"),
    ],
    ids=["hardly changed", "better", "worse", "turned round"],
)
def test_a_new_version_is_compared_with_the_one_before(lake, scores, passed, failure):
    commit(lake, SIGNALS)
    verdict = commit(lake, SIGNALS | {"good": Scored("good@2", scores)}, "2")
    assert verdict.passed is passed and failure in " ".join(verdict.failures)
    (row,) = [row for row in lake.read("l2_reliability", WHOLE_LAKE).to_pylist() if row["signal"] == "good"]
    assert row["previous_version"] == "good@1" and row["rank_correlation"] is not None


@pytest.mark.parametrize(("auc", "passed"), [(0.8, False), (0.81, True)], ids=["no better", "better"])
def test_a_version_that_ranks_differently_without_judging_better_is_refused(lake, make_rows, auc, passed):
    row = {"measurement_id": "m", "signal": "good", "weight": 1.0, "reason": "r", "auc": auc}
    row |= {"previous_version": "good@1", "previous_weight": 1.0, "previous_auc": 0.8, "rank_correlation": 0.3}
    rows = {"l2_reliability": make_rows("l2_reliability", [row]), "l2_anchor_scores": make_rows("l2_anchor_scores", [])}
    decisions = decision_table([{"row_id": "m", "outcome": "kept"}])
    lake.commit(Activity.begin("l2_reliability", WHOLE_LAKE, "1", (), {}), StageResult(rows, {"l2_reliability": (1, decisions)}))
    verdict = judge_stage(lake, "l2_reliability", WHOLE_LAKE)
    assert verdict.passed is passed and all(failure.startswith("rank_correlation is 0.3") for failure in verdict.failures)


def test_a_refused_version_is_not_what_the_next_one_is_compared_with_and_a_replay_repeats_itself(lake):
    commit(lake, SIGNALS)
    worse = SIGNALS | {"good": Scored("good@2", noisy(3.0))}
    first = commit(lake, worse, "2")
    assert not first.passed and commit(lake, worse, "2").digest == first.digest
    assert commit(lake, SIGNALS | {"good": Scored("good@3", noisy(0.4))}, "3").passed
    (row,) = [row for row in lake.read("l2_reliability", WHOLE_LAKE).to_pylist() if row["signal"] == "good"]
    assert row["previous_version"] == "good@1"
