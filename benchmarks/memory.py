"""Measures the peak memory of L0 and L1 and its growth with file size: distinct texts and copies, one process per step."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.neardup.corpus import SEED, SENTENCE_END, read_sources
from benchmarks.peak_memory import peak_mb
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules, LakeDocuments
from tierline.filters import FilterRules
from tierline.filters.filter import filter_shard
from tierline.gates.judge import judge_stage
from tierline.lake import Activity, Lake

BUDGETS = {"smoke": (200, 400), "small": (10_000, 60_000), "full": (100_000, 600_000)}  # documents of the smaller and the larger file
KINDS = ("distinct", "copies")
PASSAGES = 10_000
SENTENCES = 5  # of a document, two in a line
CHARACTERS_MAX = 300  # of a sentence
SITES = 1000


def main(arguments: list[str] | None = None) -> int:
    """Prints peaks in MB and one JSON line; `kb_a_document` is what a step's peak grows by between the two files."""
    parser = argparse.ArgumentParser(prog="benchmarks.memory", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with text/*.jsonl.gz or labels/neardup/*.jsonl.gz")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    passages = read_sources(Path(options.data), PASSAGES).passages
    if not passages:
        parser.error(f"no texts below {options.data}; name a folder with text/*.jsonl.gz")
    sentences = [one for passage in passages for one in SENTENCE_END.split(passage) if len(one) < CHARACTERS_MAX]
    few, many = BUDGETS[options.budget]
    metrics: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for kind in KINDS:
            peaks = [measure(Path(scratch) / f"{kind}-{size}", list(documents(kind, size, sentences)), sentences) for size in (few, many)]
            for step in peaks[0]:
                metrics[f"peak_rss_mb_{step}_{kind}"] = peaks[1][step]
                metrics[f"kb_a_document_{step}_{kind}"] = 1024 * (peaks[1][step] - peaks[0][step]) / (many - few)
    metrics["peak_rss_mb"] = max(value for name, value in metrics.items() if name.startswith("peak"))
    for name, value in metrics.items():
        print(f"{name:36} {value:10.2f}")
    print(json.dumps({"benchmark": "memory", "data": options.data, "metrics": metrics, "skipped": []}))
    return 0


def documents(kind: str, count: int, sentences: Sequence[str], seed: int = SEED) -> Iterator[str]:
    """Texts of a few sentences in lines: `distinct` ones, or `copies` of one."""
    places = np.random.default_rng(seed).integers(0, len(sentences), (1 if kind == "copies" else count, SENTENCES))
    for number in range(count):
        parts = [sentences[place] for place in places[number % len(places)]]
        yield "\n".join(" ".join(parts[start : start + 2]) for start in range(0, SENTENCES, 2))


def measure(folder: Path, texts: Sequence[str], sentences: Sequence[str]) -> dict[str, float]:
    """MB at the peak of L0 and of L1 of a file with these texts, each with its commit and gate, and of L1 of a small shard after it."""
    folder.mkdir()
    first, second = folder / "first.jsonl", folder / "second.jsonl"
    write(first, texts)
    write(second, list(documents("distinct", 100, sentences, SEED + 1)))
    lake = str(folder / "lake")
    peaks = {"l0": alone(extract, lake, str(first)), "l1": alone(filtered, lake, str(first), [])}
    return peaks | {"l1_of_the_next": alone(follow, lake, str(second), str(first))}


def write(path: Path, texts: Sequence[str]) -> None:
    """A JSON-lines crawl of texts from a number of sites."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"url": f"https://site{number % SITES}.example.org/{number}", "text": text}) + "\n")


def alone(step: Callable[..., float], *arguments: object) -> float:
    """The step's result, from a process that does nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(step, *arguments).result()


def extract(root: str, file: str) -> float:
    """L0 of a file, its own shard; MB at the peak of this process."""
    lake = Lake(root)
    lake.commit(Activity.begin("l0_raw", file, "1", (), {}), read_shard([file], ReadRules()))
    return judged(lake, "l0_raw", file)


def filtered(root: str, file: str, earlier: Sequence[str]) -> float:
    """The same for L1, beside prior shards."""
    lake = Lake(root)
    raw, _ = lake.stream_promoted("l0_raw", file)
    result = filter_shard(raw, FilterRules(), DedupRules(), LakeDocuments(lake, earlier))
    lake.commit(Activity.begin("l1_filtered", file, "1", (), {}), result)
    del result
    return judged(lake, "l1_filtered", file)


def follow(root: str, file: str, earlier: str) -> float:
    """L0 and L1 of a small file beside an earlier shard."""
    extract(root, file)
    return filtered(root, file, [earlier])


def judged(lake: Lake, stage: str, shard: str) -> float:
    """Runs the gate; MB at the peak of this process so far."""
    verdict = judge_stage(lake, stage, shard)
    if not verdict.passed:
        raise ValueError(f"{stage} of {shard} is quarantined: {verdict.failures}")
    return peak_mb()


if __name__ == "__main__":
    sys.exit(main())
