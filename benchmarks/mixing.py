"""What making a mix costs in one process: rows a second, and memory for each candidate.

Shards of made documents are committed, with a part of them selected again and checked for contamination, and a mix of both tables is drawn
and committed, each time in a process of its own; `memory_bytes_a_candidate` compares a lake with one of a quarter of its documents.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.peak_memory import peak_mb
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, decision_table
from tierline.mixes import MixRecipe, MixSource, read_pools, sample_mix
from tierline.mixes.pools import pool_inputs
from tierline.mixes.recipe import CurriculumPart
from tierline.tables import TABLES, content_id, stage_tables

BUDGETS = {"smoke": (400, 1), "small": (80_000, 3), "full": (800_000, 3)}  # documents; runs
SHARDS = 8
SELECTED = 3  # every third document
WORDS = ("harbour", "granite", "ledger", "meadow", "signal", "canyon", "barley", "lantern", "orchard", "timber", "valley", "window")
TOKENS = (20, 200)  # of a document, one for each word


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.mixing", description=__doc__)
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--keep", type=Path, help="make the lakes in this folder, or use those that are there")
    options = parser.parse_args(arguments)
    documents, runs = BUDGETS[options.budget]
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure(options.keep or Path(scratch), documents, runs)
    for name, value in metrics.items():
        print(f"{name:26} {value:14,.2f}")
    print(json.dumps({"benchmark": "mixing", "metrics": metrics}))
    return 0


def measure(folder: Path, documents: int, runs: int) -> dict[str, float]:
    """Medians of several runs of the larger lake, and what its documents add to the peak of the smaller one."""
    made: list[dict[str, float]] = []
    for size in (documents // 4, documents):
        root = folder / f"lake-{size}"
        if not root.exists():
            write_lake(Lake(str(root)), size)
        made.append({})
        found = [alone(str(root), size) for _ in range(runs)]
        made[-1] = {name: statistics.median(one[name] for one in found) for name in found[0]}
    few, many = made
    added = 1024**2 * (many["peak_mb"] - few["peak_mb"]) / (many["candidates"] - few["candidates"])
    return many | {"memory_bytes_a_candidate": added}


def alone(root: str, documents: int) -> dict[str, float]:
    """The same from a process that does nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(make_mix, root, documents).result()


def recipe_for(documents: int) -> MixRecipe:
    """It draws about nine tenths of what the selected documents offer in two passes, and half of all others."""
    tokens = documents * sum(TOKENS) // 2
    return MixRecipe(
        "pretrain",
        int(tokens * 1.1),
        (MixSource("l1_filtered", 1.0), MixSource("l2_selected", 1.2)),
        epochs_max=2,
        seed=17,
        curriculum=(CurriculumPart("stable", 0.8), CurriculumPart("decay", 0.2, {"l1_filtered": 0.0})),
    )


def make_mix(root: str, documents: int) -> dict[str, float]:
    """Draws, commits; seconds by the clock and of the processor, MB at the peak of this process."""
    lake, recipe = Lake(root), recipe_for(documents)
    before, began, used = peak_mb(), time.perf_counter(), time.process_time()
    pools = read_pools(lake, recipe)
    activity = Activity.begin(recipe.stage, WHOLE_LAKE, "1", recipe, pool_inputs(pools))
    read = time.perf_counter()
    result = sample_mix(lake, recipe, pools)
    sampled = time.perf_counter()
    manifest = lake.commit(activity, result)
    ended = time.perf_counter()
    return {
        "candidates": float(result.ledgers[recipe.stage][0]),
        "rows": float(manifest.rows),
        "seconds_read": read - began,
        "seconds_sample": sampled - read,
        "seconds_commit": ended - sampled,
        "processor_seconds": time.process_time() - used,
        "rows_a_second": manifest.rows / (ended - began),
        "rows_a_processor_second": manifest.rows / (time.process_time() - used),
        "peak_mb": peak_mb() - before,
        "digest": float(int(manifest.digest[:8], 16)),
    }


def write_lake(lake: Lake, documents: int) -> None:
    """Shards with as many documents each, promoted."""
    for number in range(SHARDS):
        rows = list(made_documents(number, documents // SHARDS))
        shard = f"made-{number:06}"
        source = commit(lake, "l1_filtered", rows, shard)
        commit(lake, "l1_contamination", [], shard, {f"l1_filtered/{shard}": source})
        commit(lake, "l2_selected", rows[::SELECTED], shard)


def made_documents(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Of words at random."""
    random = np.random.default_rng(seed)
    for number, length in enumerate(random.integers(*TOKENS, count).tolist()):
        text = " ".join(WORDS[word] for word in random.integers(0, len(WORDS), length).tolist())
        row = {"doc_id": content_id("doc", str(seed), number), "text": text, "tokens": length, "language": "en"}
        yield row | {"url": f"https://site{number % 1000}.example/{number}", "domain": f"site{number % 1000}.example"}


def commit(lake: Lake, stage: str, rows: list[dict[str, Any]], shard: str, inputs: dict[str, str] | None = None) -> str:
    """Commits rows as if a stage had kept all that it was given, and lets them pass; returns their digest."""
    tables = {name: pa.schema(TABLES[name].columns).empty_table() for name in stage_tables(stage)}
    tables[stage] = pa.Table.from_pylist(rows, schema=pa.schema(TABLES[stage].columns))
    decisions = decision_table({"row_id": row["doc_id"], "outcome": "kept"} for row in rows)
    manifest = lake.commit(Activity.begin(stage, shard, "1", (), inputs or {}), StageResult(tables, {stage: (len(rows), decisions)}))
    lake.record(Verdict(stage, shard, manifest.stage_digest, "test", "0", True, "[]"))
    return manifest.digest


if __name__ == "__main__":
    sys.exit(main())
