"""Interactions arrive in their folder: they are read once nobody writes to them, once for each state."""

import json
import os
import shutil
import time

import dagster as dg
import pytest

from resources import configuration_in, configured_resources
from sensors import feedback_arrival
from tests.declared_lake import perform, settled_lake
from tests.sensors.one_tick import one_tick
from tierline.lake import WHOLE_LAKE, Lake


def configured():
    return configuration_in(configured_resources())


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    return settled_lake(tmp_path_factory.mktemp("settled"), configured(), ("a",))


@pytest.fixture
def lake(settled, dagster_home, monkeypatch) -> Lake:
    shutil.copytree(settled[0].root, dagster_home / "lake")
    monkeypatch.setenv("TIERLINE_FEEDBACK", str(dagster_home / "feedback"))
    (dagster_home / "feedback").mkdir()
    return Lake(str(dagster_home / "lake"))


def write(folder, text: str, seconds_ago: float = 60) -> None:
    path = folder / "feedback" / "a.jsonl"
    path.write_text(json.dumps({"prompt": "Why?", "correction": text, "consent": True}))
    os.utime(path, (time.time() - seconds_ago,) * 2)


def tick(cursor: str | None = None):
    result, left = one_tick(feedback_arrival, cursor, None)
    return result.skip_message if isinstance(result, dg.SkipReason) else [str(one.asset_selection) for one in result.run_requests], left


def test_new_files_are_asked_for_once_when_they_are_complete(lake, dagster_home):
    said, cursor = tick()
    assert said == "nothing new"
    write(dagster_home, "Because it was late.", seconds_ago=0)
    assert tick(cursor)[0] == "being written: a.jsonl"
    write(dagster_home, "Because it was late.")
    asked, cursor = tick(cursor)
    assert len(asked) == 1 and "l3_feedback" in asked[0]
    assert tick(cursor)[0] == "asked for already"
    perform(lake, configured(), "l3_feedback", WHOLE_LAKE)
    assert tick(cursor)[0] == "nothing new"
    write(dagster_home, "Because it was early.")
    assert len(tick(cursor)[0]) == 1
    (dagster_home / "feedback" / "a.jsonl").unlink()
    assert len(tick(cursor)[0]) == 1, "what is taken away leaves the mixes"


def test_nothing_is_asked_for_before_there_are_facts_and_trouble_is_one_line(lake, dagster_home):
    (dagster_home / "feedback" / "b.jsonl").symlink_to(dagster_home / "absent")
    assert "b.jsonl" in tick()[0] and "\n" not in tick()[0]
    shutil.rmtree(dagster_home / "lake")
    assert "waiting for facts" in tick()[0]
