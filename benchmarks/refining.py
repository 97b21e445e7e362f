"""Measures the dropping of noise lines: how much of L2 it changes, how fast, and how often a dropped line is noise on unseen domains."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.refining_proof import prove, refine
from tierline.crawl import CrawlRegistry
from tierline.lake import Lake
from tierline.operations.document import Document, as_document
from tierline.operations.line_features import Lines, read_lines
from tierline.operations.noise import NOISE, NoiseProposer, bundled_model
from tierline.text.tokens import count_tokens
from training_scripts.noise_pages import NOISE as IS_NOISE
from training_scripts.noise_pages import UNKNOWN, Labels, Page, crawl_pages, gold_pages, line_labels

BUDGETS = {"smoke": (1, 0, 0), "small": (3, 5, 100), "full": (3, 10, 100)}  # turns of timing, seeds and steps of the proof
CURVE = (-4.0, -2.0, 0.0, 1.0, 2.0, 4.0)  # log odds beside the shipped threshold
SHORT = 40  # characters, of the first baseline
LANGUAGE_LINES = 10  # dropped lines with a label that a language needs for a figure of its own
Rows = npt.NDArray[np.int64]
Metrics = dict[str, float]


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.refining", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl/ and extraction/, and text/ for the proof")
    parser.add_argument("--budget", choices=BUDGETS, default="small", help="smoke leaves the proof out")
    parser.add_argument("--lake", help="a lake whose l2_selected is measured instead of what passes L1 of DATA/crawl")
    parser.add_argument("--without-proof", action="store_true", help="leave out the training of small language models")
    options = parser.parse_args(arguments)
    turns, seeds, steps = BUDGETS[options.budget]
    crawl = crawl_pages(options.data)
    documents = lake_documents(options.lake) if options.lake else [page.document for page in crawl]
    metrics = size_metrics(documents, turns)
    metrics |= label_metrics([page for page in (*crawl, *gold_pages(options.data)) if page.is_held_out])
    proven = bool(seeds) and not options.without_proof
    if proven:
        metrics |= prove(documents, options.data / "text", seeds, steps)
    for name, value in metrics.items():
        print(f"{name:44} {value:10.4f}")
    skipped = [] if proven else ["proof"]
    print(json.dumps({"benchmark": "refining", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def lake_documents(lake: str) -> list[Document]:
    """The promoted rows of l2_selected, in the order of their ids."""
    opened = Lake(lake)
    found: list[Document] = []
    for shard in CrawlRegistry(opened).shards():
        rows, _ = opened.read_promoted("l2_selected", shard)
        found += map(as_document, rows.to_pylist())
    return sorted(found, key=lambda document: document.doc_id)


def size_metrics(documents: Sequence[Document], turns: int) -> Metrics:
    """Tokens of documents that lost a line, over all tokens; share of tokens dropped; seconds a thousand tokens."""
    seconds: list[float] = []
    refined: list[str] = []
    NOISE.propose(documents[:8])  # compiles and loads
    for _ in range(turns):
        began = time.perf_counter()
        _, refined = refine(documents)
        seconds.append(time.perf_counter() - began)
    before = count_tokens([document.text for document in documents]).to_numpy()
    after = count_tokens(refined).to_numpy()
    changed = np.array([text != document.text for text, document in zip(refined, documents, strict=True)])
    whole = max(1, int(before.sum()))
    return {
        "documents": float(len(documents)),
        "documents_changed_share": float(changed.mean()),
        "l3_tokens_per_l2_token": float(after[changed].sum() / whole),
        "tokens_dropped_share": float(1 - after.sum() / whole),
        "seconds_per_1000_tokens": 1000 * statistics.median(seconds) / whole,
        "model_calls": 0.0,
    }


def label_metrics(pages: Sequence[Page]) -> Metrics:
    """Precision and recall of dropped lines on pages of domains that the classifier has not seen, beside two rules, by source of the
    labels and by language, and along the threshold."""
    labels = line_labels(pages)
    lines = read_lines([page.document for page in pages])
    odds = bundled_model().odds(lines) - bundled_model().threshold
    metrics: Metrics = {"labeled_lines": float((labels.values != UNKNOWN).sum()), "labels_without_their_line": float(labels.stale)}
    shipped = dropped_rows(pages, lines, odds)
    metrics |= scores("noise", labels, shipped)
    for source in ("hand", "gold", "markup"):
        metrics |= scores(f"noise_{source}", labels, shipped, labels.sources == source)
    languages = np.array([page.document.language for page in pages])[lines.document]
    for language in sorted(set(languages[shipped].tolist())):
        if (labels.values[shipped[languages[shipped] == language]] != UNKNOWN).sum() >= LANGUAGE_LINES:
            metrics |= scores(f"noise_{language}", labels, shipped, languages == language)
    for step in CURVE:
        metrics |= scores(f"noise_at{step:+.0f}", labels, dropped_rows(pages, lines, odds - step))
    rules: dict[str, Callable[[str], bool]] = {
        "short_line": lambda line: len(line) <= SHORT and not is_closed(line),
        "c4": lambda line: not is_closed(line),
    }
    for name, rule in rules.items():
        metrics |= scores(name, labels, np.array([row for row, line in enumerate(lines.texts) if rule(line)], np.int64))
    return metrics


def dropped_rows(pages: Sequence[Page], lines: Lines, odds: npt.NDArray[np.float64]) -> Rows:
    """The lines that the proposer and its verifier drop at these odds."""
    edges = np.searchsorted(lines.document, np.arange(len(pages) + 1))
    found: list[int] = []
    for number, page in enumerate(pages):
        place = {int(lines.line[row]): row for row in range(int(edges[number]), int(edges[number + 1]))}
        for operation in NoiseProposer().operations(page.document, {line: float(odds[row]) for line, row in place.items()}):
            first = page.document.line_of(operation.start + (page.document.text[operation.start] == "\n"))
            last = page.document.line_of(operation.end - 1)
            found += [place[line] for line in range(first, last + 1) if line in place]
    return np.array(sorted(set(found)), np.int64)


def scores(name: str, labels: Labels, rows: Rows, among: npt.NDArray[np.bool_] | None = None) -> Metrics:
    """Precision, recall, and how many of the dropped lines have a label."""
    known = (labels.values != UNKNOWN) & (among if among is not None else True)
    labeled = rows[known[rows]]
    right = int((labels.values[labeled] == IS_NOISE).sum())
    noise = int((labels.values[known] == IS_NOISE).sum())
    return {
        f"{name}_precision": right / len(labeled) if len(labeled) else 0.0,
        f"{name}_recall": right / noise if noise else 0.0,
        f"{name}_lines": float(len(labeled)),
    }


def is_closed(line: str) -> bool:
    """C4's rule (Raffel et al. 2020, section 2.2): a line ends in a terminal punctuation mark; those of other scripts count too."""
    return line.rstrip("\"'”’»)]」』 ")[-1:] in (".", "!", "?", "…", "。", "！", "？", "؟", "।")


if __name__ == "__main__":
    sys.exit(main())
