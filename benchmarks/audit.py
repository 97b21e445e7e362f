"""Measures what an audit takes on a generated lake: a trace, the impact of a domain, a search, verification, and the space of lineage;
and on small lakes how many kinds of tampering are found and named, and how many healthy ones are suspected.

    python -m benchmarks.audit --data DIR [--budget smoke|small|full] [--documents N] [--keep FOLDER]

Seconds are those of the library in a process that has imported it; the index of words is made before, and its speed told. `*_cpu_s` are
the processor's seconds of the same work.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.audit_lake import LakeMaker, lineage_bytes
from benchmarks.peak_memory import peak_mb
from benchmarks.tampering import measure as tampering
from tierline.audit.find import Texts, find_words
from tierline.audit.impact import impact
from tierline.audit.spans import find_output
from tierline.config.cores import usable_cores
from tierline.descent.selection import Selection
from tierline.lake import Lake
from tierline.lineage import trace, trace_data, verify
from tierline.lineage.dossier import dossiers
from tierline.tables import TABLES

BUDGETS = {"smoke": (400, 200, 5), "small": (20_000, 2_000, 60), "full": (1_000_000, 20_000, 200)}  # documents, of a shard, samples
TRACED = ("l4_facts", "mix_pretrain", "l2_selected", "l4_claims")
SEED = 22


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.audit", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with text/*.jsonl.gz or labels/neardup/*.jsonl.gz")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--documents", type=int, help="another size of the lake")
    parser.add_argument("--keep", type=Path, help="make the lake in this folder and keep it")
    options = parser.parse_args(arguments)
    documents, per_shard, samples = BUDGETS[options.budget]
    with tempfile.TemporaryDirectory() as scratch:
        root = options.keep or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        metrics = measure(root, Path(options.data), options.documents or documents, per_shard, samples)
        with tempfile.TemporaryDirectory() as folder:
            metrics |= tampering.measure(Path(folder))
    for name, value in metrics.items():
        print(f"{name:28} {value:14,.4f}")
    print(json.dumps({"benchmark": "audit", "data": options.data, "metrics": metrics}))
    return 0


def measure(root: Path, data: Path, documents: int, per_shard: int, samples: int) -> dict[str, float]:
    """Every metric."""
    maker = LakeMaker(root, data, documents, per_shard)
    metrics: dict[str, float] = {"documents": documents, "build_seconds": seconds(maker.build)}
    lake, chance = maker.lake, random.Random(SEED)
    rows = {table: sampled(lake, table, samples, chance) for table in TRACED}

    def traced(row_id: str) -> None:
        node = trace(lake, row_id)
        trace_data(node, dossiers(lake, node))

    ids = chance.sample([row[TABLES[table].key] for table in TRACED for row in rows[table]], samples)
    traced(ids[0])
    metrics |= summary("trace", [cost(lambda row_id=row_id: traced(row_id)) for row_id in ids])
    largest = max(range(1, len(maker.site_sizes)), key=lambda site: maker.site_sizes[site])
    typical = sorted(range(len(maker.site_sizes)), key=lambda site: maker.site_sizes[site])[len(maker.site_sizes) // 2]
    asked = [f"site{site}.example" for site in (largest, typical)]
    impact(lake, Selection("domain", asked[1]))
    for name, domain in zip(("impact", "impact_typical"), asked, strict=True):
        costs = [cost(lambda domain=domain: impact(lake, Selection("domain", domain))) for _ in range(3)]
        metrics |= dict(zip((f"{name}_s", f"{name}_cpu_s"), map(statistics.median, zip(*costs, strict=True)), strict=True))
    metrics["impact_documents"] = int(maker.site_sizes[largest])
    metrics |= searched(lake, [row["text"] for row in rows["l2_selected"]], documents, chance)
    lineage, texts = lineage_bytes(lake, [name for name in TABLES if lake.manifests(name)])
    metrics["lineage_bytes_share"] = lineage / texts  # both as they lie on the disk
    return metrics | verified(lake) | {"peak_rss_mb": peak_mb()}


def verified(lake: Lake) -> dict[str, float]:
    """Rows verified a second by one process and by as many as there are cores, and the share of rows of which nothing is amiss."""
    metrics: dict[str, float] = {}
    for workers in (1, usable_cores()):
        started = time.perf_counter()
        mismatches, checked = verify(lake, workers=workers)
        metrics[f"verify_rows_per_s_{workers}"] = checked.rows / (time.perf_counter() - started)
        metrics |= {"verify_rows_per_s": metrics[f"verify_rows_per_s_{workers}"], "mismatches": len(mismatches)}
        metrics["verified_share"] = 1 - len({mismatch.where for mismatch in mismatches}) / max(1, checked.rows)
    return metrics


def searched(lake: Lake, passages: list[str], documents: int, chance: random.Random) -> dict[str, float]:
    """The index, then searches for words of real documents: two anywhere, or five in a row; and for an output that quotes five of them."""
    began = time.perf_counter()
    texts = Texts(lake)
    metrics = {"index_documents_per_s": documents / (time.perf_counter() - began)}
    again = seconds(lambda: Texts(lake))
    costs: list[tuple[float, float]] = []
    for number, passage in enumerate(passages):
        words = passage.split()
        place = chance.randrange(len(words) - 5)
        exact = bool(number % 2)
        query = " ".join(words[place : place + 5]) if exact else " ".join(chance.sample(words, 2))
        costs.append(cost(lambda query=query, exact=exact: find_words(texts, query, 20, exact)))
    quoted = "\nAnd then it goes on in words of its own.\n".join(" ".join(text.split()[20:80]) for text in passages[:5])
    metrics |= summary("find", costs) | {"find_open_s": again}
    metrics["find_output_s"], metrics["find_output_cpu_s"] = cost(lambda: find_output(texts, quoted))
    return metrics


def sampled(lake: Lake, table: str, count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Random rows of a table, from a few of its shards."""
    columns = [TABLES[table].key, *(["text"] if "text" in TABLES[table].columns else [])]
    manifests = [manifest for manifest in lake.promoted(table) if manifest.rows]
    rows = [row for one in chance.sample(manifests, min(4, len(manifests))) for row in lake.read_manifest(one, columns).to_pylist()]
    return chance.sample(rows, min(count, len(rows)))


def summary(name: str, costs: list[tuple[float, float]]) -> dict[str, float]:
    """95 of 100 and half of them take at most so long; and the same of the processor's time, which other work does not change."""
    wall, processor = (sorted(times) for times in zip(*costs, strict=True))
    found = {f"{name}_p95_s": p95(wall), f"{name}_median_s": statistics.median(wall)}
    return found | {f"{name}_p95_cpu_s": p95(processor)}


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """(seconds, seconds of a processor)."""
    began = time.process_time()
    return seconds(work), time.process_time() - began


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p95(times: list[float]) -> float:
    """The time that 95 of 100 stay below."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


if __name__ == "__main__":
    sys.exit(main())
