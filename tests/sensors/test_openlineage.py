"""The sensor that tells a receiver of OpenLineage: all that the ledger has, once, whatever the receiver did meanwhile."""

import json
from datetime import timedelta

import dagster as dg
import pytest

from sensors import openlineage
from sensors.openlineage import openlineage_events
from tests.conftest import commit_rows
from tests.sensors.one_tick import one_tick
from tierline.lake import Lake


@pytest.fixture
def lake(dagster_home, monkeypatch) -> Lake:
    monkeypatch.setenv("TIERLINE_OPENLINEAGE", str(dagster_home / "events.jsonl"))
    monkeypatch.setattr(openlineage, "SETTLED", timedelta())
    lake = Lake(str(dagster_home / "lake"))
    for shard in "abc":
        commit_rows(lake, "l1_filtered", [], shard)
    return lake


def tick(cursor: str | None) -> tuple[str, str | None]:
    """One tick: (what it said, the cursor it left)."""
    said, left = one_tick(openlineage_events, cursor)
    assert isinstance(said, dg.SkipReason), "it starts no run"
    return said.skip_message or "", left


def told(dagster_home) -> list[tuple[str, str, str]]:
    events = map(json.loads, (dagster_home / "events.jsonl").read_text().splitlines())
    return [(event["run"]["runId"], event["job"]["name"], event["eventType"]) for event in events]


def test_each_look_goes_on_after_the_one_before(lake, dagster_home, monkeypatch):
    monkeypatch.setattr(openlineage, "AT_ONCE", 2)
    cursor, said = None, []
    while not said or "sent" in said[-1]:
        text, cursor = tick(cursor)
        said.append(text)
    assert len(said) >= 4 and said[-1] == "nothing new is recorded"
    assert len(told(dagster_home)) == len(set(told(dagster_home))) == 3 * 4, "each shard has an activity and a verdict"
    commit_rows(lake, "l1_filtered", [], "d")
    assert tick(cursor)[0] == "4 events sent"


def test_a_receiver_that_is_not_there_costs_a_line_and_gets_everything_later(lake, dagster_home, monkeypatch):
    monkeypatch.setenv("TIERLINE_OPENLINEAGE", "http://127.0.0.1:9")
    said, cursor = tick(None)
    assert "takes no events" in said and cursor is None
    monkeypatch.setenv("TIERLINE_OPENLINEAGE", str(dagster_home / "events.jsonl"))
    assert tick(cursor)[0] == "12 events sent"


def test_what_may_still_be_committed_with_an_earlier_time_is_waited_for(lake, monkeypatch):
    monkeypatch.setattr(openlineage, "SETTLED", timedelta(hours=1))
    assert tick(None) == ("nothing new is recorded", None)


def test_nothing_is_told_unless_a_receiver_is_named(lake, dagster_home, monkeypatch):
    monkeypatch.delenv("TIERLINE_OPENLINEAGE")
    assert tick(None)[0] == "TIERLINE_OPENLINEAGE names no receiver"
    assert not (dagster_home / "events.jsonl").exists()
