"""A changed configuration asks for runs: in waves, bounded, each change once, and shards under way are left alone."""

import shutil
from datetime import timedelta
from importlib import import_module

import dagster as dg
import pytest
import yaml
from dagster._core.test_utils import create_run_for_test

from resources import configuration_in, configured_resources
from sensors import configuration_change
from sensors.configuration_change import ATTEMPTS, STARTED_BY
from tests.declared_lake import perform, settled_lake
from tests.sensors.one_tick import one_tick
from tier_assets.specs import stage_name
from tierline.config.bundled import folder
from tierline.lake import Lake, Verdict, waive_refused
from tierline.lake.locks import only_ingest
from tierline.stages import BY_NAME, WHOLE_LAKE, downstream


def configured():
    resources = configured_resources()
    return configuration_in(resources)


@pytest.fixture
def recipe(dagster_home, monkeypatch):
    """A recipe that a test may change: change(section, name, value)."""
    path = dagster_home / "tiers.yaml"
    path.write_text((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    monkeypatch.setenv("TIERLINE_RECIPE", str(path))

    def change(section: str, name: str, value: object) -> None:
        loaded = yaml.safe_load(path.read_text("utf-8"))
        tier, part = section.split(".")
        loaded[tier].setdefault(part, {})[name] = value
        path.write_text(yaml.safe_dump(loaded))

    return change


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """Three shards brought through all stages by the project's own configuration."""
    return settled_lake(tmp_path_factory.mktemp("settled"), configured(), ("a", "b", "c"))


@pytest.fixture
def lake(settled, dagster_home, recipe) -> Lake:
    """A copy of that lake for one test."""
    shutil.copytree(settled[0].root, dagster_home / "lake")
    return Lake(str(dagster_home / "lake"))


def tick(cursor: str | None = None, instance: dg.DagsterInstance | None = None):
    """(requests or the reason for none, the cursor it left)."""
    result, left = one_tick(configuration_change, cursor, instance)
    return result.skip_message if isinstance(result, dg.SkipReason) else result.run_requests, left


def stages_of(request: dg.RunRequest) -> list[str]:
    names = {stage_name(key.to_user_string()) for key in request.asset_selection or ()}
    return [name for name in BY_NAME if name in names]


def waves(lake: Lake) -> list[list[dg.RunRequest]]:
    """Every wave until nothing is left to ask for, each performed before the next."""
    found, cursor = [], None
    for _ in range(12):
        requests, cursor = tick(cursor)
        if isinstance(requests, str):
            return found
        found.append(requests)
        for request in requests:
            for stage in stages_of(request):
                perform(lake, configured(), stage, request.partition_key or WHOLE_LAKE)
    raise AssertionError("the sensor does not come to rest")


def test_what_follows_from_the_present_configuration_is_left_alone(lake):
    assert "nothing to ask for" in tick()[0]


def test_what_an_ingest_is_about_to_run_is_not_asked_for_as_well(lake, recipe):
    recipe("l2.select", "usefulness_min", 0.4)
    with only_ingest(lake):
        assert "an ingest is bringing this lake up to date" in tick()[0]
    assert len(tick()[0]) == 3


@pytest.mark.parametrize(
    ("section", "name", "value", "stage"),
    [
        ("l0.read", "max_body_bytes", 9_999, "l0_raw"),
        ("l1.filter", "language_confidence_min", 0.7, "l1_filtered"),
        ("l2.select", "usefulness_min", 0.4, "l2_selected"),
        ("l4.claims", "object_characters_max", 99, "l4_claims"),
        ("l4.manuals", "section_words_min", 30, "l4_manuals"),
    ],
)
def test_a_setting_of_any_tier_asks_for_its_stage_of_every_shard(lake, settled, recipe, section, name, value, stage):
    recipe(section, name, value)
    first, *_ = waves(lake)
    assert [request.partition_key for request in first] == settled[1]
    assert all(stages_of(request)[0] == stage and request.job_name == "run_shard" for request in first)
    assert f"{section}.{name}: " in first[0].tags["tierline/why"]


def test_another_model_asks_for_judgments_then_scorers_then_each_shard_once(lake, settled, dagster_home, monkeypatch):
    (dagster_home / "other.gguf").write_bytes(b"other weights")
    monkeypatch.setenv("TIERLINE_MODEL", str(dagster_home / "other.gguf"))
    judged, shared, shards, *_ = waves(lake)
    assert [(request.partition_key, stages_of(request)) for request in judged] == [(name, ["l2_annotations"]) for name in settled[1]]
    assert [(request.job_name, request.partition_key) for request in shared] == [("measure_scorers", None)]
    assert [request.partition_key for request in shards] == settled[1] and all("l2_scores" in stages_of(request) for request in shards)


def test_a_run_that_died_is_asked_for_once_more_and_then_left_to_a_person(lake, recipe):
    recipe("l2.select", "usefulness_min", 0.4)
    keys, cursor = [], None
    for _ in range(ATTEMPTS):
        requests, cursor = tick(cursor)
        keys += [request.run_key for request in requests]
    assert len(set(keys)) == len(keys) == 3 * ATTEMPTS
    assert "nothing to ask for" in tick(cursor)[0]


def test_runs_of_one_tick_are_bounded_and_the_rest_follows(lake, settled, recipe, monkeypatch):
    monkeypatch.setattr(import_module("sensors.configuration_change"), "RUNS_PER_TICK", 2)
    recipe("l2.select", "usefulness_min", 0.4)
    first, second, *_ = [[request.partition_key for request in wave] for wave in waves(lake)]
    assert (first, second) == (settled[1][:2], settled[1][2:])


def test_shards_under_way_are_left_alone_and_its_own_runs_are_waited_for(lake, settled, recipe):
    recipe("l2.select", "usefulness_min", 0.4)
    with dg.instance_for_test() as instance:
        create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": settled[1][1]})
        requests, _ = tick(instance=instance)
        assert [request.partition_key for request in requests] == [settled[1][0], settled[1][2]]
        create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags=STARTED_BY)
        assert tick(instance=instance)[0] == "waiting for 1 runs that were asked for"


def test_a_configuration_that_cannot_be_read_is_a_reason_not_an_error(lake, monkeypatch, tmp_path):
    monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "broken.yaml"))
    (tmp_path / "broken.yaml").write_text("l0: [")
    assert "not valid YAML" in tick()[0]


def judge_again(lake: Lake, shard: str) -> None:
    """As the gate of a shard that it refuses would: the same rows, a later verdict."""
    manifest = lake.manifest("l0_raw", shard)
    suite = configured().suite(BY_NAME["l0_raw"])
    lake.record(Verdict("l0_raw", shard, manifest.stage_digest, "t", suite, False, "[]", ("error_share is 1",)))


def asked_and_done(lake: Lake, shard: str, cursor: str | None) -> tuple[list[str], str | None]:
    """(the stages that waves of runs of the shard were asked for, the cursor): each is performed, but for a gate that refuses again."""
    found: list[str] = []
    for _ in range(12):
        requests, cursor = tick(cursor)
        if isinstance(requests, str):
            return found, cursor
        for request in requests:
            assert request.partition_key in (shard, None)
            for stage in stages_of(request):
                found.append(stage)
                if stage == "l0_raw":
                    judge_again(lake, shard)
                else:
                    perform(lake, configured(), stage, shard)
    raise AssertionError("the sensor does not come to rest")


def test_a_waiver_asks_for_the_gate_and_what_is_below_it_when_it_is_given_and_when_it_has_ended(lake, settled, monkeypatch):
    shard, today = settled[1][0], lake.today()
    perform(lake, configured(), "l0_raw", shard, "broken", passed=False)
    found, cursor = asked_and_done(lake, shard, None)
    assert found == [], "what was refused waits for a person"
    waive_refused(lake, "l0_raw", shard, "Mia", "checked", str(today))
    found, cursor = asked_and_done(lake, shard, cursor)
    assert set(found) >= {"l0_raw", *(stage for stage in downstream("l0_raw") if BY_NAME[stage].per_shard)}
    monkeypatch.setattr(Lake, "today", lambda self: today + timedelta(days=1))
    ((request,), _) = tick(cursor)
    assert request.partition_key == shard and stages_of(request)[:2] == ["l0_raw", "l1_filtered"], "its day is over"
