"""Shards that run at once keep what they would keep one after the other, whichever is started first and whichever ends first."""

import json
import multiprocessing

import dagster as dg
import pytest

from definitions import defs
from examples.features import FEATURES
from resources import configured_resources
from sensors import reconcile_duplicates
from tierline.crawl import CrawlRegistry, PackRules
from tierline.dedup import DedupRules, unreconciled
from tierline.lake import Lake, Verdict

SPAWN = multiprocessing.get_context("spawn")


def text(number: int) -> str:
    return "\n\n".join(list(FEATURES.values())[3 * number : 3 * number + 3])


@pytest.fixture
def shards(dagster_home):
    """Two shards: six pages each, four of them the same."""
    for name, numbers in (("a", range(6)), ("b", range(2, 8))):
        lines = [json.dumps({"text": text(number), "url": f"https://{name}{number}.example/"}) for number in numbers]
        (dagster_home / f"{name}.jsonl").write_text("\n".join(lines))
    registry = CrawlRegistry(Lake(str(dagster_home / "lake")))
    shards = registry.register([str(dagster_home / "a.jsonl"), str(dagster_home / "b.jsonl")], PackRules(shard_bytes=1))
    with dg.DagsterInstance.get() as instance:  # two processes that both make its database get in each other's way
        instance.add_dynamic_partitions("crawl_shards", shards)
    return shards


def climb(shard: str, go=None) -> None:
    """One run of L0 and L1 with their gates, in whatever process this is."""
    from tier_assets.l0_raw import l0_gates, l0_raw
    from tier_assets.l1_filtered import l1_filtered, l1_gates

    assets = [l0_raw, l1_filtered, *l0_gates, *l1_gates]
    with dg.DagsterInstance.get() as instance:
        if go is not None:
            go.wait(timeout=120)
        dg.materialize(assets, partition_key=shard, instance=instance, resources=configured_resources(), raise_on_error=False)


def kept(lake: Lake, shards: list[str]) -> list[list[str]]:
    return [sorted(lake.read_promoted("l1_filtered", shard)[0]["doc_id"].to_pylist()) for shard in shards]


def look(cursor: str | None = None):
    """One tick of the sensor."""
    with dg.DagsterInstance.get() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs, resources=configured_resources())
        return reconcile_duplicates(context)


def settle(lake: Lake) -> list[str]:
    again = []
    while found := unreconciled(lake, CrawlRegistry(lake).shards(), DedupRules()):
        shard = found[0]
        assert shard not in again, "one run settles a shard"
        again.append(shard)
        climb(shard)
    return again


def test_one_after_the_other_leaves_nothing_to_settle(shards, dagster_home):
    lake = Lake(str(dagster_home / "lake"))
    climb(shards[0])
    climb(shards[1])
    in_order = kept(lake, shards)
    assert [len(documents) for documents in in_order] == [6, 2] and settle(lake) == []


@pytest.mark.parametrize("started", [(0, 1), (1, 0)])
def test_shards_in_two_processes_at_once_keep_what_they_keep_in_order(shards, dagster_home, started):
    lake = Lake(str(dagster_home / "lake"))
    go = SPAWN.Barrier(2)
    processes = [SPAWN.Process(target=climb, args=(shards[place], go)) for place in started]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    settle(lake)
    assert [len(documents) for documents in kept(lake, shards)] == [6, 2]


def test_a_later_shard_that_ran_first_is_run_again_and_the_earlier_one_stays(shards, dagster_home):
    lake = Lake(str(dagster_home / "lake"))
    climb(shards[1])
    assert len(kept(lake, shards[1:])[0]) == 6 and settle(lake) == [], "a shard that was never run blocks nobody"
    climb(shards[0])
    first = lake.manifest("l1_filtered", shards[0])
    found = look()
    assert [request.partition_key for request in found.run_requests] == [shards[1]]
    assert isinstance(look(found.cursor), dg.SkipReason), "asked once"
    assert settle(lake) == [shards[1]]
    assert [len(documents) for documents in kept(lake, shards)] == [6, 2]
    assert lake.manifest("l1_filtered", shards[0]) == first


def test_a_later_shard_comes_back_when_what_it_gave_way_to_is_gone(shards, dagster_home):
    lake = Lake(str(dagster_home / "lake"))
    climb(shards[0])
    climb(shards[1])
    manifest = lake.manifest("l1_filtered", shards[0])
    lake.record(Verdict("l1_filtered", shards[0], manifest.stage_digest, "test", "0", False, "[]", ("by hand",)))
    assert settle(lake) == [shards[1]]
    assert len(kept(lake, shards[1:])[0]) == 6
