"""What is alarming is found in what the lake has recorded, and only while it lasts."""

import json
import time
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from tierline.alerts import AlertRules
from tierline.alerts.conditions import overspent, quarantined, stale, unprocessed, unreadable, waiting
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, Waiver, decision_table
from tierline.llm import Budget
from tierline.llm.budget import Limits
from tierline.tables import stage_tables
from tierline.tables.records import CALLS, CALLS_TABLE

RULES = AlertRules()


def judge(lake, manifest, passed, share=0.0):
    results = json.dumps([{"metric": "error_share", "observed": share, "success": passed}])
    failures = () if passed else ("rows is 0, must be at least 1",)
    lake.record(Verdict(manifest.stage, manifest.shard, manifest.stage_digest, "test", "0", passed, results, failures))


def waive(lake, manifest, days):
    """Until so many days from now."""
    last = datetime.now(UTC).date() + timedelta(days=days)
    lake.waive(Waiver(manifest.stage, manifest.shard, manifest.stage_digest, "Mia", "checked", last))


def test_a_refused_shard_is_alarming_until_it_is_written_again_waived_or_promoted(lake, commit):
    manifest = commit(lake, "l1_filtered", [], promote=False)
    assert quarantined(lake) == [], "not judged yet"
    judge(lake, manifest, False)
    (alarm,) = quarantined(lake)
    assert alarm.subject == "l1_filtered/s" and "rows is 0" in alarm.text
    waive(lake, manifest, -1)
    assert quarantined(lake), "an expired waiver covers nothing"
    waive(lake, manifest, 1)
    assert quarantined(lake) == []
    waive(lake, manifest, -1)
    (alarm,) = quarantined(lake)
    assert "its waiver was ended by Mia on" in alarm.text, "the newest waiver counts: this one was ended early"


def test_waivers_end_by_the_lakes_day_not_by_the_machines(lake, commit, monkeypatch):
    manifest = commit(lake, "l1_filtered", [], promote=False)
    judge(lake, manifest, False)
    waive(lake, manifest, 0)
    for zone in ("UTC+12", "UTC-14"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert quarantined(lake) == [], zone
    monkeypatch.undo()
    time.tzset()


def test_a_refused_student_is_told_as_what_all_shards_share(lake, commit):
    manifest = commit(lake, "l2_student", [], WHOLE_LAKE, promote=False)
    judge(lake, manifest, False)
    (alarm,) = quarantined(lake)
    assert alarm.text.startswith("l2_student, which all shards share, is refused and not used: rows is 0")
    assert "quarantined" not in alarm.text


def test_unreadable_records_are_alarming_above_the_bound_although_the_gate_passes(lake, commit):
    manifest = commit(lake, "l0_raw", [], promote=False)
    judge(lake, manifest, True, share=0.04)
    assert unreadable(lake, RULES) == []
    judge(lake, manifest, True, share=0.2)
    (alarm,) = unreadable(lake, RULES)
    assert "20.0%" in alarm.text and "5.0%" in alarm.text
    judge(lake, manifest, False, share=0.9)
    assert unreadable(lake, RULES) == [], "the refusal says so"


def register(lake, folder, name="a.jsonl"):
    (folder / name).write_text('{"text": "x"}')
    return CrawlRegistry(lake).register([str(folder / name)], PackRules())[0]


def test_a_lake_is_stale_once_no_file_came_for_the_hours(lake, tmp_path):
    now = datetime.now(UTC)
    assert stale(lake, RULES, now) == [], "nothing ever came: nothing to compare with"
    register(lake, tmp_path)
    assert stale(lake, RULES, now) == []
    (alarm,) = stale(lake, RULES, now + timedelta(hours=25))
    assert "25 h" in alarm.text


def test_a_file_waits_until_its_shard_has_read_it_as_it_is_now(lake, tmp_path):
    file = str(tmp_path / "a.jsonl")
    assert unprocessed(lake, [file]) == [file]
    shard = register(lake, tmp_path)
    assert unprocessed(lake, [file]) == [file], "registered, but not read"

    def read():
        inputs = {f"crawl_files/{shard}": CrawlRegistry(lake).digest(shard)}
        tables = {name: pa.table({}) for name in stage_tables("l0_raw")}
        tables = {name: pa.Table.from_pylist([], schema=pa.schema(_columns(name))) for name in tables}
        lake.commit(Activity.begin("l0_raw", shard, "1", (), inputs), StageResult(tables, {"l0_raw": (0, decision_table([]))}))

    read()
    assert unprocessed(lake, [file]) == []
    (tmp_path / "a.jsonl").write_text('{"text": "changed"}')
    CrawlRegistry(lake).register([file], PackRules())
    assert unprocessed(lake, [file]) == [file]


def _columns(table):
    from tierline.tables import TABLES

    return TABLES[table].columns


def test_only_files_that_waited_longer_than_the_hours_are_told():
    now = datetime(2026, 1, 2, tzinfo=UTC)
    since = {"old.jsonl": (now - timedelta(hours=7)).timestamp(), "new.jsonl": (now - timedelta(hours=5)).timestamp()}
    assert [alarm.subject for alarm in waiting(since, RULES, now)] == ["old.jsonl"]


@pytest.mark.parametrize(("calls", "states"), [(7, []), (8, ["near"]), (9, ["near"]), (10, ["reached"]), (12, ["reached"])])
def test_a_budget_is_told_at_its_share_and_at_its_end(lake, calls, states):
    row = {"call_id": "c", "kind": "choose", "shard": "s", "stage": "l2_annotations", "money": 1.0, "prompt_tokens": 5, "output_tokens": 1}
    rows = [dict.fromkeys(CALLS.names) | row | {"call_id": str(number)} for number in range(calls)]
    lake.delta.append(CALLS_TABLE, pa.Table.from_pylist(rows, schema=CALLS), ["shard"])
    assert [alarm.state for alarm in overspent(lake, Budget(calls=10), RULES)] == states
    by_stage = Budget(stages={"l2_annotations": Limits(money=10), "l3_refined": Limits(money=1)})
    assert [alarm.state for alarm in overspent(lake, by_stage, RULES)] == states
    assert overspent(lake, Budget(), RULES) == []


@pytest.mark.parametrize("wrong", [{"error_share_max": 0}, {"budget_share": 1.1}, {"crawl_hours": -1}, {"inbox_hours": float("nan")}])
def test_a_bound_that_can_never_be_kept_or_broken_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AlertRules(**wrong)
