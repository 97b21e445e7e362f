"""A file that has arrived whole starts the run of its shard; a changed one starts it again; a growing one is waited for."""

import json
import os

import dagster as dg
import pytest

from sensors import new_crawl
from tests.sensors.one_tick import one_tick
from tierline.crawl import CrawlRegistry
from tierline.errors import BadInput
from tierline.lake import Lake


@pytest.fixture
def inbox(dagster_home):
    folder = dagster_home / "inbox"
    folder.mkdir()
    return folder


def look(cursor: str | None = None):
    """One tick of the sensor: (result, the cursor it left)."""
    return one_tick(new_crawl, cursor)


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
    assert request.run_key == f"{request.partition_key}:{registry.change(request.partition_key)}"
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


def test_bytes_that_change_back_run_the_shard_each_time(inbox):
    keys, cursor = [], None
    for texts in (["one"], ["one", "two"], ["one"], ["one", "two"]):
        write(inbox, "a.jsonl", texts)
        _, cursor = look(cursor)
        found, cursor = look(cursor)
        keys += [request.run_key for request in found.run_requests]
    assert len(keys) == len(set(keys)) == 4, "Dagster runs a key once, for ever"


def test_a_file_dropped_again_runs_its_shard_again(inbox):
    write(inbox, "a.jsonl", ["one"])
    _, cursor = look()
    before, cursor = look(cursor)
    os.utime(inbox / "a.jsonl", (1, 1))
    _, cursor = look(cursor)
    after, _ = look(cursor)
    assert before.run_requests[0].run_key != after.run_requests[0].run_key


def test_one_unreadable_name_stops_no_other_file_and_is_named_once(inbox):
    write(inbox, "good.jsonl", ["one"])
    (inbox / "dangling.jsonl").symlink_to("nowhere")
    (inbox / "page.docx").write_bytes(b"PK")
    first, cursor = look()
    assert "dangling.jsonl is not read: it is a link to nothing" in first.skip_message and "page.docx is not read" in first.skip_message
    found, cursor = look(cursor)
    assert len(found.run_requests) == 1
    assert "is not read" not in look(cursor)[0].skip_message


def test_a_file_that_is_gone_is_said_and_withdrawn_only_if_that_is_the_policy(inbox, monkeypatch):
    for name in ("a", "b"):
        write(inbox, f"{name}.jsonl", [name])
    _, cursor = look()
    before, cursor = look(cursor)
    (inbox / "a.jsonl").unlink()
    said, cursor = look(cursor)
    assert "a.jsonl is gone; its rows stay until `tierline forget`" in said.skip_message
    assert "nothing new" in look(cursor)[0].skip_message
    monkeypatch.setenv("TIERLINE_INBOX_REMOVED", "forget")
    found, cursor = look(cursor)
    assert [request.partition_key for request in found.run_requests] == [before.run_requests[0].partition_key]
    monkeypatch.setenv("TIERLINE_INBOX_REMOVED", "sometimes")
    with pytest.raises(BadInput, match="TIERLINE_INBOX_REMOVED: expected report or forget"):
        look(cursor)


def test_the_cursor_does_not_grow_with_the_files(inbox):
    lengths = []
    for count in (10, 2_000):
        for number in range(count):
            (inbox / f"{number}.jsonl").write_bytes(b"{}")
        _, cursor = look()
        _, cursor = look(cursor)
        lengths.append(len(cursor))
    assert max(lengths) <= 8


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
