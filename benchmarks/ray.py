"""Takes the same pages through the heavy stages in this process, and on a Ray cluster of one and of two nodes of this machine.

Run it from `.venv-engines` (`make engines`). A node has one task at a time; stages are those of the assets, from a crawl file to L3's
edits, without a lake. Speed-up is stated in processor time, which other programs on the machine do not lengthen as they do wall time: what
the driver takes, and behind it, as if nothing overlapped, the busiest node. At last one of the two nodes is lost in the middle.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.filtering import crawl_files
from benchmarks.filtering_sides import write_shards
from benchmarks.ray_cluster import Watched, cluster
from benchmarks.ray_stages import digests, through_stages
from examples.write_crawl import write_crawl
from tierline.compute.on_ray import RayWorkers
from tierline.compute.workers import IN_PROCESS

BUDGETS = {"smoke": 60, "small": 600, "full": 6_000}  # pages
WARM_UP_PAGES = 40
PAGES_PER_FILE = 40  # of the bundled crawl, about


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.ray", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with *.warc.gz below crawl; by default the bundled crawl")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure(options.data, Path(scratch), BUDGETS[options.budget])
    for name, value in metrics.items():
        print(f"{name:34} {value:10.3f}")
    print(json.dumps({"benchmark": "ray", "data": str(options.data or "bundled crawl"), "metrics": metrics}))
    return 0


def measure(data: Path | None, scratch: Path, pages: int) -> dict[str, float]:
    """Processor seconds of driver and nodes, their ratio, equality of rows, and the rows that were done again after the loss of a node."""
    few, files = pages_in(data, scratch / "few", WARM_UP_PAGES), pages_in(data, scratch / "all", pages)
    through_stages(few, IN_PROCESS)
    began = time.process_time()
    expected = digests(through_stages(files, IN_PROCESS))
    metrics = {"processor_s_in_process": time.process_time() - began}
    workers, equal = RayWorkers("auto"), list[bool]()
    with cluster(0) as nodes:
        for count in (1, 2):
            nodes.add()
            through_stages(few, workers)
            watched = Watched(workers, scratch / f"nodes-{count}")
            began, wall = time.process_time(), time.perf_counter()
            equal.append(digests(through_stages(files, watched)) == expected)
            metrics[f"wall_s_{count}"] = time.perf_counter() - wall
            metrics[f"processor_s_driver_{count}"] = time.process_time() - began
            metrics[f"processor_s_busiest_node_{count}"] = max(watched.seconds_by_process().values())
        lost = Watched(workers, scratch / "lost", nodes.lose, after=len(watched.starts()) // 2)
        equal.append(digests(through_stages(files, lost)) == expected)
    worked, again = lost.rows_done_again()
    one, two = (metrics[f"processor_s_driver_{count}"] + metrics[f"processor_s_busiest_node_{count}"] for count in (1, 2))
    return metrics | {
        "rows_worked_on": float(worked),
        "speedup_2": one / two,
        "speedup_2_wall": metrics["wall_s_1"] / metrics["wall_s_2"],
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
