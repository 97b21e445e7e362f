"""Measures how fast a crawl becomes L1, against datatrove on the same WARC files, two workers each, with the rules both have."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.filtering_languages import PAGES, language_metrics
from benchmarks.filtering_sides import floor_seconds, run_shard, stage_shares, start_worker, write_shards

# (pages, turns): medians are taken over the turns.
BUDGETS = {"smoke": (24, 1), "small": (240, 3), "full": (1_000_000, 3)}
WARM_UP_PAGES = 6
MARKED = "debian-docs"  # the set that docs/benchmarks.md names; where it is absent, every WARC file is taken


def main(arguments: list[str] | None = None) -> int:
    """Prints tables and one JSON line; the sides take turns on the same two files, start-up is not timed on either."""
    parser = argparse.ArgumentParser(prog="benchmarks.filtering", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with crawl/debian-docs/*.warc.gz, or any *.warc.gz below crawl")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--languages-only", action="store_true", help="what L1 drops of good prose, by language; no speed")
    parts.add_argument("--speed-only", action="store_true", help="speed beside the peer; no languages")
    options = parser.parse_args(arguments)
    files = crawl_files(Path(options.data))
    labels = Path(options.data) / "labels"
    metrics = {} if options.speed_only else language_metrics(labels, PAGES[options.budget])
    skipped = [] if metrics else ["languages"]
    if files and not options.languages_only:
        with tempfile.TemporaryDirectory() as scratch:
            metrics |= measure(files, Path(scratch), *BUDGETS[options.budget])
    elif not options.languages_only:
        parser.error(f"no *.warc.gz below {options.data}; name a folder that holds crawl files")
    for name, value in metrics.items():
        print(f"{name:28} {value:10.3f}")
    print(json.dumps({"benchmark": "filtering", "data": options.data, "metrics": metrics, "skipped": skipped}))
    return 0


def crawl_files(data: Path) -> list[Path]:
    """The crawl files to measure on, in order."""
    found = sorted((data / "crawl").rglob("*.warc.gz")) or sorted(data.rglob("*.warc.gz"))
    return [path for path in found if MARKED in path.parts] or found


def measure(files: Sequence[Path], scratch: Path, pages: int, turns: int) -> dict[str, float]:
    """Medians over the turns: speeds beside the peer, scaling, floor, memory, and shares of time by stage."""
    (scratch / "few").mkdir()
    shards = [str(path) for path in write_shards(files, scratch, pages)]
    warm_up = str(write_shards(files, scratch / "few", WARM_UP_PAGES)[0])
    ratios: dict[str, list[float]] = {"speed_vs_datatrove": [], "cpu_speed_vs_datatrove": [], "scaling_2": [], "floor_share": []}
    seconds: dict[str, list[float]] = {"one": [], "two": [], "datatrove": []}
    shares: list[dict[str, float]] = []
    with ExitStack() as stack:
        one = stack.enter_context(workers("tierline", 1, warm_up))
        two = stack.enter_context(workers("tierline", 2, warm_up))
        peer = stack.enter_context(workers("datatrove", 2, warm_up))
        for turn in range(turns):
            floor = sum(one.map(floor_seconds, shards))
            serial, alone = timed(one, "tierline", shards, scratch / f"one-{turn}")
            parallel, ours = timed(two, "tierline", shards, scratch / f"two-{turn}")
            theirs, peers = timed(peer, "datatrove", shards, scratch / f"peer-{turn}")
            shares += one.map(stage_shares, shards[:1], [str(scratch / f"stages-{turn}")])
            for name, value in (("one", serial), ("two", parallel), ("datatrove", theirs)):
                seconds[name].append(value)
            ratios["speed_vs_datatrove"].append(theirs / parallel)
            used = [sum(run["cpu_seconds"] for run in runs) for runs in (peers, ours)]
            ratios["cpu_speed_vs_datatrove"].append(used[0] / used[1])
            ratios["scaling_2"].append(serial / parallel)
            ratios["floor_share"].append(floor / sum(run["cpu_seconds"] for run in alone))
    documents = sum(run["documents"] for run in ours)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        **{name: statistics.median(values) for name, values in ratios.items()},
        "docs_per_s_core": documents / middle["one"],
        "docs_per_s_two": documents / middle["two"],
        "docs_per_s_two_by_datatrove": documents / middle["datatrove"],
        "peak_rss_mb": max(run["peak_rss_mb"] for run in (*ours, *alone)),
        "peak_rss_mb_by_datatrove": max(run["peak_rss_mb"] for run in peers),
        "documents": documents,
        "documents_by_datatrove": sum(run["documents"] for run in peers),
        "kept": sum(run["kept"] for run in ours),
        "kept_by_datatrove": sum(run["kept"] for run in peers),
        **{f"share_{stage}": statistics.median(share.get(stage, 0.0) for share in shares) for stage in sorted(shares[0])},
    }


@contextmanager
def workers(side: str, count: int, warm_up: str) -> Iterator[ProcessPoolExecutor]:
    """A pool of spawned processes that have imported and warmed up all they need, each on a core of its own."""
    context = multiprocessing.get_context("spawn")
    processors, ready = context.Queue(), context.Barrier(count + 1)
    available = sorted(os.sched_getaffinity(0))
    for number in range(count):
        processors.put(available[number % len(available)])
    with ProcessPoolExecutor(count, context, start_worker, (side, warm_up, processors, ready)) as pool:
        for _ in range(count):
            pool.submit(os.getpid)  # starts a process
        ready.wait(timeout=300)
        yield pool


def timed(pool: ProcessPoolExecutor, side: str, shards: Sequence[str], output: Path) -> tuple[float, list[dict[str, Any]]]:
    """Wall seconds until the last shard is done, and what each run says of itself."""
    began = time.perf_counter()
    runs = list(pool.map(run_shard, [side] * len(shards), shards, [f"{output}-{number}" for number in range(len(shards))]))
    return time.perf_counter() - began, runs


if __name__ == "__main__":
    sys.exit(main())
