"""Measures how reliably copied benchmark questions are found, how rarely innocent documents are flagged, and the speed."""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierline.filters.benchmark_index import BenchmarkIndex
from tierline.filters.benchmark_items import Item, find_benchmarks, read_benchmarks
from tierline.filters.decontaminate import DecontaminationRules, build_index, decontaminate

HOSTS = "text/openstax.jsonl.gz"  # textbook sections: nobody copied a benchmark into them, but they speak of what benchmarks ask
RULES = DecontaminationRules()
TURNS = 3


@dataclass(frozen=True, slots=True)
class Budget:
    """Items drawn of each benchmark, and host documents."""

    items: int
    hosts: int | None


BUDGETS = {"smoke": Budget(3, 100), "small": Budget(30, 1_000), "full": Budget(100, None)}
# How an item is put into a document, and whether that is a leak.
WAYS = ("question_and_answer", "question_only", "passage_only")


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.decontamination", description=__doc__)
    parser.add_argument("--data", required=True, help=f"a folder with bench/*.jsonl.gz and {HOSTS}")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    budget, data = BUDGETS[options.budget], Path(options.data)
    if not (data / "bench").is_dir() or not (data / HOSTS).is_file():
        parser.error(f"needs {data}/bench and {data / HOSTS}")
    items = read_benchmarks(find_benchmarks(str(data / "bench"))).items
    began = time.process_time()
    index = build_index(items, RULES)
    metrics: dict[str, float] = {"index_s": time.process_time() - began, "index_ngrams": len(index)}
    hosts = read_hosts(data / HOSTS, budget.hosts)
    metrics |= measure_clean(hosts, index)
    found = measure_copies(items, hosts, index, budget.items)
    print(f"{'benchmark':34}" + "".join(f"{way:>22}" for way in WAYS))
    for name, shares in sorted(found.items()):
        print(f"{name:34}" + "".join(f"{shares[way][0]:>14} of {shares[way][1]:<5}" if way in shares else " " * 22 for way in WAYS))
    for way in WAYS:
        hits, tried = (sum(shares[way][number] for shares in found.values() if way in shares) for number in (0, 1))
        metrics[f"found_{way}"] = hits / max(1, tried)
    print(json.dumps({"benchmark": "decontamination", "data": options.data, "metrics": metrics, "skipped": []}))
    return 0


def read_hosts(path: Path, limit: int | None) -> list[str]:
    """The longest text of each JSON line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [max((value for value in json.loads(line).values() if isinstance(value, str)), key=len, default="") for line in lines]
    return [text for text in texts if len(text) > 200][:limit]


def measure_clean(hosts: Sequence[str], index: BenchmarkIndex) -> dict[str, float]:
    """Share of host documents called leaking, and the speed on them: documents, and megabytes of characters, per CPU second."""
    seconds: list[float] = []
    for _ in range(TURNS):
        began = time.process_time()
        outcomes = look_up(hosts, index)
        seconds.append(time.process_time() - began)
    middle = statistics.median(seconds)
    return {
        "false_leak_share": outcomes.count("dropped") / len(hosts),
        "docs_per_s_core": len(hosts) / middle,
        "mb_per_s_core": sum(map(len, hosts)) / 1e6 / middle,
    }


def measure_copies(items: Sequence[Item], hosts: Sequence[str], index: BenchmarkIndex, each: int) -> dict[str, dict[str, tuple[int, int]]]:
    """Benchmark -> way -> (documents called leaking, documents made), with items drawn by a fixed seed, each in a host's middle."""
    draw = random.Random(0)
    by_benchmark: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_benchmark[item.benchmark].append(item)
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for name, own in sorted(by_benchmark.items()):
        made: dict[str, list[str]] = defaultdict(list)
        for item in draw.sample(own, min(each, len(own))):
            for way, copied in copies(item).items():
                host = draw.choice(hosts)[:8_000]
                made[way].append(f"{host[: len(host) // 2]}\n\n{copied}\n\n{host[len(host) // 2 :]}")
        found[name] = {way: (look_up(texts, index).count("dropped"), len(texts)) for way, texts in made.items()}
    return found


def copies(item: Item) -> dict[str, str]:
    """The item as a page may hold it."""
    answer = "\n".join([*item.choices, *(item.answers[:1])])
    whole = {"question_and_answer": f"{item.question}\n{answer}", "question_only": item.question}
    return whole | ({"passage_only": item.passage} if item.passage else {})


def look_up(texts: Sequence[str], index: BenchmarkIndex) -> list[Any]:
    """The outcome of each text."""
    rows = {
        "doc_id": [f"{number:09d}" for number in range(len(texts))],
        "domain": [f"site{number}.example" for number in range(len(texts))],
    }
    documents = pa.table(rows | {"text": pa.array(texts, pa.string()), "tokens": [0] * len(texts)})
    return decontaminate(documents, index, RULES).ledgers["l1_contamination"][1].sort_by("row_id")["outcome"].to_pylist()


if __name__ == "__main__":
    sys.exit(main())
