"""Alert sensors tell a real receiver once of each state, say when it is over, and no receiver breaks a tick or learns of it twice."""

import json
import logging
import socket

import dagster as dg
import pytest
import yaml

from definitions import defs
from resources import configured_resources
from sensors.alerts import ALERTS
from sensors.alerts import sensor as making
from tests.conftest import commit_rows
from tests.sensors.one_tick import one_tick
from tests.unit.alerts.receiver import received
from tierline.alerts import webhook
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import Lake, Verdict

BY_NAME = {sensor.name: sensor for sensor in ALERTS}


@pytest.fixture
def instance(dagster_home):
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def receiver(dagster_home, monkeypatch):
    with received() as receiver:
        monkeypatch.setenv("TIERLINE_ALERT_WEBHOOK", receiver.url)
        yield receiver


@pytest.fixture
def lake(dagster_home):
    return Lake(str(dagster_home / "lake"))


def tick(name: str, instance: dg.DagsterInstance, cursor: str | None = None) -> tuple[str, str | None]:
    """One tick of a sensor: (what it said, the cursor it left)."""
    said, left = one_tick(BY_NAME[name], cursor, instance)
    assert isinstance(said, dg.SkipReason), "an alert starts no run"
    return said.skip_message or "", left


def refuse(lake, stage="l1_filtered", shard="s", passed=False):
    manifest = commit_rows(lake, stage, [], shard, promote=False)
    results = json.dumps([{"metric": "error_share", "observed": 0.4, "success": True}])
    failures = () if passed else ("rows is 0, must be at least 1",)
    lake.record(Verdict(stage, shard, manifest.stage_digest, "test", "0", passed, results, failures))


def run_that(instance, fails: bool, shard: str):
    @dg.op
    def work():
        if fails:
            raise ValueError("no space left <on> the disk")

    @dg.job
    def climb():
        work()

    climb.execute_in_process(instance=instance, raise_on_error=False, tags={"dagster/partition": shard})


@pytest.mark.parametrize("name", BY_NAME)
def test_alerts_are_off_unless_a_webhook_is_given(name, monkeypatch):
    assert BY_NAME[name].default_status == dg.DefaultSensorStatus.STOPPED
    monkeypatch.setenv("TIERLINE_ALERT_WEBHOOK", "http://localhost/hook")
    made = making.alert_sensor(name, "", "", lambda sight: making.Found([]))
    assert made.default_status == dg.DefaultSensorStatus.RUNNING


@pytest.mark.parametrize("name", BY_NAME)
def test_a_new_lake_says_nothing(name, instance, receiver):
    assert tick(name, instance)[0] == "nothing to tell of"
    assert receiver.texts == []


def test_a_refused_shard_is_told_once_and_its_promotion_once(instance, receiver, lake):
    refuse(lake)
    _, cursor = tick("quarantine_alert", instance)
    _, cursor = tick("quarantine_alert", instance, cursor)
    (text,) = receiver.texts
    assert text.startswith("Tierline: refused by a gate\ns is quarantined at l1_filtered: rows is 0, must be at least 1; repair its files")
    refuse(lake, passed=True)
    _, cursor = tick("quarantine_alert", instance, cursor)
    tick("quarantine_alert", instance, cursor)
    assert receiver.texts[1:] == ["Tierline: refused by a gate\nresolved: l1_filtered/s"]


def test_a_refusal_is_told_by_the_quarantine_alert_alone(instance, receiver, lake, dagster_home):
    """Its run is a success, and the records that nobody can read are the reason of the refusal."""
    (dagster_home / "broken.jsonl").write_text("{broken\n" * 5)
    (shard,) = CrawlRegistry(lake).register([str(dagster_home / "broken.jsonl")], PackRules())
    assert run_l0(instance, shard).success
    for name in BY_NAME:
        tick(name, instance)
    (text,) = receiver.texts
    assert text.startswith(f"Tierline: refused by a gate\n{shard} is quarantined at l0_raw: error_share is 1, must be at most 0.5")


def run_l0(instance, shard: str) -> dg.ExecuteInProcessResult:
    """The stage and its gate, as a run of the job."""
    instance.add_dynamic_partitions("crawl_shards", [shard])
    job = defs.resolve_job_def("run_shard").get_subset(asset_selection={dg.AssetKey("l0_raw")})
    return job.execute_in_process(instance=instance, partition_key=shard, resources=configured_resources(), raise_on_error=False)


def test_a_failed_run_is_told_with_its_cause_and_a_later_success_of_its_shard_resolves_it(instance, receiver):
    run_that(instance, True, "a")
    run_that(instance, False, "b")
    _, cursor = tick("run_failure_alert", instance)
    _, cursor = tick("run_failure_alert", instance, cursor)
    (text,) = receiver.texts
    assert "climb a failed" in text and "no space left &lt;on&gt; the disk" in text and "climb b" not in text
    run_that(instance, True, "a")
    _, cursor = tick("run_failure_alert", instance, cursor)
    assert len(receiver.texts) == 2, "another failure is told again"
    run_that(instance, False, "a")
    tick("run_failure_alert", instance, cursor)
    assert receiver.texts[2:] == ["Tierline: a run failed\nresolved: climb a"]


def test_unreadable_records_are_told_although_the_gate_passes(instance, receiver, lake):
    refuse(lake, "l0_raw", "mixed", passed=True)
    tick("error_share_alert", instance)
    assert "mixed: 40.0% of its records cannot be read" in receiver.texts[0]


def bounds(monkeypatch, tmp_path, **alerts):
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump({"alerts": alerts}))
    monkeypatch.setenv("TIERLINE_RECIPE", str(path))


def test_a_file_that_waits_longer_than_the_hours_is_told_by_when_it_was_first_seen(instance, receiver, dagster_home, monkeypatch):
    (dagster_home / "inbox").mkdir()
    (dagster_home / "inbox" / "a <b>.jsonl").write_text('{"text": "x"}')
    bounds(monkeypatch, dagster_home, inbox_hours=1e-9)
    _, cursor = tick("inbox_lag_alert", instance)
    assert len(receiver.texts) <= 1, "it was seen a moment ago"
    _, cursor = tick("inbox_lag_alert", instance, cursor)
    tick("inbox_lag_alert", instance, cursor)
    assert len(receiver.texts) == 1 and "a &lt;b&gt;.jsonl has waited" in receiver.texts[0]
    (dagster_home / "inbox" / "a <b>.jsonl").unlink()
    tick("inbox_lag_alert", instance, cursor)
    assert "resolved" in receiver.texts[1]


def test_a_crawl_that_stays_away_is_told(instance, receiver, dagster_home, monkeypatch, lake):
    (dagster_home / "a.jsonl").write_text('{"text": "x"}')
    CrawlRegistry(lake).register([str(dagster_home / "a.jsonl")], PackRules())
    assert tick("freshness_alert", instance)[0] == "nothing to tell of"
    bounds(monkeypatch, dagster_home, crawl_hours=1e-9)
    tick("freshness_alert", instance)
    assert "no crawl file has arrived or changed since" in receiver.texts[0]


@pytest.mark.parametrize("fault", ["down", "refusing", "redirecting", "slow"])
def test_a_message_that_is_not_taken_is_tried_again_and_the_tick_ends_well(instance, receiver, lake, fault, monkeypatch, caplog):
    refuse(lake)
    monkeypatch.setattr(webhook.send, "__defaults__", (1.0,))
    if fault == "down":
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            monkeypatch.setenv("TIERLINE_ALERT_WEBHOOK", f"http://127.0.0.1:{closed.getsockname()[1]}/services/SECRET")
    receiver.status, receiver.slow = {"refusing": 500, "redirecting": 302}.get(fault, 200), fault == "slow"
    with caplog.at_level(logging.DEBUG):
        said, cursor = tick("quarantine_alert", instance)
    assert "tried again" in said and receiver.texts == []
    assert "SECRET" not in said + (cursor or "") + caplog.text
    assert len([record for record in caplog.records if record.name == "tierline.alerts"]) == 1
    monkeypatch.setenv("TIERLINE_ALERT_WEBHOOK", receiver.url)
    receiver.status, receiver.slow = 200, False
    tick("quarantine_alert", instance, cursor)
    assert len(receiver.texts) == 1


def test_without_a_webhook_the_log_is_told_once(instance, lake, caplog):
    refuse(lake)
    with caplog.at_level(logging.WARNING):
        _, cursor = tick("quarantine_alert", instance)
        tick("quarantine_alert", instance, cursor)
    (told,) = [record.getMessage() for record in caplog.records if record.name == "tierline.alerts"]
    assert told.startswith("refused by a gate: s is quarantined at l1_filtered: rows is 0, must be at least 1; ")


def test_a_recipe_that_cannot_be_read_is_the_reason_of_the_tick(instance, dagster_home, monkeypatch):
    bounds(monkeypatch, dagster_home, crawl_hours="many")
    assert "crawl_hours" in tick("freshness_alert", instance)[0]


def test_the_webhook_is_in_no_configuration_of_a_run(receiver):
    assert "SECRET" not in repr(configured_resources()["alert_channel"])
