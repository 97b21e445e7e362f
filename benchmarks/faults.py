"""Injects faults into real runs and checks what must hold after each: nothing lost, the cause told in a line, the rerun as if undisturbed.

A small crawl goes through all tiers with Dagster, the lake, the model's process and its journals as they are in use; the language model is
a server on loopback. Each lake meets several faults on its way; what was committed before a fault is read after it. A lake has a disk of
its own in memory where the benchmark runs as root; elsewhere a full disk is an injected error.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from benchmarks.faulting.campaign import Bench, Record
from benchmarks.faulting.model_server import ModelServer
from benchmarks.faulting.places import Crawl
from benchmarks.faulting.plan import BUDGETS, asks_much, planned

SEED = 18


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.faults", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl/*.warc.gz, some records of which are read too")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--kinds", default="", help="only kinds whose names contain one of these, separated by commas")
    parser.add_argument("--workers", type=int, default=2, help="lakes at a time")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tierline-faults-") as folder:
        records = inject(Path(folder), options.data, options.budget, [name for name in options.kinds.split(",") if name], options.workers)
    print(table(records))
    for record in records:
        if not record.good:
            print(f"{record.fault}: {record.told}")
    print(json.dumps({"benchmark": "faults", "data": str(options.data), "metrics": metrics(records)}))
    return 0


def inject(folder: Path, data: Path, budget: str, only: list[str], workers: int = 1) -> list[Record]:
    """A record of every fault that was met."""
    folder.chmod(0o755)  # some runs are another user's
    model = ModelServer()
    bench = Bench(folder, Crawl.write(folder / "crawl", data), model)
    try:
        plan = list(planned(bench, budget, SEED, only))  # makes the lakes that are met
        with ThreadPoolExecutor(workers) as pool:
            together = pool.map(lambda one: bench.run(*one, SEED), [one for one in plan if not asks_much(one[1])])
            records = list(chain.from_iterable(together))
        for base, faults in plan:
            if asks_much(faults):  # there is one model server
                records += bench.run(base, faults, SEED)
    finally:
        model.close()
        bench.close()
    return [record for record in records if record.injected]


def metrics(records: list[Record]) -> dict[str, int]:
    """Over all faults."""
    return {
        "faults": len(records),
        "kinds": len({record.fault.kind for record in records}),
        "rows_lost": sum(record.rows_lost for record in records),
        "digests_equal": int(not any(record.differences or record.rerun or record.unreadable for record in records)),
        "unnamed_causes": sum(bool(record.unnamed) for record in records),
        "left_behind": sum(len(record.left) for record in records),
        "faults_with_findings": sum(not record.good for record in records),
    }


def table(records: list[Record]) -> str:
    """A line for each kind."""
    kinds: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        kinds[record.fault.kind].append(record)
    head = f"{'kind':26}{'faults':>8}{'good':>6}{'unnamed':>9}{'unreadable':>12}{'rerun':>7}{'differs':>9}{'lost':>6}{'left':>6}"
    lines = [head]
    for kind, own in sorted(kinds.items()):
        counts = [
            len(own),
            sum(record.good for record in own),
            sum(bool(record.unnamed) for record in own),
            sum(bool(record.unreadable) for record in own),
            sum(bool(record.rerun) for record in own),
            sum(bool(record.differences) for record in own),
            sum(record.rows_lost for record in own),
            sum(len(record.left) for record in own),
        ]
        widths = (8, 6, 9, 12, 7, 9, 6, 6)
        lines.append(f"{kind:26}" + "".join(f"{count:>{width}}" for count, width in zip(counts, widths, strict=True)))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
