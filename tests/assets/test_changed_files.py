"""A file that changes around its run: what L0 holds in the end is the file as it is, and what changed while it was read is not kept."""

import json
import os

import dagster as dg
import pytest

from definitions import defs
from resources import configured_resources
from tier_assets import l0_raw
from tierline.crawl import CrawlRegistry, PackRules
from tierline.crawl.inbox import Inbox
from tierline.crawl.notes import Notes
from tierline.lake import Lake


@pytest.fixture
def inbox(dagster_home, monkeypatch):
    monkeypatch.chdir(dagster_home)
    (dagster_home / "inbox").mkdir()
    write(dagster_home / "inbox", "north wind")
    return dagster_home / "inbox"


def write(inbox, text, times=None):
    (inbox / "a.jsonl").write_text(json.dumps({"text": text}) + "\n")
    if times:
        os.utime(inbox / "a.jsonl", times)


def lake():
    return Lake(os.environ["TIERLINE_LAKE"])


def look():
    """Two looks, as the sensor makes them; the shards whose run is asked for."""
    box = Inbox(lake(), "inbox")
    shards, known = [], int(Notes(lake()).of("looks").get("last", "0"))
    for _ in range(2):
        found = box.take_in(PackRules(), known=known)
        shards, known = [*shards, *found.shards], found.number
    return shards


def run(shard):
    """(texts in L0, why the run failed)."""
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("crawl_shards", [shard])
    job = defs.resolve_job_def("run_shard").get_subset(asset_selection={dg.AssetKey("l0_raw")})
    done = job.execute_in_process(instance=instance, partition_key=shard, raise_on_error=False, resources=configured_resources())
    texts = lake().read("l0_raw", shard)["text"].to_pylist() if lake().activity("l0_raw", shard) else []
    return texts, "".join(str(event.event_specific_data.error) for event in done.all_events if event.is_step_failure)


def test_a_file_that_changes_before_its_run_and_back_after_it_ends_as_it_is(inbox):
    [shard] = look()
    write(inbox, "south wind")
    assert run(shard) == (["south wind"], "")
    assert look() == [], "the run has taken it in"
    write(inbox, "north wind")
    assert look() == [shard]
    assert run(shard) == (["north wind"], "")


@pytest.mark.parametrize("times", [None, (5, 5)])
def test_a_file_that_changes_while_it_is_read_is_not_kept_and_is_read_again(inbox, monkeypatch, times):
    write(inbox, "north wind", (5, 5))
    [shard] = look()
    read = l0_raw.read_shard

    def read_another(files, rules, withheld, workers):
        write(inbox, "south wind", times)
        found = read(files, rules, withheld, workers)
        write(inbox, "north wind", times)
        return found

    monkeypatch.setattr(l0_raw, "read_shard", read_another)
    texts, why = run(shard)
    assert texts == [] and "inbox/a.jsonl: changed while it was read; the next look at the inbox takes it in again" in why
    monkeypatch.setattr(l0_raw, "read_shard", read)
    assert look() == [shard]
    assert run(shard) == (["north wind"], "")


def test_a_change_that_a_look_registers_while_the_file_is_read_is_not_taken_for_what_was_read(inbox, monkeypatch):
    [shard] = look()
    read = l0_raw.read_shard

    def read_then_look(files, rules, withheld, workers):
        found = read(files, rules, withheld, workers)
        write(inbox, "south wind")
        assert look() == [shard]
        return found

    monkeypatch.setattr(l0_raw, "read_shard", read_then_look)
    assert "changed while it was read" in run(shard)[1]
    monkeypatch.setattr(l0_raw, "read_shard", read)
    assert run(shard) == (["south wind"], "")


def test_a_file_that_cannot_be_read_for_a_while_is_no_error_row_for_good(inbox, monkeypatch):
    [shard] = look()
    read = l0_raw.read_shard

    def read_nothing(files, rules, withheld, workers):
        (inbox / "a.jsonl").rename(inbox / "aside")
        found = read(files, rules, withheld, workers)
        (inbox / "a.jsonl").mkdir()
        return found

    monkeypatch.setattr(l0_raw, "read_shard", read_nothing)
    texts, why = run(shard)
    assert texts == [] and "inbox/a.jsonl: cannot be read (" in why
    monkeypatch.setattr(l0_raw, "read_shard", read)
    (inbox / "a.jsonl").rmdir()
    (inbox / "aside").rename(inbox / "a.jsonl")
    assert look() == [shard]
    assert run(shard) == (["north wind"], "")
    assert CrawlRegistry(lake()).files(shard) == ["inbox/a.jsonl"]
