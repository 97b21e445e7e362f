"""What one more shard costs beside 10, 100 and 1,000 registered ones: seconds, bytes read and memory of its own run.

One shard goes through all tiers; the others are made from its rows (`benchmarks.synthetic_shards`). Then further real shards are added at
each size, each by a run of its own in a process that has run one before, and the medians are compared. The recipe asks no language
model: no judge, no perplexity and no edit, for a model's seconds would drown what is looked for; all stages run nevertheless.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.peak_memory import peak_mb
from benchmarks.sensor_ticks import Looker
from benchmarks.synthetic_shards import TextMaker, run_job, write_crawl

ROOT = Path(__file__).parents[1]
BUDGETS = {"smoke": ((3, 6), 1), "small": ((10, 100), 3), "full": ((10, 100, 1000), 7)}  # shards registered before; shards added
LOOKS = 3  # at a sensor's tick, of which the last counts: the first one looks at everything that is new


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one lake."""

    root: Path

    @property
    def crawl(self) -> Path:
        """One file a shard."""
        return self.root / "crawl"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process work in this place, with no language model."""
        return {
            "DAGSTER_HOME": str(ROOT),
            "TIERLINE_STATE": str(self.root / "dagster"),
            "TIERLINE_LAKE": str(self.root / "lake"),
            "TIERLINE_TABLES": str(self.root / "tables"),
            "TIERLINE_EXPORTS": str(self.root / "mixes"),
            "TIERLINE_INBOX": str(self.crawl),
            "TIERLINE_RECIPE": str(self.root / "tiers.yaml"),
        }

    def prepare(self) -> None:
        """Folders and recipe."""
        for folder in (self.crawl, self.root / "dagster"):
            folder.mkdir(parents=True)
        recipe = yaml.safe_load((ROOT / "recipes" / "tiers.yaml").read_text("utf-8"))
        recipe["l0"]["shards"] = {"shard_bytes": 1}  # a shard for each file
        recipe["l2"]["annotate"] |= {"probe": False, "scales": [], "sample_per_shard": 0}
        recipe["l2"]["score"]["perplexity_languages"] = []
        recipe["l3"]["edit"] |= {"edits_per_shard": 0, "questions_per_shard": 0}
        none = [0, None]  # without edits and structured data there are no facts
        recipe["gates"]["bounds"] = {"l4_facts": {"rows_in": none}, "mix_alignment": {"rows_in": none, "rows": none}}
        (self.root / "tiers.yaml").write_text(yaml.safe_dump(recipe))


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.growth", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with text/*.jsonl.gz or labels/neardup/*.jsonl.gz")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--keep", type=Path, help="keep the lakes in this folder, one for each size, as they were before shards were added")
    parser.add_argument("--add", type=int, nargs=2, metavar=("SIZE", "SHARDS"), help=argparse.SUPPRESS)  # what a process of its own does
    options = parser.parse_args(arguments)
    texts = TextMaker(Path(options.data))
    if options.add:
        print(json.dumps(add_shards(Place(options.keep), texts, *options.add)))
        return 0
    sizes, added = BUDGETS[options.budget]
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure(options.keep or Path(scratch), options.data, texts, sizes, added)
    for name, value in metrics.items():
        print(f"{name:32} {value:14,.3f}")
    print(json.dumps({"benchmark": "growth", "data": options.data, "metrics": metrics}))
    return 0


def measure(scratch: Path, data: str, texts: TextMaker, sizes: tuple[int, ...], added: int) -> dict[str, float]:
    """Every metric of each size, then how the largest compares with the smallest."""
    metrics: dict[str, float] = {}
    growing = Place(scratch / "growing")
    growing.prepare()
    for size in sizes:
        began = time.perf_counter()
        in_own_process(growing, "benchmarks.synthetic_shards", str(growing.root), data, str(size))
        metrics[f"build_seconds_{size}"] = time.perf_counter() - began
        place = Place(scratch / f"lake{size}")
        shutil.copytree(growing.root, place.root)  # times of change too: the copy's cache is as good as the original's
        words = in_own_process(place, "benchmarks.growth", "--data", data, "--keep", str(place.root), "--add", str(size), str(added))
        metrics |= {f"{name}_{size}": value for name, value in json.loads(words.splitlines()[-1]).items()}
    metrics["peak_rss_mb"] = max(metrics[f"rss_mb_{size}"] for size in sizes)
    few, many = sizes[0], sizes[-1]
    metrics[f"growth_{many // few}x"] = metrics[f"seconds_per_shard_{many}"] / metrics[f"seconds_per_shard_{few}"]
    metrics["bytes_read_growth"] = metrics[f"bytes_read_{many}"] / metrics[f"bytes_read_{few}"]
    return metrics


def in_own_process(place: Place, module: str, *arguments: str) -> str:
    """What a module prints, run in this place."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    environment = os.environ | place.environment | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def add_shards(place: Place, texts: TextMaker, size: int, added: int) -> dict[str, float]:
    """Medians of `added` further shards, what a repeated ingest, a look at the flow and the sensors' ticks cost; in this process."""
    import dagster as dg

    from ingest import ingest_files
    from tier_assets.jobs import build_shared, run_shard
    from tier_assets.partitions import crawl_shards
    from tierline.crawl import CrawlRegistry, PackRules
    from tierline.lake import Lake

    own = Path(tempfile.mkdtemp(prefix="added-", dir=place.root))
    files = [write_crawl(own / f"added{number}.jsonl", texts.real(number + 1)) for number in range(added + 1)]
    runs: list[Cost] = []
    metrics: dict[str, float] = {}
    with dg.DagsterInstance.get() as instance:

        def run(job: str, shard: str | None) -> Cost:
            return cost(lambda: run_job(instance, job, shard))

        registry = CrawlRegistry(Lake(str(place.root / "lake")))
        instance.add_dynamic_partitions(crawl_shards.name, registry.shards())
        for file in files:
            (shard,) = registry.register([file], PackRules())
            instance.add_dynamic_partitions(crawl_shards.name, [shard])
            runs.append(run(run_shard.name, shard))
        metrics["first_run_seconds"] = runs[0].seconds  # imports, kernels, caches
        metrics["seconds_per_shard"] = statistics.median(run.seconds for run in runs[1:])
        metrics["cpu_seconds_per_shard"] = statistics.median(run.cpu_seconds for run in runs[1:])
        metrics["bytes_read"] = statistics.median(run.bytes_read for run in runs[1:])
        run(build_shared.name, None)  # whatever is made once
        combined = run(build_shared.name, None)
        metrics |= {"combine_seconds": combined.seconds, "combine_bytes_read": combined.bytes_read}
        metrics |= ticks(instance)
    flow = [sys.executable, "-c", "import sys; from tierline.cli import main; sys.exit(main())", "flow"]
    metrics["flow_seconds"] = cost(lambda: subprocess.run(flow, check=True, stdout=subprocess.DEVNULL)).seconds
    known = [file for shard in registry.shards() for file in registry.files(shard)]
    ingest_files(known)  # compiles what no run has needed yet, once a machine
    repeated = cost(lambda: ingest_files(known))
    metrics |= {"noop_seconds": repeated.seconds, "noop_cpu_seconds": repeated.cpu_seconds, "noop_bytes_read": repeated.bytes_read}
    metrics["rss_mb"] = peak_mb()
    return metrics


def ticks(instance: Any) -> dict[str, float]:
    """Processor seconds of a tick of each sensor, while no run is under way and no file is new."""
    looker = Looker(instance)
    return {f"tick_cpu_seconds_{name}": [looker.look(name)[1] for _ in range(LOOKS)][-1] for name in looker.names()}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some work in this process; bytes read from files and from their cache alike."""

    seconds: float
    cpu_seconds: float
    bytes_read: int


def cost(work: Callable[[], object]) -> Cost:
    """Do the work."""
    before = time.perf_counter(), time.process_time(), bytes_read()
    work()
    return Cost(time.perf_counter() - before[0], time.process_time() - before[1], bytes_read() - before[2])


def bytes_read() -> int:
    """By this process, until now."""
    return int(Path("/proc/self/io").read_text("ascii").split("rchar:")[1].split()[0])


if __name__ == "__main__":
    sys.exit(main())
