"""Runs, events and schedules are kept in Postgres where TIERLINE_POSTGRES names a database, and one line says what is wrong with it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import dagster as dg
import psycopg2
import pytest
import yaml

import ingest
from benchmarks.postgres_server import postgres_server
from definitions import defs
from ingest import INGEST_TAG, QUIET, only_ingest_of
from resources import configured_resources
from tier_assets.instance import STATE_TAG, open_instance, state_name
from tier_assets.partitions import crawl_shards
from tier_assets.postgres_rows import rows_holding
from tier_assets.takedown_traces import clear_history
from tierline.crawl import CrawlRegistry, PackRules
from tierline.errors import BadInput
from tierline.takedown.probes import Probes, pieces_of

ROOT = Path(__file__).parents[2]
POSTGRES_HOME = ROOT / "deploy" / "postgres"
NOWHERE = "postgresql+psycopg2://me:secret@127.0.0.1:1/runs"


@pytest.fixture(scope="module")
def server():
    with postgres_server() as address:
        yield address


@pytest.fixture
def database(server, dagster_home, monkeypatch) -> str:
    """An empty database of a test's own, and a lake; its address."""
    connection, name = psycopg2.connect(server.replace("+psycopg2", "")), f"runs_{uuid4().hex}"
    connection.autocommit = True
    connection.cursor().execute(f"create database {name}")
    connection.close()
    address = server.replace("/postgres?", f"/{name}?")
    monkeypatch.setenv("DAGSTER_HOME", str(POSTGRES_HOME))
    monkeypatch.setenv("TIERLINE_POSTGRES", address)
    return address


def count(address: str, table: str) -> int:
    connection = psycopg2.connect(address.replace("+psycopg2", ""))
    cursor = connection.cursor()
    cursor.execute(f"select count(*) from {table}")
    (found,) = cursor.fetchone()
    connection.close()
    return found


def test_a_shard_runs_with_its_history_in_postgres_and_the_next_process_finds_it(database, dagster_home):
    crawl = dagster_home / "a.jsonl"
    crawl.write_text('{"text": "The bridge was built in 1894. It carries the railway over the river."}\n')
    resources = configured_resources()
    (shard,) = CrawlRegistry(resources["storage"].open()).register([str(crawl)], PackRules())
    job = defs.resolve_job_def("run_shard").get_subset(asset_selection={dg.AssetKey("l0_raw")})
    with open_instance() as instance:
        instance.add_dynamic_partitions(crawl_shards.name, [shard])
        assert job.execute_in_process(run_config=QUIET, instance=instance, partition_key=shard, resources=resources).success
    with open_instance() as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert instance.get_materialized_partitions(dg.AssetKey("l0_raw")) == {shard}
        assert instance.get_latest_materialization_event(dg.AssetKey("l0_raw")).run_id == run.run_id
    assert count(database, "event_logs") > 10 and count(database, "asset_check_executions") == 1
    assert not list((dagster_home / "dagster").rglob("*.db"))


def test_runs_that_begin_a_pool_at_once_all_have_it(database):
    with open_instance() as instance, ThreadPoolExecutor(4) as runs:
        storage = instance.event_log_storage
        assert list(runs.map(storage.initialize_concurrency_limit_to_default, ["gpu"] * 8)) == [True] * 8
        assert storage.get_concurrency_info("gpu").slot_count == 1


def test_pools_follow_a_changed_limit_but_where_a_person_set_one(database):
    with open_instance() as instance:
        instance.event_log_storage.initialize_concurrency_limit_to_default("shared")
        instance.event_log_storage.set_concurrency_slots("gpu", 8)
    with open_instance({"concurrency": {"pools": {"granularity": "op", "default_limit": 3}}}) as instance:
        assert {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()} == {"shared": 3, "gpu": 8}
        assert instance.event_log_storage.get_concurrency_info("shared").slot_count == 3


def test_an_ingest_closes_what_its_own_folder_left_and_not_the_run_of_another_machine(database):
    with open_instance() as instance:
        job = defs.resolve_job_def("clear_history")
        tags = [INGEST_TAG | {STATE_TAG: name} for name in (state_name(), "of another machine")]
        own, other = (instance.create_run_for_job(job, tags=tag, status=dg.DagsterRunStatus.STARTED).run_id for tag in tags)
        with only_ingest_of(instance):
            assert instance.get_run_by_id(own).status == dg.DagsterRunStatus.FAILURE
            assert instance.get_run_by_id(other).status == dg.DagsterRunStatus.STARTED


def test_a_takedown_leaves_no_row_that_tells_of_a_removed_text(database):
    said = "Only this page tells of the blue lantern that nobody else has ever seen"
    probes = Probes(pieces_of([said], []))

    def report(instance: dg.DagsterInstance, asset: str, text: str) -> None:
        instance.report_runless_asset_event(dg.AssetMaterialization(asset, metadata={"preview": dg.MetadataValue.md(text)}))

    with open_instance() as instance:
        report(instance, "told", f'| "{said}" |')
        report(instance, "other", "Boats come to the harbor.")
        assert rows_holding(database, probes) == {"postgres/asset_keys": 1, "postgres/event_logs": 1}
        clear_history(instance, Path(instance.storage_directory()), database, probes)
        assert rows_holding(database, probes) == {}
        assert instance.get_latest_materialization_event(dg.AssetKey("other"))


@pytest.mark.parametrize(
    ("address", "home", "said"),
    [
        ("", POSTGRES_HOME, "TIERLINE_POSTGRES: is not set"),
        (NOWHERE, ROOT, "keeps the history of runs elsewhere"),
        (NOWHERE, POSTGRES_HOME, "the database cannot be used (connection to server"),
        ("postgresql://me:secret@host/runs", POSTGRES_HOME, "not an address of a Postgres database; give postgresql+psycopg2://"),
        ("postgresql+psycopg2://me:secret@host", POSTGRES_HOME, "not an address of a Postgres database"),
        ("postgresql+psycopg2://me:secret@host:port/runs", POSTGRES_HOME, "not an address of a Postgres database"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line_without_the_password(dagster_home, monkeypatch, address, home, said):
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("TIERLINE_POSTGRES", address)
    with pytest.raises(BadInput) as refused:
        open_instance()
    assert said in str(refused.value) and "\n" not in str(refused.value) and "secret" not in str(refused.value)


def test_ingest_tells_it_in_one_line_and_status_2(dagster_home, capsys, monkeypatch):
    monkeypatch.setenv("TIERLINE_POSTGRES", NOWHERE)
    monkeypatch.setenv("DAGSTER_HOME", str(POSTGRES_HOME))
    assert ingest.main([]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ingest: TIERLINE_POSTGRES: the database cannot be used") and said.count("\n") == 1


def test_both_settings_differ_in_the_storage_and_in_the_number_of_runs_alone():
    sqlite, postgres = (yaml.safe_load((home / "dagster.yaml").read_text("utf-8")) for home in (ROOT, POSTGRES_HOME))
    assert sqlite.pop("storage") != postgres.pop("storage") == {"postgres": {"postgres_url": {"env": "TIERLINE_POSTGRES"}}}
    assert (sqlite["concurrency"].pop("runs"), postgres["concurrency"].pop("runs")) == (
        {"max_concurrent_runs": 2},
        {"max_concurrent_runs": 4},
    )
    assert sqlite == postgres
