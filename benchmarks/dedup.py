"""Measures recall and speed of deduplication, and the cost of one more shard in a larger corpus, against datatrove and rensa."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from benchmarks.neardup.corpus import MadeCorpus, Sources, labeled_documents, read_sources
from benchmarks.neardup.peers import datatrove_removed, rensa_removed, write_input
from benchmarks.neardup.truth import best_earlier, recall, shingle_matrix, similarities
from benchmarks.peak_memory import peak_mb
from tierline.dedup import DedupRules, LakeDocuments
from tierline.dedup.minhash import Signatures, sign
from tierline.dedup.resolve import resolve_duplicates
from tierline.lake import Activity, Lake, StageResult, Verdict, decision_table
from tierline.tables import TABLES
from tierline.text.words import split_words

TEXTS_PER_BATCH = 256
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
TURNS = 3  # shards of each size whose median time counts


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is measured."""

    labeled: int  # passages of each source
    compared: int  # documents that the peers get too
    turns: int
    shard: int  # documents of one more shard
    small: int  # shards of the smaller index; the larger one has ten times as many


BUDGETS = {
    "smoke": Budget(labeled=100, compared=300, turns=1, shard=250, small=3),
    "small": Budget(labeled=400, compared=2000, turns=3, shard=5000, small=3),
    "full": Budget(labeled=1000, compared=4000, turns=3, shard=10_000, small=10),
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that one shard took: signing its texts, and finding what is there already; `cpu` of both, which others do not disturb."""

    sign: float
    resolve: float
    cpu: float


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line; all sides run in this process on the same texts."""
    parser = argparse.ArgumentParser(prog="benchmarks.dedup", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with text/*.jsonl.gz or labels/neardup/*.jsonl.gz")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--small-shards", type=int, help="shards of the smaller index, instead of the budget's")
    options = parser.parse_args(arguments)
    budget = BUDGETS[options.budget]
    if options.small_shards:
        budget = replace(budget, small=options.small_shards)
    sources = read_sources(Path(options.data), 10 * budget.labeled)
    if not sources.passages:
        parser.error(f"no texts in {options.data}/text or {options.data}/labels/neardup")
    few = read_sources(Path(options.data), budget.labeled)
    metrics: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        metrics |= growth(MadeCorpus(sources), Path(scratch), budget)
        metrics["peak_rss_mb"] = peak_mb()
        metrics |= quality(few, Path(scratch))
        metrics |= speed(few, Path(scratch), budget)
    for name, value in metrics.items():
        print(f"{name:36} {value:10.3f}")
    skipped = [] if few.revisions else ["revisions"]
    print(json.dumps({"benchmark": "dedup", "data": options.data, "metrics": metrics, "skipped": skipped}))
    return 0


def add_shard(lake: Lake, shard: str, earlier: Sequence[str], texts: Sequence[str], rules: DedupRules) -> tuple[dict[int, dict], Timing]:
    """What L1 does once texts are clean: sign, resolve against all that is there, commit, promote. Removals by place in `texts`."""
    ids = [f"{shard}-{place:06d}" for place in range(len(texts))]
    documents = pa.table(
        {
            "doc_id": ids,
            "fetched_at": pa.array([MOMENT] * len(texts), pa.timestamp("us", tz="UTC")),
            "tokens": pa.array([len(text) for text in texts], pa.int64()),
        }
    )
    began, cpu_began = time.perf_counter(), time.process_time()
    signed = signatures(texts, rules)
    signed_at = time.perf_counter()
    found = LakeDocuments(lake, earlier)
    duplicates = resolve_duplicates(documents, lambda places: [texts[place] for place in places], signed, found, rules)
    timing = Timing(signed_at - began, time.perf_counter() - signed_at, time.process_time() - cpu_began)
    removed = {row["doc_id"]: row for row in duplicates.to_pylist()}
    kept = [place for place, doc_id in enumerate(ids) if doc_id not in removed]
    commit(lake, shard, documents, texts, signed, kept, duplicates)
    return {place: removed[doc_id] for place, doc_id in enumerate(ids) if doc_id in removed}, timing


def signatures(texts: Sequence[str], rules: DedupRules) -> Signatures:
    """Of all texts, batch by batch."""
    parts = []
    for start in range(0, len(texts), TEXTS_PER_BATCH):
        batch = texts[start : start + TEXTS_PER_BATCH]
        parts.append(sign(split_words(batch), [hashlib.sha256(text.encode()).hexdigest() for text in batch], rules))
    return Signatures.concat(parts, rules)


def commit(
    lake: Lake, shard: str, documents: pa.Table, texts: Sequence[str], signed: Signatures, kept: list[int], duplicates: pa.Table
) -> None:
    """Writes what L1 keeps of a shard and lets it pass."""
    chosen = documents.take(kept)
    columns = TABLES["l1_filtered"].columns
    rows = {name: pa.nulls(len(kept), kind) for name, kind in columns.items()}
    rows |= {name: chosen[name] for name in chosen.column_names} | {"text": pa.array([texts[place] for place in kept], pa.string())}
    decisions = [{"row_id": doc_id, "outcome": "kept"} for doc_id in chosen["doc_id"].to_pylist()]
    tables = {
        "l1_filtered": pa.table(rows),
        "l1_signals": pa.schema(TABLES["l1_signals"].columns).empty_table(),
        "l1_signatures": signed.table(documents["doc_id"]).take(kept),
        "l1_duplicates": duplicates,
    }
    result = StageResult(tables, {"l1_filtered": (len(kept), decision_table(decisions))})
    manifest = lake.commit(Activity.begin("l1_filtered", shard, "1", (), {}), result)
    lake.record(Verdict("l1_filtered", shard, manifest.stage_digest, "benchmark", "0", True, "[]"))


def growth(corpus: MadeCorpus, scratch: Path, budget: Budget) -> dict[str, float]:
    """Seconds of one more shard at an index and at one of ten times the size, in turns.

    Every shard is ingested as it would be, so that each turn also pays for entering the shard before it into the index.
    """
    small, large = Lake(str(scratch / "small")), Lake(str(scratch / "large"))
    built: list[Timing] = []
    removed = 0
    for number in range(10 * budget.small):
        found, timing = next_shard(large, corpus, number, budget.shard)
        built.append(timing)
        removed += len(found)
        if number + 1 == budget.small:
            shutil.copytree(large.root, small.root)
    before: list[Timing] = []
    after: list[Timing] = []
    for turn in range(TURNS + 1):
        for lake, size, timings in ((small, budget.small, before), (large, 10 * budget.small, after)):
            timings.append(next_shard(lake, corpus, size + turn, budget.shard)[1])
    before, after = before[1:], after[1:]  # the first turn enters what was built last, and warms the copy

    def ratio(seconds: Callable[[Timing], float]) -> float:
        return statistics.median(map(seconds, after)) / statistics.median(map(seconds, before))

    return {
        "growth_10x": ratio(lambda timing: timing.sign + timing.resolve),
        "growth_10x_cpu": ratio(lambda timing: timing.cpu),
        "growth_10x_resolve": ratio(lambda timing: timing.resolve),
        "shard_s": statistics.median(timing.sign + timing.resolve for timing in after),
        "resolve_s": statistics.median(timing.resolve for timing in after),
        "shard_cpu_s": statistics.median(timing.cpu for timing in after),
        "resolve_s_max": max(timing.resolve for timing in built),
        "index_documents": float(10 * budget.small * budget.shard - removed),
    }


def next_shard(lake: Lake, corpus: MadeCorpus, number: int, documents: int) -> tuple[dict[int, dict], Timing]:
    """One more shard of the corpus, behind all before it."""
    earlier = [f"s{before:04d}" for before in range(number)]
    return add_shard(lake, f"s{number:04d}", earlier, list(corpus.shard(number, documents)), DedupRules())


def quality(sources: Sources, scratch: Path) -> dict[str, float]:
    """Recall and the least similar removal on labeled documents, in two shards: copies lie within and across them."""
    texts, rules = labeled_documents(sources), DedupRules()
    matrix = shingle_matrix(texts, rules.shingle_words)
    best = best_earlier(matrix)
    lake, half = Lake(str(scratch / "labeled")), len(texts) // 2
    first, _ = add_shard(lake, "a", [], texts[:half], rules)
    second, _ = add_shard(lake, "b", ["a"], texts[half:], rules)
    removed = {**first, **{half + place: row for place, row in second.items()}}
    kept = {f"a-{place:06d}": place for place in range(half)} | {f"b-{place - half:06d}": place for place in range(half, len(texts))}
    true = similarities(matrix, list(removed), [kept[row["kept_doc_id"]] for row in removed.values()])
    fourteen = {"bands": 14, "rows_per_band": 8}
    same, _ = add_shard(Lake(str(scratch / "fourteen")), "a", [], texts, replace(rules, **fourteen))
    write_input(scratch / "labeled-datatrove", texts)
    theirs = datatrove_removed(scratch / "labeled-datatrove", replace(rules, **fourteen))
    rensa = rensa_removed(texts, replace(rules, **fourteen))
    metrics = {
        "labeled_documents": float(len(texts)),
        "repeats_j80": float((best >= 0.8).sum()),
        "repeats_j90": float((best >= 0.9).sum()),
        "min_removed_jaccard": float(true.min(initial=1.0)),
    }
    for name, found in (("", set(removed)), ("_with_14x8", set(same)), ("_by_datatrove", theirs), ("_by_rensa", rensa)):
        metrics |= {f"recall_j80{name}": recall(best, found, 0.8), f"recall_j90{name}": recall(best, found, 0.9)}
        metrics[f"removed_below_j70{name}"] = float(sum(best[place] < 0.7 for place in found))
    return metrics


def speed(sources: Sources, scratch: Path, budget: Budget) -> dict[str, float]:
    """Documents a second from JSON lines to the kept documents, medians of interleaved turns, all with 14 bands of 8."""
    texts = labeled_documents(sources)[: budget.compared]
    rules = DedupRules(bands=14, rows_per_band=8)
    seconds: dict[str, list[float]] = {"tierline": [], "datatrove": [], "rensa": []}
    for turn in range(budget.turns):
        folder = scratch / f"turn{turn}"
        write_input(folder, texts)

        def ours(folder: Path = folder) -> None:
            read = [json.loads(line)["text"] for line in (folder / "in" / "texts.jsonl").open()]
            add_shard(Lake(str(folder / "lake")), "a", [], read, rules)

        work = {
            "tierline": ours,
            "datatrove": lambda folder=folder: datatrove_removed(folder, rules),
            "rensa": lambda: rensa_removed(texts, rules),
        }
        for name, run in work.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return {
        "docs_per_s": len(texts) / medians["tierline"],
        "docs_per_s_by_datatrove": len(texts) / medians["datatrove"],
        "docs_per_s_by_rensa": len(texts) / medians["rensa"],
        "speed_vs_datatrove": medians["datatrove"] / medians["tierline"],
        "speed_vs_rensa": medians["rensa"] / medians["tierline"],
    }


if __name__ == "__main__":
    sys.exit(main())
