"""What a change leads to: reasons for people, runs in waves, and a stop where a digest comes out equal."""

import dataclasses
import shutil
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tests.declared_lake import perform, register, settled_lake
from tests.unit.freshness.test_every_change import configured, with_value
from tierline.freshness import next_wave, survey
from tierline.freshness.report import status_lines, total
from tierline.lake import WHOLE_LAKE, Lake
from tierline.stages import BY_NAME, STAGES
from tierline.tables.records import CALLS, CALLS_TABLE

COMBINED = {"l4_facts", "l4_forms", "l3_feedback", "mix_pretrain", "mix_midtrain", "mix_alignment"}


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    return settled_lake(tmp_path_factory.mktemp("settled"), configured(), ("a", "b"))


@pytest.fixture
def lake(settled, tmp_path):
    return Lake(str(shutil.copytree(settled[0].root, tmp_path / "lake")))


def bring_up_to_date(lake, configuration, equal=()):
    """Every (stage, shard) that runs, wave by wave; stages in `equal` give the rows that they gave before."""
    waves = []
    while wave := next_wave(survey(lake, configuration)):
        ran = []
        for run in wave:
            for name in run.stages:
                before = lake.activity(name, run.shard if BY_NAME[name].per_shard else WHOLE_LAKE)
                out = {(one.stage.name, one.shard) for one in survey(lake, configuration)}
                if (name, run.shard if BY_NAME[name].per_shard else WHOLE_LAKE) not in out:
                    continue  # its asset finds that the rows stand
                content = before["activity_id"] if before and name in equal else None
                perform(lake, configuration, name, run.shard, content)
                ran.append((name, run.shard))
        waves.append(ran)
        assert len(waves) < 12, "does not come to rest"
    return waves


def test_a_threshold_reruns_what_rests_on_it_and_nothing_else(lake, settled):
    first, second = settled[1]
    waves = bring_up_to_date(lake, configured(with_value("l2.select", "usefulness_min", 0.4)))
    after = ["l2_selected", "l2_selection_diff", "l3_refined", "l3_derived", "l4_claims", "l4_manuals"]
    assert waves[0] == [(name, shard) for shard in (first, second) for name in after]
    assert {name for wave in waves[1:] for name, _ in wave} == COMBINED


def test_a_rerun_with_equal_rows_stops_there(lake, settled):
    waves = bring_up_to_date(lake, configured(with_value("l0.read", "max_body_bytes", 99)), equal={"l0_raw"})
    assert waves == [[("l0_raw", shard) for shard in settled[1]]]


def test_another_judge_is_asked_first_then_all_scores_rest_on_it_then_each_shard_is_scored_once(lake, settled):
    judged, shared, shards, *combined = bring_up_to_date(lake, configured(judge="other"))
    assert judged == [("l2_annotations", shard) for shard in settled[1]]
    assert [name for name, _ in shared] == ["l2_reliability", "l2_student"]
    assert [shard for name, shard in shards if name == "l2_scores"] == list(settled[1])
    assert {name for wave in combined for name, _ in wave} == COMBINED


def test_a_new_shard_goes_through_all_of_its_stages_in_one_run(lake, settled, tmp_path):
    register(lake, tmp_path, ("new",))
    (run,) = next_wave(survey(lake, configured()))
    assert run.shard.startswith("new") and set(run.stages) >= {stage.name for stage in STAGES if stage.per_shard}


def test_new_annotations_train_no_student_before_they_have_grown_enough(lake, settled, tmp_path):
    (_, _, third) = register(lake, tmp_path, ("c",))
    for name in ("l0_raw", "l1_filtered", "l2_annotations"):
        perform(lake, configured(), name, third)
    assert "l2_student" not in {one.stage.name for one in survey(lake, configured())}, "three shards are not twice two"
    (_, _, _, fourth) = register(lake, tmp_path, ("d",))
    for name in ("l0_raw", "l1_filtered", "l2_annotations"):
        perform(lake, configured(), name, fourth)
    (one,) = [one for one in survey(lake, configured()) if one.stage.name == "l2_student"]
    assert one.why == "rows of l2_annotations: 2 -> 4"


def test_a_refused_student_learns_from_every_new_shard(lake, settled, tmp_path):
    perform(lake, configured(), "l2_student", WHOLE_LAKE, passed=False)
    (_, _, third) = register(lake, tmp_path, ("c",))
    for name in ("l0_raw", "l1_filtered", "l2_annotations"):
        perform(lake, configured(), name, third)
    assert "l2_student" in {one.stage.name for one in survey(lake, configured())}


def test_what_a_refused_shard_would_feed_waits(lake, settled):
    first = settled[1][0]
    changed = configured(with_value("l1.filter", "words_min", 10.0))
    perform(lake, changed, "l1_filtered", first, passed=False)
    found = {(one.stage.name, one.shard): one for one in survey(lake, changed)}
    assert ("l1_filtered", first) not in found, "a refused shard is finished"
    assert not any(one.shard == first and not one.waits_for and one.stage.name != "l1_filtered" for one in found.values())


def test_other_bounds_ask_for_the_verdict_again(lake):
    found = survey(lake, configured(with_value("gates", "bounds", {"l4_facts": {"rows_in": [2, None]}})))
    assert [(one.stage.name, str(one.changes[0]).split(":")[0]) for one in found] == [("l4_facts", "gate")]


def test_each_change_has_a_key_of_its_own_also_back_and_forth(lake):
    keys = set()
    for minimum in (0.4, 0.15, 0.4):
        configuration = configured(with_value("l2.select", "usefulness_min", minimum))
        keys |= {run.key for run in next_wave(survey(lake, configuration))}
        bring_up_to_date(lake, configuration)
    assert len(keys) == 2 + 2 + 2


def test_status_says_old_and_new_values_and_what_it_costs(lake):
    found = survey(lake, configured(with_value("l2.select", "usefulness_min", 0.4)))
    (line,) = status_lines(lake, found)
    assert (line.stage, line.why, len(line.shards)) == ("l2_selected", "l2.select.usefulness_min: 0.15 -> 0.4", 2)
    seconds, calls = total(lake, found)
    assert seconds >= line.seconds >= 0 and calls == 0


def test_a_lake_without_shards_has_nothing_to_run_but_what_needs_none(tmp_path):
    found = survey(Lake(str(tmp_path / "lake")), configured())
    assert {name for run in next_wave(found) for name in run.stages} <= {stage.name for stage in STAGES if not stage.per_shard}


def test_the_declaration_is_in_graph_order_and_names_known_tables():
    seen = set()
    for stage in STAGES:
        assert set(stage.upstream) <= seen, stage.name
        seen.add(stage.name)
    assert len({dataclasses.astuple(stage)[0] for stage in STAGES}) == len(STAGES)


def test_what_a_lying_model_left_is_asked_for_again_by_the_next_run_up_to_its_tries(lake, settled):
    shard = settled[1][0]
    perform(lake, configured(), "l2_annotations", shard, passed=False)
    assert survey(lake, configured(), [BY_NAME["l2_annotations"]]) == [], "refused, and every call was answered"
    made = {"shard": shard, "activity_id": lake.activity("l2_annotations", shard)["activity_id"], "called_at": datetime.now(UTC)}

    def call(name, state, **other):
        rows = [{"call_id": name, "state": state, **made, **other}]
        lake.delta.append(CALLS_TABLE, pa.Table.from_pylist(rows, schema=CALLS), ["shard"])

    def told(**options):
        return [str(change) for one in survey(lake, configured(), [BY_NAME["l2_annotations"]], **options) for change in one.changes]

    call("of an earlier activity", "error", activity_id="another")
    assert told() == []
    for name in ("one", "two", "two", "answered"):
        call(name, "error")
    call("answered", "ok")
    assert told() == ["2 calls of the model without an answer that could be used"]
    assert told(asked_before=made["called_at"]) == [], "the run that asked does not ask at once again"
    call("two", "error")
    assert told() == ["1 calls of the model without an answer that could be used"]
    call("one", "ok")
    assert told() == []


def test_an_answer_that_a_passed_shard_can_do_without_makes_nothing_out_of_date(lake, settled):
    shard = settled[1][0]
    row = {"call_id": "one", "state": "error", "shard": shard, "called_at": datetime.now(UTC)}
    row["activity_id"] = lake.activity("l2_annotations", shard)["activity_id"]
    lake.delta.append(CALLS_TABLE, pa.Table.from_pylist([row], schema=CALLS), ["shard"])
    assert survey(lake, configured()) == []
