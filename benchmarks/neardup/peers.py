"""The peers on the same texts with the same bands: datatrove's four MinHash stages and rensa's deduplicator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.logging import logger
from datatrove.utils.word_tokenizers import WordTokenizer
from rensa import RMinHashDeduplicator

from tierline.dedup import DedupRules


class PlainWords(WordTokenizer):
    """Words between spaces: what Tierline counts as words, and the fastest way for datatrove, whose own needs spaCy."""

    def word_tokenize(self, text: str) -> list[str]:
        """Splits at white space."""
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        """Not asked for by deduplication."""
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Not asked for by deduplication."""
        return [(0, len(text))]


def datatrove_removed(folder: Path, rules: DedupRules) -> set[int]:
    """Reads folder/in/*.jsonl, writes the kept documents to folder/kept; returns the numbers of the removed ones."""
    logger.disable("datatrove")
    config = MinhashConfig(n_grams=rules.shingle_words, num_buckets=rules.bands, hashes_per_bucket=rules.rows_per_band)

    def stage(name: str, steps: list, tasks: int = 1) -> None:
        LocalPipelineExecutor(steps, tasks=tasks, workers=1, logging_dir=str(folder / "logs" / name)).run()

    reader = JsonlReader(str(folder / "in"))
    stage("sign", [reader, MinhashDedupSignature(str(folder / "sig"), config, PlainWords())])
    stage("buckets", [MinhashDedupBuckets(str(folder / "sig"), str(folder / "buckets"), config=config)], rules.bands)
    stage("cluster", [MinhashDedupCluster(str(folder / "buckets"), str(folder / "remove"), config=config)])
    stage("filter", [reader, MinhashDedupFilter(str(folder / "remove")), JsonlWriter(str(folder / "kept"), compression=None)])
    kept = {int(json.loads(line)["id"]) for path in (folder / "kept").glob("*") for line in path.open()}
    return {number for number in range(_count(folder / "in")) if number not in kept}


def rensa_removed(texts: Sequence[str], rules: DedupRules) -> set[int]:
    """Documents that rensa's deduplicator refuses: an earlier one shares a band and is estimated to be similar enough."""
    index = RMinHashDeduplicator(rules.similarity_min, rules.permutations, True, rules.bands)
    removed: set[int] = set()
    for number, text in enumerate(texts):
        words = text.lower().split()
        size = min(rules.shingle_words, max(1, len(words)))
        tokens = [" ".join(words[start : start + size]) for start in range(len(words) - size + 1)]
        (added,) = index.add_pairs([(str(number), tokens)])
        if not added:
            removed.add(number)
    return removed


def write_input(folder: Path, texts: Sequence[str]) -> None:
    """One JSON line a document, its number as id."""
    (folder / "in").mkdir(parents=True)
    with (folder / "in" / "texts.jsonl").open("w") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")


def _count(folder: Path) -> int:
    return sum(1 for path in folder.glob("*.jsonl") for _ in path.open())
