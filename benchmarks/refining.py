"""Measures the size and cost of L3 of a lake; and the dropping of noise lines: how much of L2 it changes, how fast, how often rightly."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
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
from tierline.operations.rules import OperationRules
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
    parser.add_argument("--lake", help="a lake whose L3 is measured, and its l2_selected instead of what passes L1 of DATA/crawl")
    parser.add_argument("--without-proof", action="store_true", help="leave out the training of small language models")
    options = parser.parse_args(arguments)
    turns, seeds, steps = BUDGETS[options.budget]
    crawl = crawl_pages(options.data)
    documents = lake_documents(options.lake) if options.lake else [page.document for page in crawl]
    metrics = (lake_metrics(options.lake) if options.lake else {}) | size_metrics(documents, turns)
    metrics |= label_metrics([page for page in (*crawl, *gold_pages(options.data)) if page.is_held_out])
    proven = bool(seeds) and not options.without_proof
    if proven:
        metrics |= prove(documents, options.data / "text", seeds, steps)
    for name, value in metrics.items():
        print(f"{name:44} {value:10.4f}")
    skipped = [*([] if proven else ["proof"]), *([] if options.lake else ["lake"])]
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


def lake_metrics(lake: str) -> Metrics:
    """Tokens of L3 for each token of L2: of edits, of those with a repair and those whose structure alone was restored, of derived forms.
    How much of L2's text operations touched; seconds of both stages for 1,000 tokens that they made; model calls."""
    opened = Lake(lake)
    tokens, seconds, calls = Counter[str](), 0.0, 0
    for shard in sorted(manifest.shard for manifest in opened.promoted("l3_derived")):
        rows = {
            name: opened.read_promoted(name, shard, columns)[0].to_pylist()
            for name, columns in (
                ("l2_selected", ["tokens", "text"]), ("l3_refined", ["kind", "parents", "tokens"]), ("l3_derived", ["tokens"]),
                ("l3_operations", ["doc_id", "kind", "original", "replacement", "accepted"]),
            )
        }  # fmt: skip
        done = [row for row in rows["l3_operations"] if row["accepted"]]
        repaired = {row["doc_id"] for row in done if row["kind"] not in OperationRules().added_alone}
        edits = [row for row in rows["l3_refined"] if row["kind"] == "edit"]
        tokens["l2"] += sum(row["tokens"] for row in rows["l2_selected"])
        tokens["characters"] += sum(len(row["text"]) for row in rows["l2_selected"])
        tokens["touched"] += sum(max(len(row["original"]), len(row["replacement"])) for row in done)
        tokens["edits"] += sum(row["tokens"] for row in edits)
        tokens["repaired"] += sum(row["tokens"] for row in edits if row["parents"][0] in repaired)
        tokens["derived"] += sum(row["tokens"] for row in rows["l3_derived"])
        activities = [opened.activity(stage, shard) or {} for stage in ("l3_refined", "l3_derived")]
        seconds += sum((one["ended_at"] - one["started_at"]).total_seconds() for one in activities if one)
        calls += sum(one["model_calls"] + one["stored_calls"] for one in activities if one)
    whole, made = max(1, tokens["l2"]), max(1, tokens["edits"] + tokens["derived"])
    return {
        "l3_tokens_per_l2_token": (tokens["edits"] + tokens["derived"]) / whole,
        "l3_edited_per_l2_token": tokens["edits"] / whole,
        "l3_repaired_per_l2_token": tokens["repaired"] / whole,
        "l3_restored_alone_per_l2_token": (tokens["edits"] - tokens["repaired"]) / whole,
        "l3_derived_per_l2_token": tokens["derived"] / whole,
        "l2_characters_touched_share": tokens["touched"] / max(1, tokens["characters"]),
        "l3_seconds_per_1000_tokens": 1000 * seconds / made,
        "l3_model_calls": float(calls),
    }


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
        "noise_edits_per_l2_token": float(after[changed].sum() / whole),
        "tokens_dropped_share": float(1 - after.sum() / whole),
        "noise_seconds_per_1000_tokens": 1000 * statistics.median(seconds) / whole,
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
