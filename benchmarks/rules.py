"""Measures how often the L1 rules agree with datatrove's filters, document by document, and which rules differ."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa

from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.filters import FilterRules
from tierline.filters.batch import clean
from tierline.filters.profanity import Profanity
from tierline.filters.rules import first_failed_rule
from tierline.filters.signals import signal_table, signals, split_documents
from tierline.text.words import word_pattern

DOCUMENTS = {"smoke": 60, "small": 600, "full": 100_000}
# Which thresholds of ours stand for which filter of datatrove.
GROUPS = {
    "gopher_quality": (
        "words_min",
        "words_max",
        "mean_word_length_min",
        "mean_word_length_max",
        "symbol_word_ratio_max",
        "bullet_lines_max",
        "ellipsis_lines_max",
        "alphabetic_words_min",
        "stop_words_min",
    ),
    "gopher_repetition": (
        "duplicate_lines_max",
        "duplicate_paragraphs_max",
        "duplicate_line_chars_max",
        "duplicate_paragraph_chars_max",
        *(f"top_{size}gram_max" for size in (2, 3, 4)),
        *(f"duplicate_{size}gram_max" for size in range(5, 11)),
    ),
    "c4": ("sentences_min", "curly_braces_max", "lorem_ipsum_max"),
    "fineweb": ("punctuated_lines_min", "short_lines_max", "duplicate_line_text_max", "newlines_per_word_max"),
}
WORD = word_pattern()
PEER_DUPLICATE_LINE_TEXT_MAX = 0.01  # its paper says 0.1, and so does our default
Verdicts = list[str | None]  # the rule that removes each document, None if it is kept


def main(arguments: list[str] | None = None) -> int:
    """Prints a table of disagreements and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.rules", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with crawl/**/*.warc.gz and labels/quality/*.jsonl.gz, or some of them")
    parser.add_argument("--budget", choices=DOCUMENTS, default="full")
    options = parser.parse_args(arguments)
    sets = dict(read_sets(Path(options.data), DOCUMENTS[options.budget]))
    if not sets:
        parser.error(f"no texts below {options.data}; name a folder that holds crawl or labels/quality")
    metrics: dict[str, float] = {}
    for name, texts in sets.items():
        for group, (metric, parted) in compare(texts).items():
            for words, share in metric.items():
                metrics[f"{words}_{group}_{name}"] = share
                print(f"{name:24} {group:20} {words:16} {share:7.4f} of {len(texts)}")
            for (theirs, ours), count in parted.most_common():
                print(f"    {count:5} datatrove: {theirs or 'kept':28} Tierline: {ours or 'kept'}")
    print(json.dumps({"benchmark": "rules", "data": options.data, "metrics": metrics, "skipped": []}))
    return 0


def compare(texts: Sequence[str]) -> dict[str, tuple[dict[str, float], Counter[tuple[str | None, str | None]]]]:
    """For each filter: shares of equal decisions with datatrove's own words and with ours, and the pairs of rules that part."""
    found: dict[str, tuple[dict[str, float], Counter[tuple[str | None, str | None]]]] = {}
    for group in GROUPS:
        ours, theirs = our_verdicts(texts, group), peer_verdicts(texts, group)
        with same_words():
            alike = peer_verdicts(texts, group)
        parted = Counter((one, other) for one, other in zip(theirs, ours, strict=True) if (one is None) != (other is None))
        shares = {"agreement": agreement(ours, theirs), "agreement_same_words": agreement(ours, alike)}
        found[group] = shares, parted
    return found


def agreement(left: Verdicts, right: Verdicts) -> float:
    """Share of documents that both keep or both remove."""
    return float(np.mean([(one is None) == (other is None) for one, other in zip(left, right, strict=True)]))


def our_verdicts(texts: Sequence[str], group: str) -> Verdicts:
    """The first rule of the group that each text breaks, judged as English, which is what the peer's filters assume."""
    if not texts:
        return []
    languages, ids = ["en"] * len(texts), [f"{number:09d}" for number in range(len(texts))]
    batch = split_documents(texts, languages)
    profanity = Profanity(np.zeros(len(texts)), np.zeros(len(texts)))  # no rule of the peer looks at it
    columns = signals(batch, languages, profanity) | {
        "language": pa.array(languages),
        "language_confidence": pa.array([1.0] * len(texts)),
        "tokens": pa.array([0] * len(texts)),
        "unspaced_share": pa.array(batch.unspaced_share),
        "data_cell_count": pa.array(np.zeros(len(texts))),
    }
    broken = first_failed_rule(signal_table(ids, columns), only(group))
    return [broken[doc_id]["rule"] if doc_id in broken else None for doc_id in ids]


def only(group: str) -> FilterRules:
    """The rules with every threshold outside the group open, and the one value in which the peer's code is not its paper."""
    bounds = [field.name for field in fields(FilterRules) if field.name.endswith(("_min", "_max")) and field.name not in GROUPS[group]]
    opened = {name: -1.0 if name.endswith("_min") else 1e300 for name in bounds} | {"data_cells_min": 1e300}  # the peer has no such lane
    return replace(FilterRules(), **{"duplicate_line_text_max": PEER_DUPLICATE_LINE_TEXT_MAX, **opened})


def peer_verdicts(texts: Sequence[str], group: str) -> Verdicts:
    """What datatrove's filter of that name decides with its defaults; the reason where it removes a text."""
    from datatrove.data import Document

    peer = _peer(group)
    found: Verdicts = []
    for text in texts:
        verdict = peer.filter(Document(text=text, id="")) if text else (False, "empty")
        found.append(None if verdict is True else verdict[1] if isinstance(verdict, tuple) else "removed")
    return found


@contextmanager
def same_words() -> Iterator[None]:
    """Let datatrove's filters count the words that ours count: lower case, parted by white space only."""

    def words(text: str, _: str = "") -> list[str]:
        return WORD.findall(text.lower())

    modules = ("gopher_quality_filter", "gopher_repetition_filter", "fineweb_quality_filter")
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(patch(f"datatrove.pipeline.filters.{module}.split_into_words", words))
        yield


def _peer(group: str) -> Any:
    from datatrove.pipeline import filters

    makers: dict[str, Callable[[], Any]] = {
        "gopher_quality": filters.GopherQualityFilter,
        "gopher_repetition": filters.GopherRepetitionFilter,
        "c4": filters.C4QualityFilter,
        "fineweb": filters.FineWebQualityFilter,
    }
    return makers[group]()


def read_sets(data: Path, limit: int) -> Iterator[tuple[str, list[str]]]:
    """(name, cleaned texts) of the crawl files together and of each labeled file, every n-th text up to the limit."""
    files = [str(path) for path in sorted((data / "crawl").rglob("*.warc.gz"))]
    files = [file for file in files if "debian-docs" in file] or files[:4]
    if files:
        read = read_shard(files if limit > DOCUMENTS["small"] else files[:1], ReadRules())
        found = [text for batch in read.tables["l0_raw"].to_batches() for text in batch.column("text").to_pylist() if text]
        yield "crawl", _thinned([clean(text) for text in found], limit)
    for path in sorted((data / "labels" / "quality").glob("hplt*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            texts = [row["text"] for row in map(json.loads, file) if row.get("lang", "").startswith("en")]
        yield path.name.split(".")[0].replace("-", "_"), _thinned([clean(text) for text in texts], limit)


def _thinned(texts: list[str], limit: int) -> list[str]:
    return [text for text in texts[:: max(1, len(texts) // limit)] if text][:limit]


if __name__ == "__main__":
    sys.exit(main())
