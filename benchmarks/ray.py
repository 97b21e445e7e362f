"""Takes the same pages through the heavy stages in this process, and on a Ray cluster of one and of two nodes of this machine.

Run it from `.venv-engines` (`make engines`). A node has one task at a time; stages are those of the assets, from a crawl file to L3's
edits, without a lake. Speed-up is stated in processor time, which other programs on the machine do not lengthen as they do wall time: what
the driver takes, and behind it, as if nothing overlapped, the busiest node. At last one of the two nodes is lost in the middle. So are
the facts of a lake of claims about invented countries found, their forms made, and a mix.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.filtering import crawl_files
from benchmarks.filtering_sides import write_shards
from benchmarks.ray_cluster import Watched, cluster
from benchmarks.ray_stages import digests, lake_jobs, through_stages
from examples.write_crawl import write_crawl
from tierline.compute.on_ray import RayWorkers
from tierline.compute.workers import IN_PROCESS

BUDGETS = {"smoke": (60, 12), "small": (600, 1_200), "full": (6_000, 3_000)}  # pages; countries that claims are about
WARM_UP_PAGES, WARM_UP_COUNTRIES = 300, 4  # so many that each of two workers has had batches of every stage, and loaded what they need
PAGES_PER_FILE = 40  # of the bundled crawl, about


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.ray", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with *.warc.gz below crawl; by default the bundled crawl")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure(options.data, Path(scratch), *BUDGETS[options.budget])
    for name, value in metrics.items():
        print(f"{name:34} {value:10.3f}")
    print(json.dumps({"benchmark": "ray", "data": str(options.data or "bundled crawl"), "metrics": metrics}))
    return 0


def measure(data: Path | None, scratch: Path, pages: int, countries: int) -> dict[str, float]:
    """Processor seconds of driver and nodes, their ratio, equality of rows, and the rows that were done again after the loss of a node."""
    few, files = pages_in(data, scratch / "few", WARM_UP_PAGES), pages_in(data, scratch / "all", pages)
    warm_up = [partial(through_stages, few), *lake_jobs(scratch / "few-claims", WARM_UP_COUNTRIES).values()]
    jobs = {"": partial(through_stages, files)} | lake_jobs(scratch / "claims", countries)
    for run in warm_up:
        run(IN_PROCESS)
    metrics: dict[str, float] = {}
    expected: dict[str, list[str]] = {}
    for job, run in jobs.items():
        began = time.process_time()
        expected[job] = digests(run(IN_PROCESS))
        metrics[f"{job}processor_s_in_process"] = time.process_time() - began
    workers, equal = RayWorkers("auto"), list[bool]()
    with cluster(0) as nodes:
        for count in (1, 2):
            nodes.add()
            for run in warm_up:
                run(workers)
            for job, run in jobs.items():
                watched = Watched(workers, scratch / f"{job}nodes-{count}")
                began, wall = time.process_time(), time.perf_counter()
                equal.append(digests(run(watched)) == expected[job])
                metrics[f"{job}wall_s_{count}"] = time.perf_counter() - wall
                metrics[f"{job}processor_s_driver_{count}"] = time.process_time() - began
                metrics[f"{job}processor_s_busiest_node_{count}"] = max(watched.seconds_by_process().values())
        lost = Watched(workers, scratch / "lost", nodes.lose, after=len(Watched.starts_in(scratch / "nodes-2")) // 2)
        equal.append(digests(through_stages(files, lost)) == expected[""])
    worked, again = lost.rows_done_again()
    for job in jobs:
        one, two = (metrics[f"{job}processor_s_driver_{count}"] + metrics[f"{job}processor_s_busiest_node_{count}"] for count in (1, 2))
        metrics |= {f"{job}speedup_2": one / two, f"{job}speedup_2_wall": metrics[f"{job}wall_s_1"] / metrics[f"{job}wall_s_2"]}
    return metrics | {
        "rows_worked_on": float(worked),
        "rows_redone_after_node_loss": float(again),
        "rows_redone_after_node_loss_share": again / worked,
        "digest_equal": float(all(equal)),
    }


def pages_in(data: Path | None, folder: Path, pages: int) -> list[str]:
    """Crawl files that hold about so many pages; the bundled crawl has no more than it has."""
    if data is None:
        return [str(path) for path in write_crawl(folder)][: max(1, pages // PAGES_PER_FILE)]
    folder.mkdir()
    return [str(write_shards(crawl_files(data), folder, 2 * pages)[0])]


if __name__ == "__main__":
    raise SystemExit(main())
