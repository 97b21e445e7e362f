"""What an operation costs beside 100, 1,000 and 10,000 registered shards, in processor seconds: which one breaks first.

The shards are simulated (`benchmarks.simulated_shards`): they have all records, files and commits of real ones, and a row in each table.
`benchmarks.growth` measures the run of a real shard. Each size is measured in two processes: the first one has lost the lake's cache, as
a new machine has; the second one finds it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.growth import cost
from benchmarks.peak_memory import peak_mb
from benchmarks.simulated_shards import Simulation, combine, commit, document_of, next_commit, without_syncs
from tierline.freshness import survey
from tierline.freshness.report import refused, status_lines
from tierline.freshness.settings import Settings
from tierline.lake import Lake

ROOT = Path(__file__).parents[1]
BUDGETS = {"smoke": (3, 6), "small": (100, 1_000), "full": (100, 1_000, 10_000)}  # shards
COMMITS = 5  # of which the median counts
COMMITTED = "l2_selection_diff"  # the stage of which they are
SENSORS = "configuration_change", "promotion_change", "reconcile_duplicates"
PARTITIONED = "l1_filtered"  # the asset whose page is looked at
PROCESSES = "without_cache", "with_cache"


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.many_shards", description=__doc__)
    parser.add_argument("--data", help="not needed: the shards are made")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    parser.add_argument("--at", type=Path, help="make the lake in this folder and keep it; 10,000 shards take 11 GB")
    parser.add_argument("--in-process", nargs=2, metavar=("PROCESS", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.in_process:
        process, folder = options.in_process
        print(json.dumps(dict(measured(process, Path(folder)))))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(options.at or Path(scratch), BUDGETS[options.budget])
    sizes = list(found)
    print(f"{'processor seconds, at shards':40}", *(f"{size:>10,}" for size in sizes))
    for name in found[sizes[0]]:
        print(f"{name:40}", *(f"{found[size][name]:10,.3f}" for size in sizes))
    metrics = {f"{name}_{size}": value for size, values in found.items() for name, value in values.items()}
    print(json.dumps({"benchmark": "many_shards", "metrics": metrics}))
    return 0


def measure(folder: Path, sizes: tuple[int, ...]) -> dict[int, dict[str, float]]:
    """Every figure of each size; the lake grows from one to the next."""
    without_syncs()
    for name in ("dagster", "inbox"):
        (folder / name).mkdir(parents=True)
    simulation = Simulation(folder / "lake", Settings.of_environment().configuration())
    found: dict[int, dict[str, float]] = {}
    for size in sizes:
        built = cost(lambda size=size: simulation.extend(size))
        found[size] = {"writing these shards": built.cpu_seconds}
        for process in PROCESSES:
            found[size] |= in_process(process, folder)
    return found


def in_process(process: str, folder: Path) -> dict[str, float]:
    """What a process of its own measures."""
    places = {"LAKE": "lake", "STATE": "dagster", "INBOX": "inbox", "TABLES": "tables", "EXPORTS": "mixes"}
    environment = os.environ | {"DAGSTER_HOME": str(ROOT)} | {f"TIERLINE_{name}": str(folder / place) for name, place in places.items()}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.many_shards", "--in-process", process, str(folder)]
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said.splitlines()[-1])


def measured(process: str, folder: Path) -> Iterator[tuple[str, float]]:
    """(what, processor seconds) of one of PROCESSES, and the peak of its memory in MB."""
    without_syncs()
    root = folder / "lake"
    configuration = Settings.of_environment().configuration()
    configuration.fingerprint(Lake(str(folder / "none")))  # reads weights and files, once for a process of any lake
    if process == "without_cache":
        shutil.rmtree(root / "_derived", ignore_errors=True)
        lake = Lake(str(root))
        yield "first look of a machine without cache", seconds(lambda: survey(lake, configuration))
        combine(lake, configuration)
    else:
        lake = Lake(str(root))
        yield "open the lake, list shards", seconds(lambda: shards_of(lake))
        yield "open a table in another engine", seconds(lambda: other_engine(root))
        yield "what is out of date: first in a process", seconds(lambda: survey(lake, configuration))
        yield "what is out of date: again", seconds(lambda: survey(lake, configuration))
        yield "status, after that", seconds(lambda: (status_lines(lake, []), refused(lake)))
        yield from commits(lake, configuration)
        yield from traces(lake)
        yield from dagster_steps(lake)
    yield f"peak memory, MB, {process}", peak_mb()


def shards_of(lake: Lake) -> list[str]:
    """In order of registration."""
    from tierline.crawl import CrawlRegistry

    return CrawlRegistry(lake).shards()


def other_engine(root: Path) -> int:
    """Files of the largest table, as any reader of Delta tables finds them out."""
    from deltalake import DeltaTable

    return len(DeltaTable(str(root / "activities")).file_uris())


def commits(lake: Lake, configuration: Any) -> Iterator[tuple[str, float]]:
    """Of one stage of the last shard, with verdict and publication, then what is out of date once a commit is new."""
    last = shards_of(lake)[-1]
    taken: list[float] = []
    for _ in range(COMMITS):
        activity, result = next_commit(lake, configuration, COMMITTED, last)
        taken.append(seconds(lambda activity=activity, result=result: commit(lake, configuration, activity, result)))
    yield "commit a stage, judged and published", statistics.median(taken)
    yield "what is out of date: after a commit", seconds(lambda: survey(lake, configuration))


def traces(lake: Lake) -> Iterator[tuple[str, float]]:
    """From L2 to the crawl file."""
    from tierline.lineage.trace import trace

    first, *_, last = shards_of(lake)
    rows = [lake.read_promoted("l2_selected", shard, ["doc_id"])[0]["doc_id"][0].as_py() for shard in (first, last)]
    assert rows[0] == document_of(first)
    yield "trace a row: first of a machine", seconds(lambda: trace(lake, rows[0]))
    yield "trace a row: again", seconds(lambda: trace(lake, rows[1]))


def dagster_steps(lake: Lake) -> Iterator[tuple[str, float]]:
    """Partitions, the sensors' ticks, and what the page of an asset asks for."""
    import dagster as dg
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

    from tier_assets.partitions import crawl_shards

    shards, key = shards_of(lake), dg.AssetKey(PARTITIONED)
    with dg.DagsterInstance.get() as instance:
        known = set(instance.get_dynamic_partitions(crawl_shards.name))
        new = [shard for shard in shards if shard not in known]
        yield "register the partitions that are new", seconds(lambda: instance.add_dynamic_partitions(crawl_shards.name, new))
        yield "register one more partition", seconds(lambda: instance.add_dynamic_partitions(crawl_shards.name, shards[-1:]))
        yield from ticks(instance)
        for shard in new:
            instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=shard))

        def page() -> object:
            return get_and_update_asset_status_cache_value(instance, key, crawl_shards, instance)

        yield "status of an asset's partitions: first", seconds(page)
        yield "status of an asset's partitions: again", seconds(page)


def ticks(instance: Any) -> Iterator[tuple[str, float]]:
    """Of each sensor: the first one after a change, and the next."""
    import dagster as dg

    import sensors
    from definitions import defs
    from resources import configured_resources

    for name in SENSORS:
        cursor = None
        for when in ("first", "again"):
            context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs, resources=configured_resources())
            tick = Tick(getattr(sensors, name), context)
            yield f"tick of {name}: {when}", seconds(tick)
            cursor = getattr(tick.answer, "cursor", None) or context.cursor


@dataclass
class Tick:
    """A sensor's look at a lake, and its answer."""

    sensor: Callable[[Any], Any]
    context: Any
    answer: Any = None

    def __call__(self) -> None:
        self.answer = self.sensor(self.context)


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process."""
    return cost(work).cpu_seconds


if __name__ == "__main__":
    sys.exit(main())
