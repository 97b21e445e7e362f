"""Measures how much toxic text is flagged, and how often talk about people, reclaimed words or anatomy is mistaken for it.

The sets that the classifier learned from are judged by cross-validation over their texts; HateCheck by weights that never saw it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tierline.filters.profanity import profanity_signals
from tierline.filters.rules import FilterRules
from tierline.selection.rules import SelectRules
from tierline.text.toxicity import Toxicity, feature_matrix
from training_scripts.train_toxicity import SEED, fit, neutral, read, statements

BUDGETS = {"smoke": 400, "small": 2_000, "full": 1_000_000}  # texts of one set
FOLDS = 3
FLAGGED = 0.5
FILES = ("surge", "toxic-spans", "vicomtech", "hatecheck")
BOOKS = "text/openstax.jsonl.gz"
MEDICAL = ("anatomy", "microbiology")
PAGE = 8  # texts of one kind that make a page, the unit that L1 decides on
IDENTITY = ("ident_neutral_nh", "ident_pos_nh", "slur_reclaimed_nh", "slur_homonym_nh", "counter_quote_nh", "counter_ref_nh")


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.toxicity", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/toxicity")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    folder, limit = options.data / "labels/toxicity", BUDGETS[options.budget]
    present = [name for name in FILES if (folder / f"{name}.jsonl.gz").exists()]
    if not present:
        parser.error(f"no set of {', '.join(FILES)} below {folder}; name a folder that holds one")
    sets = {name: sample(labeled(name, read(folder / f"{name}.jsonl.gz")), limit) for name in present if name != "hatecheck"}
    books = options.data / BOOKS
    metrics = learned_metrics(sets, sample(neutral(books) + statements() if books.exists() else statements(), limit))
    if "hatecheck" in present:
        metrics |= hatecheck_metrics(read(folder / "hatecheck.jsonl.gz"))
    if books.exists():
        metrics["false_removal_medical"] = float(np.mean(removed(medical(books, limit))))
    metrics |= page_metrics(sets)
    for name, value in metrics.items():
        print(f"{name:36} {value:10.4f}")
    skipped = [name for name in FILES if name not in present] + ([] if books.exists() else ["medical"])
    print(json.dumps({"benchmark": "toxicity", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def labeled(name: str, rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """(text, 1 where toxic) of one comment set."""
    if name == "toxic-spans":
        return [(row["text"], int(bool(row["spans"]))) for row in rows]
    if name == "vicomtech":
        return [(row["text"], int(row["label"] == "hate")) for row in rows if row["label"] in ("hate", "noHate")]
    return [(row["text"], int(row["label"])) for row in rows]


def sample(rows: list[Any], limit: int) -> list[Any]:
    """At most so many rows, evenly drawn by the fixed seed."""
    return rows if len(rows) <= limit else random.Random(SEED).sample(rows, limit)


def learned_metrics(sets: dict[str, list[tuple[str, int]]], calm: list[str]) -> dict[str, float]:
    """Precision and recall at 0.5 of each set, each text judged by a classifier that learned from the other folds of all sets."""
    rows = [(text, label, name) for name, own in sets.items() for text, label in own] + [(text, 0, "calm") for text in calm]
    if not rows:
        return {}
    random.Random(SEED).shuffle(rows)
    features, labels = feature_matrix([row[0] for row in rows]), np.array([row[1] for row in rows])
    folds = np.arange(len(rows)) % FOLDS
    flagged = np.zeros(len(rows), bool)
    for fold in range(FOLDS):
        flagged[folds == fold] = fit(features[folds != fold], labels[folds != fold]).predict_proba(features[folds == fold])[:, 1] >= FLAGGED
    metrics: dict[str, float] = {}
    for name in sets:
        own = np.array([row[2] == name for row in rows])
        metrics |= precision_recall(name, flagged[own], labels[own])
    if calm:
        metrics["flagged_calm"] = float(flagged[np.array([row[2] == "calm" for row in rows])].mean())
    return metrics


def precision_recall(name: str, flagged: Any, labels: Any) -> dict[str, float]:
    """Of what is flagged how much is toxic, and of what is toxic how much is flagged."""
    hits = float((flagged & (labels == 1)).sum())
    return {f"precision_{name}": hits / max(1.0, float(flagged.sum())), f"recall_{name}": hits / max(1.0, float((labels == 1).sum()))}


def hatecheck_metrics(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The shipped classifier on HateCheck, and the share of its harmless sentences that L1 or L2 would remove."""
    texts, labels = [row["text"] for row in rows], np.array([int(row["label"] == "hateful") for row in rows])
    began = time.process_time()
    scores = Toxicity().score(texts)
    speed = len(texts) / (time.process_time() - began)
    metrics = precision_recall("hatecheck", scores >= FLAGGED, labels)
    out = np.array(removed(texts))
    kinds = np.array([row["functionality"] for row in rows])
    metrics["false_removal_identity"] = float(out[np.isin(kinds, IDENTITY)].mean())
    metrics["false_removal_hatecheck"] = float(out[labels == 0].mean())
    metrics["flagged_identity"] = float((scores >= FLAGGED)[np.isin(kinds, IDENTITY)].mean())
    for kind in sorted({*kinds[labels == 0]}):
        metrics[f"false_removal_{kind.removesuffix('_nh')}"] = float(out[kinds == kind].mean())
    return metrics | {"texts_per_s_core": speed}


def removed(texts: Sequence[str]) -> list[bool]:
    """Whether L1 (list and classifier together) or L2 (classifier alone, at its high threshold) removes each text."""
    scores = Toxicity().score(texts) if texts else np.zeros(0)
    return (dropped_at_l1(texts) | (scores > SelectRules().toxicity_max)).tolist()


def dropped_at_l1(texts: Sequence[str]) -> Any:
    """The decision of the rule `profanity`, shape (len(texts),)."""
    rules, found = FilterRules(), profanity_signals(texts, ["en"] * len(texts))
    shares = found.counts / np.array([max(1, len(text.split())) for text in texts])
    enough = (shares > rules.profane_words_max) & (found.counts >= rules.profane_count_min)
    return enough & (found.toxicity >= rules.profane_toxicity_min)


def page_metrics(sets: dict[str, list[tuple[str, int]]]) -> dict[str, float]:
    """What L1 removes of pages made of eight comments of one label: those called toxic and those called harmless."""
    metrics: dict[str, float] = {}
    for label, name in ((1, "toxic"), (0, "harmless")):
        texts = [text for own in sets.values() for text, given in own if given == label]
        pages = ["\n".join(texts[start : start + PAGE]) for start in range(0, len(texts) - PAGE + 1, PAGE)]
        if pages:
            metrics[f"removed_pages_{name}"] = float(dropped_at_l1(pages).mean())
    return metrics


def medical(path: Path, limit: int) -> list[str]:
    """Sections of the textbooks on the body, or of all books where none says which it is."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    own = [row["text"] for row in rows if any(word in json.dumps({**row, "text": ""}).lower() for word in MEDICAL)]
    return sample(own or [row["text"] for row in rows], min(limit, 1_000))


if __name__ == "__main__":
    sys.exit(main())
