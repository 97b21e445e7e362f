"""Facts and mixes are built once for a wave of promoted shards, after its last run, and never for a shard that was refused."""

import shutil
from importlib import import_module

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from definitions import defs
from resources import configuration_in, configured_resources
from sensors import new_crawl, promotion_change, reconcile_duplicates
from sensors.promotion_change import ATTEMPTS, BUILT
from tests.declared_lake import perform, settled_lake
from tests.sensors.one_tick import one_tick
from tierline.lake import WHOLE_LAKE, Lake, Verdict


def configured():
    return configuration_in(configured_resources())


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """Two shards brought through all stages by the project's own configuration."""
    return settled_lake(tmp_path_factory.mktemp("settled"), configured(), ("a", "b"))


@pytest.fixture
def lake(settled, dagster_home) -> Lake:
    shutil.copytree(settled[0].root, dagster_home / "lake")
    return Lake(str(dagster_home / "lake"))


def tick(cursor: str | None = None, instance: dg.DagsterInstance | None = None):
    """(run keys or the reason for none, the cursor it left)."""
    result, left = one_tick(promotion_change, cursor, instance)
    return result.skip_message if isinstance(result, dg.SkipReason) else [request.run_key for request in result.run_requests], left


def build(lake: Lake) -> None:
    for stage in BUILT:
        perform(lake, configured(), stage.name, WHOLE_LAKE)


def test_climbing_and_combining_are_separate_runs():
    assert {sensor.job_name for sensor in (new_crawl, reconcile_duplicates)} == {"run_shard"}
    assert promotion_change.job_name == "build_shared"
    climbing = {key.to_user_string() for key in defs.resolve_job_def("run_shard").asset_layer.executable_asset_keys}
    assert not climbing & {"l4_facts", "pretrain_mix", "mix_composition", "tier_flow"}


def test_what_is_built_from_all_promoted_rows_is_left_alone_and_so_is_an_empty_lake(lake, dagster_home):
    assert "follow from what is promoted" in tick()[0]
    shutil.rmtree(dagster_home / "lake")
    assert "follow from what is promoted" in tick()[0]


def test_one_build_follows_a_wave_and_a_state_that_comes_back_is_built_again(lake, settled):
    keys, cursor = [], tick()[1]
    for content in ("other", "first"):
        perform(lake, configured(), "l2_selected", settled[1][0], content)
        found, cursor = tick(cursor)
        keys += found
        build(lake)
        assert "follow from what is promoted" in tick(cursor)[0]
    assert len(set(keys)) == len(keys) == 2


def test_a_refused_shard_asks_for_no_build_of_what_it_did_not_touch(lake, settled):
    _, cursor = tick()
    perform(lake, configured(), "l0_raw", settled[1][0], "broken", passed=False)
    assert "follow from what is promoted" in tick(cursor)[0]


def test_a_build_waits_for_shards_under_way_but_not_for_ever(lake, settled, monkeypatch):
    _, cursor = tick()
    perform(lake, configured(), "l2_selected", settled[1][0], "other")
    with dg.instance_for_test() as instance:
        create_run_for_test(instance, job_name="run_shard", status=dg.DagsterRunStatus.STARTED)
        said, cursor = tick(cursor, instance)
        assert said == "promoted rows have changed; waiting for 1 runs to end"
        monkeypatch.setattr(import_module("sensors.promotion_change"), "LONGEST_WAIT", -1)
        assert len(tick(cursor, instance)[0]) == 1


def test_rows_that_are_withdrawn_are_built_without(lake, settled):
    _, cursor = tick()
    manifest = lake.manifest("l2_selected", settled[1][0])
    lake.record(Verdict("l2_selected", manifest.shard, manifest.stage_digest, "t", "1", False, "[]", ("x",)))
    assert len(tick(cursor)[0]) == 1


def test_a_build_that_died_is_asked_for_once_more_and_then_left_to_a_person_until_promoted_rows_change(lake, settled):
    keys, cursor = [], tick()[1]
    for content in ("other", "another"):
        perform(lake, configured(), "l2_selected", settled[1][0], content)
        for _ in range(ATTEMPTS):
            found, cursor = tick(cursor)
            keys += found
        assert "follow from what is promoted" in tick(cursor)[0]
    assert len(set(keys)) == len(keys) == 2 * ATTEMPTS


def test_a_build_under_way_is_not_asked_for_again(lake, settled):
    _, cursor = tick()
    perform(lake, configured(), "l2_selected", settled[1][0], "other")
    with dg.instance_for_test() as instance:
        _, cursor = tick(cursor, instance)
        create_run_for_test(instance, job_name="build_shared", status=dg.DagsterRunStatus.STARTED)
        assert tick(cursor, instance)[0] == "promoted rows have changed; waiting for 1 runs to end"
