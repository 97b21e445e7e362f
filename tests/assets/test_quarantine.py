"""A shard whose gate fails is read by nothing downstream: not in that run, not later, not by a fan-in."""

import gzip

import dagster as dg
import pytest

from tests.unit.crawl.test_read import page_record
from tierline.crawl import CrawlRegistry, PackRules
from tierline.errors import NotPromoted
from tierline.lake import Lake


@pytest.fixture
def shards(dagster_home):
    """Two registered shards: the first can be read, the second holds nothing but broken lines."""
    good, bad = dagster_home / "a.warc.gz", dagster_home / "b.jsonl"
    good.write_bytes(gzip.compress(page_record()))
    bad.write_text("{broken\n" * 5)
    registry = CrawlRegistry(Lake(str(dagster_home / "lake")))
    return registry.register([str(good), str(bad)], PackRules(shard_bytes=1))


def materialize(shard: str, *assets, raise_on_error: bool = False):
    from resources import configured_resources
    from tier_assets.l0_raw import l0_gates, l0_raw
    from tier_assets.l1_filtered import l1_filtered, l1_gates

    chosen = assets or (l0_raw, l1_filtered)
    gates = [gate for asset, gate in ((l0_raw, l0_gates[0]), (l1_filtered, l1_gates[0])) if asset in chosen]
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("crawl_shards", [shard])
    return dg.materialize(
        [*chosen, *gates], partition_key=shard, instance=instance, resources=configured_resources(), raise_on_error=raise_on_error
    )


def test_a_failed_gate_stops_its_own_run_and_says_why(shards, dagster_home):
    result = materialize(shards[1])
    assert not result.success
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed and "error_share is 1, must be at most 0.5" in evaluation.description
    assert evaluation.metadata["error_share"].value == 1.0 and evaluation.metadata["rows"].value == 5.0
    failing = [record.data for record in evaluation.metadata["expectations"].value.records if record.data["result"] == "fails"]
    assert [(row["metric"], row["must be"], row["is"]) for row in failing] == [("error_share", "at most 0.5", "1")]
    materialized = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}
    assert materialized == {"l0_raw"}
    with pytest.raises(NotPromoted, match="quarantined: error_share"):
        Lake(str(dagster_home / "lake")).read_promoted("l0_raw", shards[1])


def test_a_later_run_of_the_next_tier_is_refused_too(shards):
    from tier_assets.l1_filtered import l1_filtered

    materialize(shards[1])
    result = materialize(shards[1], l1_filtered)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "quarantined" in failure.event_specific_data.error.cause.message or "quarantined" in failure.event_specific_data.error.message


def test_materializations_carry_counts_reasons_and_the_schema(shards):
    result = materialize(shards[0])
    (event,) = [event for event in result.get_asset_materialization_events() if event.asset_key.to_user_string() == "l0_raw"]
    metadata = event.materialization.metadata
    assert {"input_rows", "input_rows_kept", "first_rows", "decisions", "dagster/column_schema", "digest", "activity_id", "inputs"} <= set(
        metadata
    )
    assert metadata["input_rows"].value == 1
