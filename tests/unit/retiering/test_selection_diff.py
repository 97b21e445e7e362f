"""The moved-rows report: what changed sides since the last promoted selection, how much that is, and what caused it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import rows_of, tables_of
from tierline.errors import NotWritten
from tierline.lake import Activity, ModelCard, StageResult, Verdict, as_of, decision_table
from tierline.lake.store import Lake
from tierline.retiering.selection_diff import (
    cohens_kappa,
    compare,
    moves_table,
    read_comparison,
    read_selection_diff,
    summary_table,
)

DOCUMENTS = ("a", "b", "c", "d")


def write(lake: Lake, stage: str, rows: list[dict], decisions: list[dict], rules: object = (), model: str = "m", passed: bool = True):
    """One promoted (or refused) state of a stage of shard s."""
    above = {"l2_selected": "l2_scores", "l2_scores": "l1_filtered"}.get(stage)
    inputs = {f"{above}/s": lake.manifest(above, "s").digest} if above else {}
    activity = Activity.begin(stage, "s", "1", rules, inputs, ModelCard(model, model, "", "fake"))
    tables = tables_of(stage, **{stage: rows_of(stage, rows)})
    manifest = lake.commit(activity, StageResult(tables, {stage: (len(decisions), decision_table(decisions))}))
    lake.record(Verdict(stage, "s", manifest.stage_digest, "t", "0", passed, "[]"))


def select(lake: Lake, usefulness: dict[str, float], minimum: float, model: str = "m", passed: bool = True):
    """Score and select the four documents."""
    all_kept = [{"row_id": name, "outcome": "kept"} for name in DOCUMENTS]
    write(lake, "l2_scores", [{"doc_id": name, "usefulness": usefulness[name]} for name in DOCUMENTS], all_kept, model=model)
    kept = [name for name in DOCUMENTS if usefulness[name] >= minimum]
    low = {"outcome": "dropped", "rule": "l2:not_useful", "threshold": minimum}
    decisions = [{"row_id": name} | ({"outcome": "kept"} if name in kept else low | {"value": usefulness[name]}) for name in DOCUMENTS]
    write(
        lake,
        "l2_selected",
        [{"doc_id": name, "usefulness": usefulness[name]} for name in kept],
        decisions,
        {"minimum": minimum},
        passed=passed,
    )


SCORES = {"a": 0.1, "b": 0.4, "c": 0.6, "d": 0.9}


@pytest.fixture
def selected(lake):
    write(lake, "l1_filtered", [{"doc_id": name} for name in DOCUMENTS], [{"row_id": name, "outcome": "kept"} for name in DOCUMENTS])
    select(lake, SCORES, 0.5)
    return lake


def report(lake):
    result = compare(read_comparison(lake, "s"))
    result.check("l2_selection_diff")
    return result.tables["l2_selection_diff"].to_pylist(), result.tables["l2_selection_diff_shards"].to_pylist()[0]


def test_a_first_selection_has_moved_nothing(selected):
    moved, summary = report(selected)
    assert moved == [] and summary["before_activity_id"] is None and summary["compared"] == 0


def test_a_threshold_moves_rows_and_is_named_as_the_cause(selected):
    select(selected, SCORES, 0.3)
    moved, summary = report(selected)
    assert [(row["doc_id"], row["direction"], row["rule_before"], row["rule_after"]) for row in moved] == [
        ("b", "promoted", "l2:not_useful", None)
    ]
    assert (summary["promoted"], summary["demoted"], summary["agreement"]) == (1, 0, 0.75)
    assert summary["causes"] == ["thresholds of l2_selected"]


def test_another_model_moves_rows_both_ways_and_is_named(selected):
    select(selected, {"a": 0.7, "b": 0.4, "c": 0.2, "d": 0.9}, 0.5, model="other")
    moved, summary = report(selected)
    assert {(row["doc_id"], row["direction"], row["usefulness_before"], row["usefulness_after"]) for row in moved} == {
        ("a", "promoted", 0.1, 0.7),
        ("c", "demoted", 0.6, 0.2),
    }
    assert summary["causes"] == ["model of l2_scores"] and summary["kappa"] == pytest.approx(0.0)
    assert summary_table([summary | {"shard": "s"}]).rows[0][:4] == ("s", "1", "1", "4")
    assert moves_table([row | {"shard": "s"} for row in moved], 1).rows == [
        ("s", "promoted", "a", "l2:not_useful", "kept", "0.100", "0.700"),
    ]


def test_a_replay_reports_what_the_first_run_did(selected):
    select(selected, SCORES, 0.3)
    first = report(selected)
    select(selected, SCORES, 0.3)
    assert report(selected) == first


def test_a_refused_selection_in_between_is_passed_over(selected):
    select(selected, SCORES, 0.95, passed=False)
    select(selected, SCORES, 0.3)
    _, summary = report(selected)
    assert (summary["promoted"], summary["demoted"]) == (1, 0), "compared with what was promoted before"


def test_the_old_tier_stays_readable_as_of_then(selected):
    then = datetime.now(UTC)
    select(selected, SCORES, 0.3)
    _, summary = report(selected)
    for past in (as_of(selected, then), as_of(selected, summary["before_written_at"])):
        assert past.read("l2_selected", "s")["doc_id"].to_pylist() == ["c", "d"]
    assert as_of(selected, then).read_promoted("l2_selected", "s")[1].activity_id == summary["before_activity_id"]


@pytest.mark.parametrize(
    ("before", "after", "kappa"),
    [([True, False], [True, False], 1.0), ([True, False], [False, True], -1.0), ([True, True], [True, True], None), ([], [], None)],
)
def test_kappa_corrects_for_chance(before, after, kappa):
    assert cohens_kappa(before, after) == kappa


def test_causes_are_followed_through_the_stages_of_l2_to_where_they_began(selected):
    write(selected, "l1_filtered", [{"doc_id": name, "text": "changed"} for name in DOCUMENTS], kept(DOCUMENTS))
    select(selected, {"a": 0.7, "b": 0.4, "c": 0.6, "d": 0.9}, 0.5)
    _, summary = report(selected)
    assert summary["causes"] == ["rows of l1_filtered"], "scores changed because their documents did"
    select(selected, {"a": 0.1, "b": 0.4, "c": 0.6, "d": 0.9}, 0.3, model="other")
    assert set(report(selected)[1]["causes"]) == {"thresholds of l2_selected", "model of l2_scores"}


def test_documents_that_only_one_selection_saw_are_not_compared(selected):
    more = (*DOCUMENTS, "e")
    write(selected, "l1_filtered", [{"doc_id": name} for name in more], kept(more))
    scores = SCORES | {"e": 0.95}
    write(selected, "l2_scores", [{"doc_id": name, "usefulness": scores[name]} for name in more], kept(more))
    write(selected, "l2_selected", [{"doc_id": name, "usefulness": 0.9} for name in more[1:]], kept(more[1:]), {"minimum": 0.0})
    moved, summary = report(selected)
    assert summary["compared"] == 3 and [row["doc_id"] for row in moved] == ["b"]
    assert summary["agreement"] == pytest.approx(2 / 3)


def test_what_never_moved_is_listed_for_nobody(selected):
    def write_report(lake):
        comparison = read_comparison(lake, "s")
        activity = Activity.begin("l2_selection_diff", "s", "1", (), comparison.inputs)
        lake.commit(activity, compare(comparison))

    with pytest.raises(NotWritten, match="l2_selection_diff/s: has not been written; materialize l2_selection_diff for it"):
        read_selection_diff(selected, "s")
    write_report(selected)
    assert read_selection_diff(selected) == ([], [])
    select(selected, SCORES, 0.3)
    write_report(selected)
    summaries, moved = read_selection_diff(selected, "s")
    assert [row["promoted"] for row in summaries] == [1] and [row["doc_id"] for row in moved] == ["b"]
    assert read_selection_diff(Lake(selected.root)) == (summaries, moved)


def test_the_largest_changes_of_usefulness_are_shown_first_and_a_missing_one_last():
    rows = [
        {"shard": "s", "direction": "promoted", "doc_id": name, "rule_before": None, "rule_after": None}
        | {"usefulness_before": before, "usefulness_after": 0.5}
        for name, before in (("a", 0.4), ("b", None), ("c", 0.0), ("d", 0.9))
    ]
    assert [row[2] for row in moves_table(rows, 4).rows] == ["c", "d", "a", "b"]
    assert [row[5] for row in moves_table(rows, 4).rows] == ["0.000", "0.900", "0.400", "-"]
    assert moves_table([], 4).rows == [] and summary_table([]).rows == []


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_kappa_is_at_most_one_symmetric_and_one_for_equal_sides(pairs):
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    found = cohens_kappa(before, after)
    assert found == cohens_kappa(after, before)
    if found is not None:
        assert -1 - 1e-9 <= found <= 1 + 1e-9 and (found == pytest.approx(1)) == (before == after)


def kept(names) -> list[dict]:
    return [{"row_id": name, "outcome": "kept"} for name in names]
