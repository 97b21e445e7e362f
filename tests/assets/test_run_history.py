"""What ended long ago goes from Dagster's history, in SQLite as in Postgres; what assets show as their newest stays."""

import os
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as Checks
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as Events

from benchmarks.postgres_server import postgres_server
from tier_assets.instance import open_instance
from tier_assets.run_history import events_of, remove_logs, remove_runs

ROOT = Path(__file__).parents[2]
SHARDS = dg.DynamicPartitionsDefinition(name="shards")


@dg.asset(partitions_def=SHARDS, check_specs=[dg.AssetCheckSpec("gate", asset="rows")])
def rows():
    print("printed")
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@dg.op
def fail():
    raise dg.Failure("as it should")


@dg.job
def failing():
    fail()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def history(request, tmp_path_factory):
    """An instance as the checkout configures it."""
    state, home = tmp_path_factory.mktemp("state"), ROOT if request.param == "sqlite" else ROOT / "deploy" / "postgres"
    with pytest.MonkeyPatch.context() as patch, nullcontext("") if request.param == "sqlite" else postgres_server() as address:
        for name, value in {"DAGSTER_HOME": home, "TIERLINE_STATE": state, "TIERLINE_POSTGRES": address}.items():
            patch.setenv(name, str(value))
        with open_instance() as instance:
            yield instance


def materialized(instance: dg.DagsterInstance, shard: str) -> str:
    instance.add_dynamic_partitions("shards", [shard])
    return dg.materialize([rows], instance=instance, partition_key=shard).run_id


def printed(run: str) -> list[Path]:
    return [path for path in (Path(os.environ["TIERLINE_STATE"]) / run).rglob("*") if path.is_file()]


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


def test_replaced_and_failed_runs_go_and_the_newest_of_each_partition_stay(history):
    first, other, second = (materialized(history, shard) for shard in "aba")
    failed = failing.execute_in_process(instance=history, raise_on_error=False).run_id
    assert printed(first)
    assert remove_runs(history, datetime.now(UTC) - timedelta(days=1)) == 0
    assert remove_runs(history, soon()) == 2
    assert {run.run_id for run in history.get_runs()} == {other, second}
    assert not history.has_run(first) and not history.has_run(failed) and history.all_logs(second)
    assert not printed(first) and printed(second)
    assert not list(Path(os.environ["TIERLINE_STATE"]).rglob(f"{first}*"))
    with events_of(history).index_connection() as connection:
        assert {row.run_id for row in connection.execute(Events.select())} == {other, second}
        assert {row.run_id for row in connection.execute(Checks.select())} == {other, second}
    assert history.get_materialized_partitions(dg.AssetKey("rows")) == {"a", "b"}
    assert history.get_latest_materialization_event(dg.AssetKey("rows")).run_id == second
    remove_logs(history, soon())
    assert not printed(second) and history.all_logs(second)
    assert remove_runs(history, soon()) == 0


def test_a_run_that_is_under_way_stays_however_old(history):
    run = history.create_run_for_job(failing)
    assert remove_runs(history, soon()) == 0 and history.has_run(run.run_id)
