"""A shard whose gate fails is read by nothing downstream: not in that run, not later, not by a fan-in."""

import gzip
import os
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from tests.unit.crawl.test_read import page_record
from tierline.crawl import CrawlRegistry, PackRules
from tierline.errors import NotPromoted
from tierline.lake import Lake, Waiver


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


def test_a_refused_shard_is_a_finished_run_that_says_why_on_its_own_partition_and_touches_no_other(shards, dagster_home):
    result = materialize(shards[1])
    assert result.success, "nothing went wrong with the run"
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR and evaluation.partition == shards[1]
    told = evaluation.description
    assert told.startswith(f"{shards[1]} is quarantined at l0_raw: error_share is 1, must be at most 0.5")
    assert f"tierline waive l0_raw {shards[1]} --who NAME" in told and "repair its files" in told and "\n" not in told
    assert evaluation.metadata["quarantined"].value is True and "playground" in evaluation.metadata["to_waive_it"].value
    assert evaluation.metadata["error_share"].value == 1.0 and evaluation.metadata["rows"].value == 5.0
    failing = [record.data for record in evaluation.metadata["expectations"].value.records if record.data["result"] == "fails"]
    assert [(row["metric"], row["must be"], row["is"]) for row in failing] == [("error_share", "at most 0.5", "1")]
    (observed,) = [event.event_specific_data.asset_observation for event in result.all_events if event.is_asset_observation]
    assert (observed.asset_key.to_user_string(), observed.partition) == ("l0_raw", shards[1])
    assert observed.metadata["quarantined"].value is True and observed.metadata["rule error_share"].value.startswith(
        "is 1.0, must be at most"
    )
    materialized = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}
    assert materialized == {"l0_raw"}
    assert not [event for event in result.all_events if event.is_step_failure]
    with pytest.raises(NotPromoted, match="quarantined: error_share"):
        Lake(str(dagster_home / "lake")).read_promoted("l0_raw", shards[1])


def test_a_later_run_of_the_next_tier_fails_with_the_one_line_that_says_why_and_no_stack(shards):
    from tier_assets.l1_filtered import l1_filtered

    materialize(shards[1])
    result = materialize(shards[1], l1_filtered)
    (failure,) = [event.event_specific_data for event in result.all_events if event.is_step_failure]
    assert failure.error.message.startswith(f"l0_raw/{shards[1]}: has not passed its gate; it is quarantined: error_share is 1")
    assert failure.error.stack == [] and failure.error.cause is None and failure.user_failure_data.description == failure.error.message


def waive(shard: str, until: date, who: str = "Mia") -> None:
    lake = Lake(os.environ["TIERLINE_LAKE"])
    lake.waive(Waiver("l0_raw", shard, lake.manifest("l0_raw", shard).stage_digest, who, "checked by hand", until))


def test_a_waiver_lets_the_same_run_through_and_its_end_refuses_again(shards):
    today = datetime.now(UTC).date()
    materialize(shards[1])
    waive(shards[1], today)
    again = materialize(shards[1])
    evaluation, *_ = again.get_asset_check_evaluations()
    assert evaluation.severity is dg.AssetCheckSeverity.WARN and again.success
    assert evaluation.description.startswith(f"{shards[1]} is waived at l0_raw by Mia until the end of {today} (UTC): checked by hand")
    assert [evaluation.metadata[f"waived_{name}"].value for name in ("who", "why", "until")] == ["Mia", "checked by hand", str(today)]
    assert {event.asset_key.to_user_string() for event in again.get_asset_materialization_events()} >= {"l1_filtered"}
    waive(shards[1], today - timedelta(days=1))
    over = materialize(shards[1])
    evaluation, *_ = over.get_asset_check_evaluations()
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR and "is quarantined at l0_raw" in evaluation.description
    assert {event.asset_key.to_user_string() for event in over.get_asset_materialization_events()} == {"l0_raw"}


def run_waive(**config: str):
    from resources import configured_resources
    from tier_assets.waive import waive

    return waive.execute_in_process(
        run_config={"ops": {"waive_rows": {"config": config}}},
        resources=configured_resources(),
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )


def test_the_job_waives_what_was_refused_and_nothing_else(shards, dagster_home):
    materialize(shards[0])
    materialize(shards[1])
    given = {"stage": "l0_raw", "who": "Mia", "why": "checked by hand", "until": "2099-12-31"}
    refused = run_waive(**given, shard=shards[0])
    (failure,) = [event.event_specific_data for event in refused.all_events if event.is_step_failure]
    assert failure.error.message == f"l0_raw/{shards[0]}: has passed its gate; there is nothing to waive" and failure.error.stack == []
    assert run_waive(**given, shard=shards[1]).success
    assert Lake(str(dagster_home / "lake")).read_promoted("l0_raw", shards[1])[0].num_rows == 5


def test_materializations_carry_counts_reasons_and_the_schema(shards):
    result = materialize(shards[0])
    (event,) = [event for event in result.get_asset_materialization_events() if event.asset_key.to_user_string() == "l0_raw"]
    metadata = event.materialization.metadata
    assert {"input_rows", "input_rows_kept", "first_rows", "decisions", "dagster/column_schema", "digest", "activity_id", "inputs"} <= set(
        metadata
    )
    assert metadata["input_rows"].value == 1


def test_a_refused_student_is_a_warning_about_the_student_in_a_run_that_goes_on(dagster_home):
    from resources import configured_resources
    from tests.conftest import commit_rows
    from tier_assets.gates import promotion_gate
    from tier_assets.l2_judged import l2_student

    commit_rows(Lake(str(dagster_home / "lake")), "l2_student", [], "all", promote=False)
    gate, asset = promotion_gate(l2_student), dg.AssetKey("l2_student")
    chosen = dg.AssetSelection.checks_for_assets(asset)
    result = dg.materialize([l2_student, gate], selection=chosen, instance=dg.DagsterInstance.ephemeral(), resources=configured_resources())
    (evaluation,) = result.get_asset_check_evaluations()
    assert result.success and not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.WARN
    assert evaluation.description.startswith("l2_student, which all shards share, is refused and not used: rows is 0")
    assert "quarantined" not in evaluation.description and "to_waive_it" not in evaluation.metadata
