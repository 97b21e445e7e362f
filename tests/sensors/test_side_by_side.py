"""Sensors that look at the same moment find what each finds by itself: the daemon lets them look in threads of the code server."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import dagster as dg
import pytest
import yaml

from benchmarks.sensor_ticks import Looker
from resources import configuration_in, configured_resources
from tests.declared_lake import settled_lake
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry
from tierline.lake import Lake

ROUNDS = 6
SHARDS = tuple(f"s{number:02d}" for number in range(12))


@pytest.fixture(scope="module")
def settled(tmp_path_factory) -> Lake:
    """Shards brought through all stages by the project's own configuration."""
    return settled_lake(tmp_path_factory.mktemp("settled"), configuration_in(configured_resources()), SHARDS)[0]


@pytest.fixture
def lake(settled, dagster_home) -> Lake:
    """A copy of that lake for one test, beside an inbox."""
    shutil.copytree(settled.root, dagster_home / "lake")
    (dagster_home / "inbox").mkdir()
    return Lake(str(dagster_home / "lake"))


def told(answer: object) -> object:
    """What an answer asks for, or why it does not."""
    if isinstance(answer, dg.SkipReason):
        return answer.skip_message
    return [(one.job_name, one.partition_key, one.asset_selection) for one in answer.run_requests]


def test_sensors_that_look_at_once_find_what_each_finds_by_itself(lake, tmp_path, monkeypatch):
    recipe = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    recipe["l2"]["select"]["usefulness_min"] = 0.4
    (tmp_path / "tiers.yaml").write_text(yaml.safe_dump(recipe))
    monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "tiers.yaml"))
    with dg.instance_for_test() as instance:
        names = Looker(instance).names()
        alone = {name: told(Looker(instance).look(name)[0]) for name in names}
        start = Barrier(len(names))

        def looks(name: str) -> list[object]:
            start.wait()
            return [told(Looker(instance).look(name)[0]) for _ in range(ROUNDS)]

        with ThreadPoolExecutor(len(names)) as threads:
            found = dict(zip(names, threads.map(looks, names), strict=True))
    assert len(alone["configuration_change"]) == 8, "a wave of shards that the edit reaches"
    assert found == {name: [answer] * ROUNDS for name, answer in alone.items()}


def test_what_arrives_while_others_look_is_asked_for_once_and_whole(lake, dagster_home):
    arrived = [f"arrived{number}" for number in range(ROUNDS)]
    with dg.instance_for_test() as instance:
        looker = Looker(instance)
        others = [name for name in looker.names() if name != "new_crawl"]

        def arrivals() -> list[str]:
            asked: list[str] = []
            for name in [*arrived, "", ""]:
                if name:
                    (dagster_home / "inbox" / f"{name}.jsonl").write_text(json.dumps({"text": f"{name} one two three"}))
                answer, _ = looker.look("new_crawl")
                asked += [one.partition_key for one in getattr(answer, "run_requests", None) or ()]
            return asked

        with ThreadPoolExecutor(1 + len(others)) as threads:
            asked = threads.submit(arrivals)
            looks = [threads.submit(lambda name=name: [Looker(instance).look(name) for _ in range(ROUNDS)]) for name in others]
            assert all(len(one.result()) == ROUNDS for one in looks)
        known = CrawlRegistry(lake).shards()
    assert sorted(asked.result()) == sorted(shard for shard in known if shard.startswith("arrived")) and len(asked.result()) == len(arrived)
