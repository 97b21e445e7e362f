"""The automation condition of stages asks the same question as ingest and sensors, and only for what can run."""

import dagster as dg
import yaml

from definitions import defs
from resources import configuration_in, configured_resources
from tests.declared_lake import register, settle
from tierline.config.bundled import folder
from tierline.lake import Lake


def requested(instance) -> dict[str, set[str]]:
    """Asset -> partitions that an evaluation asks for ("" for an asset without partitions)."""
    result = dg.evaluate_automation_conditions(defs, instance)
    found: dict[str, set[str]] = {}
    for one in result.results:
        subset = one.true_subset
        if not subset.is_empty:
            keys = {key.partition_key or "" for key in subset.expensively_compute_asset_partitions()}
            found[one.key.to_user_string()] = keys
    return found


def test_stages_that_are_out_of_date_and_ready_are_asked_for(dagster_home, monkeypatch):
    recipe = dagster_home / "tiers.yaml"
    recipe.write_text((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    monkeypatch.setenv("TIERLINE_RECIPE", str(recipe))
    lake = Lake(str(dagster_home / "lake"))
    shards = register(lake, dagster_home, ("a", "b"))
    resources = configured_resources()
    settle(lake, configuration_in(resources), shards)
    with dg.instance_for_test() as instance:
        instance.add_dynamic_partitions("crawl_shards", shards)
        stages = {"l0_raw", "l1_filtered", "l2_selected", "l3_refined", "l4_facts", "pretrain_mix"}
        assert not stages & requested(instance).keys()
        loaded = yaml.safe_load(recipe.read_text())
        loaded["l2"]["select"]["usefulness_min"] = 0.4
        recipe.write_text(yaml.safe_dump(loaded))
        asked = requested(instance)
        assert asked["l2_selected"] == set(shards) and not {"l1_filtered", "l3_refined"} & asked.keys()
