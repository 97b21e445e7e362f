"""A changed model, prompt, threshold or anchor set re-tiers what depends on it: in waves, bounded, each change once."""

import json
import shutil
from dataclasses import replace
from importlib import import_module

import dagster as dg
import pytest
import yaml
from dagster._core.test_utils import create_run_for_test
from sensors.model_change import ATTEMPTS, STARTED_BY
from tier_assets.identities import configured_identities
from tierline.retiering.stale import SHARED

from definitions import defs
from resources import configured_resources
from sensors import model_change
from tests.conftest import rows_of
from tierline.config.bundled import folder
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, decision_table
from tierline.tables import TABLES, stage_tables

INPUTS = {
    "l2_annotations": ("l1_filtered",),
    "l2_reliability": ("l2_anchors",),
    "l2_student": ("l2_annotations", "l2_reliability"),
    "l2_scores": ("l1_filtered", "l2_annotations", "l2_reliability", "l2_student"),
    "l2_selected": ("l2_scores",),
    "l2_selection_diff": ("l2_selected",),
    "review_queue": ("l2_scores",),
    "l3_refined": ("l2_selected",),
}
AFTER_SELECTION = {"l2_selected", "l2_selection_diff", "l3_refined", "l4_claims", "l4_manuals"}
AFTER_SCORES = AFTER_SELECTION | {"l2_scores", "review_queue"}


@pytest.fixture
def recipe(dagster_home, monkeypatch):
    """A recipe that a test may change: change(section, name, value)."""
    path = dagster_home / "tiers.yaml"
    path.write_text((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    monkeypatch.setenv("TIERLINE_RECIPE", str(path))

    def change(section: str, name: str, value: object) -> None:
        loaded = yaml.safe_load(path.read_text("utf-8"))
        loaded["l2"].setdefault(section, {})[name] = value
        path.write_text(yaml.safe_dump(loaded))

    return change


@pytest.fixture(scope="module")
def settled(tmp_path_factory) -> Lake:
    """Three shards that went through L2 and L3 under the project's own configuration."""
    found = Lake(str(tmp_path_factory.mktemp("settled") / "lake"))
    for shard in ("s1", "s2", "s3"):
        settle(found, shard)
    return found


@pytest.fixture
def lake(settled, dagster_home, recipe) -> Lake:
    """A copy of that lake for one test."""
    shutil.copytree(settled.root, dagster_home / "lake")
    return Lake(str(dagster_home / "lake"))


def configured():
    resources = configured_resources()
    return configured_identities(*(resources[name] for name in ("recipe", "language_models", "perplexity_model", "anchors")))


def write(lake: Lake, stage: str, shard: str, identity=None):
    """What an asset would commit now: a row whose id tells the identity, so that other parameters make other rows."""
    identity = identity or configured().get(stage)
    above = [
        f"{table}/{WHOLE_LAKE if table in SHARED else place}" for table in INPUTS.get(stage, ()) for place in places(lake, table, shard)
    ]
    inputs = {name: lake.manifest(*name.split("/")).digest for name in above} | dict(identity.inputs if identity else {})
    activity = Activity.begin(stage, shard, "1", (), inputs)
    if identity:
        parts = {"parameters": identity.parameters, "model_digest": identity.model_digest, "prompt_sha256": identity.prompt_sha256}
        activity = replace(activity, **parts)
    tables = {name: rows_of(name, []) for name in stage_tables(stage)}
    tables[stage] = rows_of(stage, [{TABLES[stage].key: f"{activity.activity_id}"}])
    decisions = decision_table([{"row_id": "x", "outcome": "kept"}])
    manifest = lake.commit(activity, StageResult(tables, {stage: (1, decisions)}))
    lake.record(Verdict(stage, shard, manifest.stage_digest, "t", "0", True, "[]"))


def places(lake: Lake, table: str, shard: str) -> list[str]:
    return [manifest.shard for manifest in lake.manifests(table)] if shard == WHOLE_LAKE and table not in SHARED else [shard]


def settle(lake: Lake, shard: str) -> None:
    write(lake, "l1_filtered", shard)
    write(lake, "l2_annotations", shard)
    for stage in SHARED:
        if stage in configured() and not lake.manifests(stage):
            write(lake, stage, WHOLE_LAKE)
    for stage in ("l2_scores", "l2_selected", "l2_selection_diff", "review_queue", "l3_refined"):
        write(lake, stage, shard)


def look(cursor: str | None = None, instance: dg.DagsterInstance | None = None):
    """One tick: (requests or the reason for none, the cursor it left)."""
    context = dg.build_sensor_context(
        instance=instance or dg.DagsterInstance.ephemeral(), cursor=cursor, definitions=defs, resources=configured_resources()
    )
    result = model_change(context)
    if isinstance(result, dg.SkipReason):
        return result.skip_message, context.cursor
    return result.run_requests, result.cursor


def stages_of(request: dg.RunRequest) -> set[str]:
    return {key.to_user_string() for key in request.asset_selection or ()}


def perform(lake: Lake, requests: list[dg.RunRequest]) -> None:
    for request in requests:
        for stage in sorted(stages_of(request) & set(configured()), key=list(configured()).index):
            write(lake, stage, request.partition_key or WHOLE_LAKE)


def waves(lake: Lake) -> list[list[dg.RunRequest]]:
    """Every wave until nothing is left to ask for, each performed before the next."""
    found, cursor = [], None
    for _ in range(12):
        requests, cursor = look(cursor)
        if isinstance(requests, str):
            return found
        found.append(requests)
        perform(lake, requests)
    raise AssertionError("the sensor does not come to rest")


def test_what_was_made_by_the_present_configuration_is_left_alone(lake):
    assert "nothing to ask for" in look()[0]


def test_a_threshold_asks_for_selection_and_what_rests_on_it_only(lake, recipe):
    recipe("select", "usefulness_min", 0.4)
    shards, combined = waves(lake)
    assert [request.partition_key for request in shards] == ["s1", "s2", "s3"]
    assert all(stages_of(request) == AFTER_SELECTION and request.job_name == "run_shard" for request in shards)
    assert [request.job_name for request in combined] == ["build_shared"]


def test_another_model_is_asked_first_then_distilled_once_then_each_shard_is_scored_once(lake, dagster_home, monkeypatch):
    (dagster_home / "other.gguf").write_bytes(b"other weights")
    monkeypatch.setenv("TIERLINE_MODEL", str(dagster_home / "other.gguf"))
    judged, shared, shards, combined = waves(lake)
    assert [(request.partition_key, stages_of(request)) for request in judged] == [
        (name, {"l2_annotations"}) for name in ("s1", "s2", "s3")
    ]
    assert [(request.job_name, request.partition_key) for request in shared] == [("measure_scorers", None)]
    assert "l2_student" in stages_of(shared[0])
    assert [(request.partition_key, stages_of(request)) for request in shards] == [(name, AFTER_SCORES) for name in ("s1", "s2", "s3")]
    assert len(combined) == 1 and "another model" in judged[0].tags["tierline/why"]


def test_new_anchors_are_frozen_and_measured_on(lake, dagster_home, monkeypatch):
    (dagster_home / "anchors" / "quality").mkdir(parents=True)
    rows = [{"text": f"Text number {number}.", "label": number % 2} for number in range(30)]
    (dagster_home / "anchors" / "quality" / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setenv("TIERLINE_ANCHORS", str(dagster_home / "anchors"))
    (request,) = look()[0]
    assert request.job_name == "measure_scorers" and {"l2_anchors", "l2_student"} <= stages_of(request)


def test_a_change_in_the_middle_of_a_run_is_seen_by_what_each_stage_recorded(lake, dagster_home, monkeypatch):
    """The model was changed after the shard was judged and before it was scored: its judgments are the old model's."""
    (dagster_home / "other.gguf").write_bytes(b"other weights")
    old = configured()["l2_annotations"]
    monkeypatch.setenv("TIERLINE_MODEL", str(dagster_home / "other.gguf"))
    for shard in ("s1", "s2", "s3"):
        write(lake, "l2_annotations", shard, old if shard == "s2" else None)
        write(lake, "l2_scores", shard)
    requests, _ = look()
    assert [(request.partition_key, stages_of(request)) for request in requests] == [("s2", {"l2_annotations"})]


def test_a_run_that_died_is_asked_for_once_more_and_then_left_to_a_person(lake, recipe):
    recipe("select", "usefulness_min", 0.4)
    keys, cursor = [], None
    for _ in range(ATTEMPTS):
        requests, cursor = look(cursor)
        keys += [request.run_key for request in requests]
    assert len(set(keys)) == len(keys) == 3 * ATTEMPTS
    (combined,), cursor = look(cursor)
    assert combined.job_name == "build_shared"
    assert "nothing to ask for" in look(cursor)[0]


def test_a_change_back_and_forth_is_a_change_each_time(lake, recipe):
    keys = []
    for minimum in (0.4, 0.15, 0.4):
        recipe("select", "usefulness_min", minimum)
        requests, _ = look()
        keys += [request.run_key for request in requests]
        perform(lake, requests)
    assert len(set(keys)) == 9


def test_runs_of_one_tick_are_bounded_and_the_rest_follows(lake, recipe, monkeypatch):
    monkeypatch.setattr(import_module("sensors.model_change"), "RUNS_PER_TICK", 2)
    recipe("select", "usefulness_min", 0.4)
    assert [[request.partition_key for request in wave] for wave in waves(lake)] == [["s1", "s2"], ["s3"], [None]]


def test_shards_under_way_are_left_alone_and_its_own_runs_are_waited_for(lake, recipe):
    recipe("select", "usefulness_min", 0.4)
    with dg.instance_for_test() as instance:
        create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": "s2"})
        requests, _ = look(instance=instance)
        assert [request.partition_key for request in requests] == ["s1", "s3"]
        create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags=STARTED_BY)
        assert look(instance=instance)[0] == "waiting for 1 runs that were asked for"


def test_a_configuration_that_cannot_be_read_is_a_reason_not_an_error(lake, recipe, monkeypatch):
    monkeypatch.setenv("TIERLINE_MODEL", "/nowhere/model.gguf")
    assert "no such model file" in look()[0]


def test_a_new_lake_has_nothing_to_redo(dagster_home):
    assert "nothing to ask for" in look()[0]
