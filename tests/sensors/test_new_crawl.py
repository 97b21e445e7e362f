"""A file that has arrived whole starts the run of its shard; a changed one starts it again; a growing one is waited for."""

import json

import dagster as dg
import pytest

from definitions import defs
from resources import configured_resources
from sensors import new_crawl
from tierline.crawl import CrawlRegistry
from tierline.lake import Lake


@pytest.fixture
def inbox(dagster_home):
    folder = dagster_home / "inbox"
    folder.mkdir()
    return folder


def look(cursor: str | None = None):
    """One tick of the sensor: (result, the cursor it left)."""
    context = dg.build_sensor_context(
        instance=dg.DagsterInstance.ephemeral(), cursor=cursor, definitions=defs, resources=configured_resources()
    )
    result = new_crawl(context)
    return result, result.cursor if isinstance(result, dg.SensorResult) else context.cursor


def write(inbox, name: str, texts: list[str]):
    (inbox / name).write_text("\n".join(json.dumps({"text": text}) for text in texts))


def test_an_empty_or_absent_inbox_is_skipped_with_a_reason(inbox):
    assert isinstance(look()[0], dg.SkipReason)
    inbox.rmdir()
    assert "nothing new" in look()[0].skip_message


def test_a_whole_file_becomes_a_shard_and_a_run(inbox, dagster_home):
    write(inbox, "a.jsonl", ["one"])
    first, cursor = look()
    assert isinstance(first, dg.SkipReason) and "a.jsonl" in first.skip_message
    found, cursor = look(cursor)
    (request,) = found.run_requests
    registry = CrawlRegistry(Lake(str(dagster_home / "lake")))
    assert registry.shards() == [request.partition_key]
    assert request.run_key == f"{request.partition_key}:{registry.digest(request.partition_key)}"
    assert found.dynamic_partitions_requests[0].partition_keys == [request.partition_key]
    assert isinstance(look(cursor)[0], dg.SkipReason), "what was taken is not taken twice"


def test_changed_bytes_run_the_same_shard_under_a_new_key(inbox):
    write(inbox, "a.jsonl", ["one"])
    _, cursor = look()
    before, cursor = look(cursor)
    write(inbox, "a.jsonl", ["one", "two"])
    waiting, cursor = look(cursor)
    assert isinstance(waiting, dg.SkipReason), "it may still be growing"
    after, _ = look(cursor)
    (old,), (new,) = before.run_requests, after.run_requests
    assert old.partition_key == new.partition_key and old.run_key != new.run_key


def test_a_growing_file_is_waited_for_while_others_go_on(inbox):
    write(inbox, "whole.jsonl", ["one"])
    write(inbox, "growing.jsonl", ["one"])
    (inbox / "unfinished.warc.gz.part").write_bytes(b"x")
    _, cursor = look()
    write(inbox, "growing.jsonl", ["one", "two"])
    found, cursor = look(cursor)
    assert len(found.run_requests) == 1
    found, _ = look(cursor)
    assert len(found.run_requests) == 1, "now it is whole"
