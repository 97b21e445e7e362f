"""What the service does with many shards, files that arrive at once and several runs at a time, with its history in SQLite and in Postgres.

Shards are registered as `benchmarks.growth` makes them: one goes through all tiers, the others are made from its rows. Then `make ui` runs
as it does for a person, and files are put into its inbox all at once, each a shard of few documents. No language model is asked.
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
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.growth import ROOT, Place
from benchmarks.postgres_server import postgres_server
from benchmarks.sensor_ticks import Looker
from benchmarks.service import MEGABYTE, Watch, service
from benchmarks.synthetic_shards import TextMaker, write_crawl

CONCURRENT = 4
LOOK_SECONDS = 2.0
ARRIVED = "arrived"  # begins the names of files that arrive at once
DOCUMENTS = 4  # of such a file
START_SECONDS, LONGEST_SECONDS = 600, 4 * 3600
STORAGES = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Budget:
    """Shards registered before; files that arrive at once; how many of them are waited for; seconds before they arrive, and rounds of
    looks of all sensors in one process."""

    shards: int
    files: int
    runs: int
    idle_seconds: int
    rounds: int


BUDGETS = {"smoke": Budget(4, 3, 2, 5, 4), "small": Budget(100, 50, 12, 60, 30), "full": Budget(1_000, 500, 200, 600, 200)}


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.load", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with text/*.jsonl.gz or labels/neardup/*.jsonl.gz")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    parser.add_argument("--storage", choices=STORAGES, action="append", help="of the history of runs; default: both, one after the other")
    parser.add_argument("--made", type=Path, help="keep the registered shards in this folder, and begin with those that are in it")
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)  # what a process of its own does
    options = parser.parse_args(arguments)
    budget = BUDGETS[options.budget]
    if options.look:
        print(json.dumps(look_alone(options.look, budget, TextMaker(Path(options.data)))))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure(Path(scratch), options.made or Path(scratch) / "made", options.data, budget, options.storage or STORAGES)
        for name, value in metrics.items():
            print(f"{name:48} {value:14,.3f}")
        # Now: a full lake takes minutes to remove.
        print(json.dumps({"benchmark": "load", "data": options.data, "metrics": metrics}), flush=True)
    return 0 if all(value == 0 for name, value in metrics.items() if name.endswith("runs_failed")) else 1


def measure(scratch: Path, folder: Path, data: str, budget: Budget, storages: tuple[str, ...] | list[str]) -> dict[str, float]:
    """Every metric, beginning with the name of its storage."""
    made = Place(folder.resolve())
    if not folder.exists():
        made.prepare()
    in_own_process(environment_of(made, ""), "benchmarks.synthetic_shards", str(made.root), data, str(budget.shards))
    metrics: dict[str, float] = {}
    for storage in storages:
        place = Place(scratch / storage)
        shutil.copytree(made.root, place.root, ignore=shutil.ignore_patterns("dagster", "crawl"))
        with postgres_server(durable=True) if storage == "postgres" else nullcontext("") as address, in_environment(place, address):
            metrics |= {f"{storage}_{name}": value for name, value in under_load(place, TextMaker(Path(data)), budget).items()}
        shutil.rmtree(place.root)
    alone = Place(scratch / "alone")
    shutil.copytree(made.root, alone.root, ignore=shutil.ignore_patterns("dagster", "crawl"))
    words = ("--data", data, "--budget", next(name for name, one in BUDGETS.items() if one == budget), "--look", str(alone.root))
    looked = in_own_process(environment_of(alone, ""), "benchmarks.load", *words)
    return metrics | json.loads(looked.splitlines()[-1])


def environment_of(place: Place, address: str) -> dict[str, str]:
    """What makes a process work in this place, as the checkout's own settings say but for the number of runs."""
    home, inbox, state = place.root / "home", place.root / "inbox", place.root / "dagster"
    for folder in (home, inbox, state):
        folder.mkdir(exist_ok=True)
    settings = yaml.safe_load((ROOT / ("deploy/postgres" if address else "") / "dagster.yaml").read_text("utf-8"))
    settings["concurrency"]["runs"] = {"max_concurrent_runs": CONCURRENT}
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return place.environment | {"DAGSTER_HOME": str(home), "TIERLINE_INBOX": str(inbox), "TIERLINE_POSTGRES": address}


@contextmanager
def in_environment(place: Place, address: str) -> Iterator[None]:
    """This process too works in the place."""
    before = dict(os.environ)
    os.environ.update(environment_of(place, address))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def in_own_process(environment: dict[str, str], module: str, *arguments: str) -> str:
    """What a module prints."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment | {"PYTHONPATH": path}, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def under_load(place: Place, texts: TextMaker, budget: Budget) -> dict[str, float]:
    """The service at rest, then with files that arrive at once."""
    from tier_assets.instance import open_instance
    from tier_assets.partitions import crawl_shards
    from tierline.crawl import CrawlRegistry
    from tierline.lake import Lake

    with open_instance() as instance, service(environment_now(), place.root / "ui.log") as watch:
        instance.add_dynamic_partitions(crawl_shards.name, CrawlRegistry(Lake(str(place.root / "lake"))).shards())
        began = time.monotonic()
        until(watch, START_SECONDS, lambda: any(tick_seconds(instance, 0.0).values()))
        metrics = {"start_seconds": time.monotonic() - began}
        until(watch, budget.idle_seconds, lambda: False)
        metrics |= {f"idle_tick_seconds_{name}": max(seconds) for name, seconds in tick_seconds(instance, 0.0).items()}
        arrived = drop(place, texts, budget.files)
        metrics["seconds_until_requested"] = until(watch, LONGEST_SECONDS, lambda: len(arrived_runs(instance)) >= budget.files)
        until(watch, LONGEST_SECONDS, lambda: sum(run.end_time is not None for run in arrived_runs(instance)) >= budget.runs)
        metrics |= tick_metrics(instance, arrived) | run_metrics(instance) | watch.metrics()
        size = sum(path.stat().st_size for path in (place.root / "dagster").rglob("*") if path.is_file())
        metrics["state_mb"] = size / MEGABYTE
    return metrics


def environment_now() -> dict[str, str]:
    """The variables that `in_environment` has set, for a process of the service."""
    return {name: value for name, value in os.environ.items() if name.startswith(("TIERLINE_", "DAGSTER_"))}


def until(watch: Watch, seconds: float, done: Any) -> float:
    """Sample the memory until this is true, or for so many seconds; how many passed."""
    began = time.monotonic()
    while time.monotonic() - began < seconds and not done():
        watch.look()
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def drop(place: Place, texts: TextMaker, count: int) -> float:
    """Put files into the inbox within an instant; when."""
    waiting = place.root / "waiting"
    waiting.mkdir()
    for number in range(count):
        write_crawl(waiting / f"{ARRIVED}{number:04d}.jsonl", texts.synthetic(100_000 + number)[:DOCUMENTS])
    moment = time.time()
    for file in sorted(waiting.iterdir()):
        file.rename(place.root / "inbox" / file.name)
    return moment


def arrived_runs(instance: Any) -> list[Any]:
    """Records of the runs of files that arrived, the newest first."""
    import dagster as dg

    found = instance.get_run_records(dg.RunsFilter(job_name="run_shard", tags={"dagster/sensor_name": "new_crawl"}))
    return [record for record in found if record.dagster_run.tags["dagster/partition"].startswith(ARRIVED)]


def run_metrics(instance: Any) -> dict[str, float]:
    """Runs that ended, and how many of them a minute while as many as may were under way."""
    import dagster as dg

    from tier_assets.run_errors import first_error

    runs = arrived_runs(instance)
    ended = [run for run in runs if run.end_time is not None]
    failed = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
    for run in failed:
        print(f"{run.job_name} {run.tags.get('dagster/partition', '')}: {first_error(instance, run)}", file=sys.stderr)
    seconds = max(run.end_time for run in ended) - min(run.start_time for run in ended)
    return {
        "runs_ended": float(len(ended)),
        "runs_failed": float(len(failed)),
        "runs_per_minute": 60 * len(ended) / seconds,
        "run_seconds": statistics.median(run.end_time - run.start_time for run in ended),
    }


def tick_metrics(instance: Any, arrived: float) -> dict[str, float]:
    """The longest look of each sensor while runs were under way."""
    return {f"busy_tick_seconds_{name}": max(seconds) for name, seconds in tick_seconds(instance, arrived).items() if seconds}


def tick_seconds(instance: Any, since: float) -> dict[str, list[float]]:
    """Of every sensor: seconds of the looks that ended since then, as Dagster recorded them."""
    found: dict[str, list[float]] = {}
    for state in instance.all_instigator_state():
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, after=since)
        seconds = [tick.end_timestamp - tick.timestamp for tick in ticks if tick.end_timestamp]
        if seconds:
            found[state.instigator_name] = seconds
    return found


def look_alone(root: Path, budget: Budget, texts: TextMaker) -> dict[str, float]:
    """Processor seconds of each sensor's look beside all shards, of those that take in files that arrived at once, and what looks leave
    behind in memory; in this process, with nothing else under way."""
    from tier_assets.instance import open_instance

    metrics: dict[str, float] = {}
    with open_instance() as instance:
        looker = Looker(instance)
        names = looker.names()
        looks: dict[str, list[float]] = {name: [] for name in names}
        held: list[tuple[int, float]] = []
        for number in range(budget.rounds):
            for name in names:
                looks[name].append(looker.look(name)[1])
            held.append((number, rss_mb()))
        metrics |= {f"look_cpu_seconds_{name}": statistics.median(seconds) for name, seconds in looks.items()}
        later = held[len(held) // 3 :]
        metrics["looks_mb_per_1000"] = 1000 * (later[-1][1] - later[0][1]) / max(1, later[-1][0] - later[0][0])
        drop(Place(root), texts, budget.files)
        metrics["look_cpu_seconds_growing_files"] = looker.look("new_crawl")[1]
        asked, taking = 0, list[float]()
        while asked < budget.files:  # every file is a shard; a look that asks for none ends this
            answer, seconds = looker.look("new_crawl")
            asked += len(answer.run_requests)
            taking.append(seconds)
        metrics |= {"look_cpu_seconds_arrived_files": sum(taking), "looks_for_arrived_files": float(len(taking))}
    return metrics


def rss_mb() -> float:
    """Of this process, now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


if __name__ == "__main__":
    sys.exit(main())
