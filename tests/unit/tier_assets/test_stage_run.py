"""What a stage's asset does: rows that this very activity wrote stay untouched, any other activity computes, commits and describes."""

import dagster as dg
import pytest

from tests.conftest import rows_of, tables_of
from tier_assets.stage_run import run_stage
from tierline.errors import LawBroken
from tierline.lake import Activity, Lake, StageResult, Verdict, decision_table


def result(*ids: str, decided: int | None = None) -> StageResult:
    rows = rows_of("l0_raw", [{"doc_id": name} for name in ids])
    decisions = decision_table({"row_id": name, "outcome": "kept"} for name in ids)
    return StageResult(tables_of("l0_raw", l0_raw=rows), {"l0_raw": (len(ids) if decided is None else decided, decisions)})


@pytest.fixture
def run(lake):
    """Run the stage; returns the materialization, and counts in `run.computed`."""

    def run(*ids: str, rules: object = (), inputs: dict | None = None, **more) -> dg.MaterializeResult:
        def compute() -> StageResult:
            run.computed += 1
            return result(*ids)

        return run_stage(lake, Activity.begin("l0_raw", "s", "1", rules, inputs or {}), compute, **more)

    run.computed = 0
    return run


def test_the_same_activity_again_computes_nothing_and_keeps_every_file(lake, run):
    first = run("a", "b")
    files, version = lake.manifest("l0_raw", "s").files, lake.version("l0_raw")
    again = run("a", "b")
    assert run.computed == 1 and (lake.manifest("l0_raw", "s").files, lake.version("l0_raw")) == (files, version)
    assert again.data_version == first.data_version and "unchanged" in again.metadata and "unchanged" not in first.metadata
    assert again.metadata["dagster/partition_row_count"] == 2


@pytest.mark.parametrize("changed", [{"rules": {"a": 1}}, {"inputs": {"crawl_files/s": "d"}}])
def test_anything_that_decides_the_rows_makes_it_compute(run, changed):
    first = run("a")
    second = run("a", **changed)
    assert run.computed == 2 and first.data_version == second.data_version, "equal rows: nothing downstream reruns"
    assert run("b", rules={"b": 1}).data_version != first.data_version


def test_going_back_to_what_ran_before_computes_again(run):
    run("a")
    run("b", rules={"a": 1})
    run("a")
    assert run.computed == 3, "the lake holds one state of a shard"


def test_a_verdict_on_rows_that_stay_still_counts(lake, run):
    run("a")
    lake.record(Verdict("l0_raw", "s", lake.manifest("l0_raw", "s").stage_digest, "t", "0", True, "[]"))
    run("a")
    run("a", rules={"a": 1})
    assert lake.read_promoted("l0_raw", "s")[0].num_rows == 1


def test_what_describes_the_result_is_added_and_not_asked_where_nothing_was_computed(run):
    described = []

    def describe(found):
        described.append(found)
        return {"extra": 0.123456789, "nested": {"share": 0.3333333}}

    first = run("a", describe=describe)
    assert (first.metadata["extra"], first.metadata["nested"]) == (0.1235, {"share": 0.3333})
    run("a", describe=describe)
    assert len(described) == 1


def test_a_result_that_breaks_a_law_is_not_committed_and_the_rows_before_stay(lake, run):
    run("a")
    broken = Activity.begin("l0_raw", "s", "2", (), {})
    with pytest.raises(LawBroken):
        run_stage(lake, broken, lambda: result("b", decided=7))
    assert lake.read("l0_raw", "s")["doc_id"].to_pylist() == ["a"] and not lake.holds(broken)


def test_another_process_keeps_them_too(lake, run):
    run("a")
    opened = Lake(lake.root)
    found = run_stage(opened, Activity.begin("l0_raw", "s", "1", (), {}), lambda: pytest.fail("computed again"))
    assert "unchanged" in found.metadata


def test_two_runs_of_one_activity_at_once_compute_it_once(lake):
    from threading import Event, Thread

    begun, go, computed = Event(), Event(), []

    def compute() -> StageResult:
        computed.append(1)
        begun.set()
        assert go.wait(60)
        return result("a")

    activity = Activity.begin("l0_raw", "s", "1", (), {})
    threads = [Thread(target=run_stage, args=(Lake(lake.root), activity, compute)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    go.set()
    for thread in threads:
        thread.join(60)
    assert computed == [1] and lake.manifest("l0_raw", "s").rows == 1


def test_answers_of_a_model_that_the_gate_refused_are_asked_for_again(lake):
    """Those that could be used are stored and cost nothing; a stage without a model would compute the same again."""
    activity, computed = Activity.begin("l2_annotations", "s", "1", (), {}), []

    def compute() -> StageResult:
        computed.append(1)
        return StageResult({"l2_annotations": rows_of("l2_annotations", [])}, {"l2_annotations": (0, decision_table([]))})

    for number, passed in enumerate((True, True, False, False), 1):
        run_stage(lake, activity, compute)
        assert len(computed) == max(1, number - 2)
        lake.record(Verdict("l2_annotations", "s", lake.manifest("l2_annotations", "s").stage_digest, "t", str(number), passed, "[]"))
    run_stage(lake, activity, compute)
    assert len(computed) == 3
