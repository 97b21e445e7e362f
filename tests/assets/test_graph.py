"""The asset graph is the one that was agreed on, and each asset says what it is."""

import dagster as dg
import pytest

from definitions import defs
from tests.assets.snapshot import SNAPSHOT, describe_graph
from tier_assets.specs import GPU_POOL

SPECS = sorted(defs.resolve_all_asset_specs(), key=lambda spec: spec.key)


def test_the_graph_is_as_in_the_snapshot():
    assert describe_graph() == SNAPSHOT.read_text("utf-8"), "if the change is meant, run `make graph` and commit the result"


def test_the_definitions_load_whole():
    dg.Definitions.validate_loadable(defs)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key.to_user_string())
def test_every_asset_has_group_kinds_owner_tags_and_description(spec):
    assert spec.group_name and spec.kinds and list(spec.owners) and spec.description


def test_steps_that_hold_a_model_share_the_gpu_pool():
    graph = defs.resolve_asset_graph()
    pooled = {key.to_user_string() for key in graph.get_all_asset_keys() if GPU_POOL in (graph.get(key).pools or ())}
    assert pooled == {"l2_annotations", "l2_reliability", "l2_scores", "l3_refined", "l3_derived", "l4_claims", "training_report"}


def test_every_stage_has_a_blocking_gate():
    graph = defs.resolve_asset_graph()
    gated = {check.asset_key.to_user_string() for check in graph.asset_check_keys if graph.get(check).blocking}
    reports = ("reports", "mix_exports", "experiments")  # which nothing is made from
    stages = {spec.key.to_user_string() for spec in SPECS if spec.group_name not in reports}
    assert gated == stages


def test_every_per_shard_check_is_partitioned_like_its_asset():
    graph = defs.resolve_asset_graph()
    for check in graph.asset_check_keys:
        assert graph.get(check).partitions_def == graph.get(check.asset_key).partitions_def
