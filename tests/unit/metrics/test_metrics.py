"""What Prometheus reads of a lake is what its ledger says; the dashboard and the alerts ask for nothing else."""

import json
import os
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import commit_rows
from tierline.cli import main
from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.lake import Lake, Verdict
from tierline.metrics import Watched, as_text, families, listen
from tierline.sql import Models

ROOT = Path(__file__).parents[3]
MODELS = Models(folder("dbt_like_sql"))


def values(text: str) -> dict[tuple[str, frozenset], float]:
    """(name, labels) -> value, as a client of Prometheus parses it."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(watched: Watched) -> dict[tuple[str, frozenset], float]:
    return values(as_text(families(watched)))


def labeled(**labels: str) -> frozenset:
    return frozenset(labels.items())


def documents(*languages: str) -> list[dict]:
    return [{"doc_id": f"doc_{number}", "language": language, "tokens": 10} for number, language in enumerate(languages)]


def test_rows_are_counted_by_what_became_of_them(lake):
    commit_rows(lake, "l1_filtered", documents("en", "en"))
    found = read(Watched(lake, MODELS))
    assert found["tierline_rows", labeled(stage="l1_filtered", outcome="kept", rule="")] == 2
    assert found["tierline_stage_rows_in", labeled(stage="l1_filtered")] == 2
    written = found["tierline_stage_last_commit_timestamp_seconds", labeled(stage="l1_filtered")]
    assert 0 <= datetime.now(UTC).timestamp() - written < 3600


def test_a_refused_shard_is_counted_until_its_gate_passes(lake):
    manifest = commit_rows(lake, "l1_filtered", documents("en"), promote=False)
    lake.record(Verdict("l1_filtered", manifest.shard, manifest.stage_digest, "test", "0", False, "[]", ("too few rows",)))
    assert read(Watched(lake, MODELS))["tierline_refused_shards", labeled(stage="l1_filtered")] == 1


def test_a_shard_in_another_language_has_drifted(lake):
    for shard, language in (("one", "en"), ("two", "en"), ("three", "de")):
        commit_rows(lake, "l1_filtered", [row | {"doc_id": f"doc_{shard}"} for row in documents(language)], shard=shard)
    rows = {
        (row["shard"], row["value"]): row["stability"] for row in MODELS.run(lake, "shard_drift").to_pylist() if row["kind"] == "language"
    }
    assert rows["three", "de"] > rows["one", "en"] > 0


def test_what_waits_in_the_inbox_has_an_age(lake, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "pages.jsonl").write_text('{"text": "a"}\n')
    (inbox / "notes.xyz").write_text("no crawl")
    found = read(Watched(lake, MODELS, inbox=str(inbox)))
    assert found["tierline_inbox_files", labeled(state="pending")] == 1
    assert found["tierline_inbox_files", labeled(state="ignored")] == 1
    assert found["tierline_inbox_lag_seconds", frozenset()] >= 0


def test_a_file_in_a_bucket_has_an_age_and_a_copied_one_is_not_as_old_as_its_origin(lake, tmp_path):
    day, bucket, inbox = 86_400, fsspec.filesystem("memory"), tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "pages.jsonl").write_text('{"text": "a"}\n')
    os.utime(inbox / "pages.jsonl", (0, 0))
    assert read(Watched(lake, MODELS, inbox=str(inbox)))["tierline_inbox_lag_seconds", frozenset()] < day
    bucket.pipe(f"/{tmp_path.name}/pages.jsonl", b'{"text": "a"}\n')
    bucket.store[f"/{tmp_path.name}/pages.jsonl"].modified -= timedelta(days=2)
    assert read(Watched(lake, MODELS, inbox=f"memory://{tmp_path.name}"))["tierline_inbox_lag_seconds", frozenset()] > day


def test_an_empty_lake_has_metrics_without_samples_of_stages(lake):
    found = read(Watched(lake, MODELS))
    assert found == {("tierline_shards", frozenset()): 0}


def test_the_command_prints_one_sample_a_line(lake, capsys):
    commit_rows(lake, "l1_filtered", documents("en", "de"))
    assert main(["--lake", lake.root, "metrics"]) == 0
    assert values(capsys.readouterr().out)["tierline_rows", labeled(stage="l1_filtered", outcome="kept", rule="")] == 2


def test_a_server_answers_and_computes_once_in_a_while(lake):
    asked: list[int] = []

    def compute():
        asked.append(1)
        return families(Watched(lake, MODELS))

    server, thread = listen("127.0.0.1", 0, compute, seconds=600)
    try:
        url = f"http://127.0.0.1:{server.server_port}/metrics"
        bodies = [urllib.request.urlopen(url, timeout=60).read() for _ in range(3)]
    finally:
        server.shutdown()
        thread.join()
    assert len(set(bodies)) == 1
    assert b"tierline_shards 0.0" in bodies[0]
    assert len(asked) == 1


def test_a_lake_that_cannot_be_read_is_an_error_and_not_an_empty_answer(tmp_path):
    def compute():
        raise OSError("gone")

    server, thread = listen("127.0.0.1", 0, compute)
    try:
        with pytest.raises(urllib.error.HTTPError) as found:
            urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=60)
    finally:
        server.shutdown()
        thread.join()
    assert found.value.code == 500


def test_a_port_in_use_is_said_in_one_line(lake):
    server, thread = listen("127.0.0.1", 0, list)
    try:
        with pytest.raises(BadInput, match="cannot listen"):
            listen("127.0.0.1", server.server_port, list)
    finally:
        server.shutdown()
        thread.join()


def test_the_dashboard_and_the_alerts_ask_for_metrics_that_there_are(lake: Lake, tmp_path):
    dashboard = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text("utf-8"))
    rules = yaml.safe_load((ROOT / "deploy/grafana/alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    queries = [one["expr"] for panel in dashboard["panels"] for one in panel.get("targets", ())] + [rule["expr"] for rule in rules]
    asked = {name for query in queries for name in re.findall(r"\btierline_\w+", query)}
    commit_rows(lake, "l1_filtered", documents("en"))
    (tmp_path / "inbox").mkdir()
    from tierline.freshness.settings import Settings

    told = {
        name
        for family in families(Watched(lake, MODELS, Settings.of_environment({}).configuration(), str(tmp_path / "inbox")))
        for name in (family.name, f"{family.name}_total")
    }
    assert asked
    assert asked <= told
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
