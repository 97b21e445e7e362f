"""Trains src/tierline/toxicity.npz: `python -m training_scripts.train_toxicity --data DIR`.

Learns from three labelled sets of comments and forum posts, and from textbook passages as text that is no comment at all.
HateCheck is held out: it says how often talk about groups of people is taken for hate.
"""

import argparse
import gzip
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tierline.toxicity import WEIGHTS, vectorizer

SEED = 7
NEUTRAL_PASSAGES = 4_000
OUTPUT = Path(__file__).parents[1] / "src/tierline" / WEIGHTS


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def labelled(folder: Path) -> list[tuple[str, int]]:
    """(text, 1 where toxic) from the comment sets."""
    rows = [(row["text"], int(row["label"])) for row in read(folder / "surge.jsonl.gz")]
    rows += [(row["text"], int(bool(row["spans"]))) for row in read(folder / "toxic-spans.jsonl.gz")]
    rows += [
        (row["text"], int(row["label"] == "hate")) for row in read(folder / "vicomtech.jsonl.gz") if row["label"] in ("hate", "noHate")
    ]
    return rows


def neutral(path: Path) -> list[str]:
    """Passages of 60 words from textbooks, drawn with the fixed seed."""
    passages: list[str] = []
    for row in read(path):
        words = row["text"].split()
        passages += [" ".join(words[start : start + 60]) for start in range(0, len(words) - 60, 600)]
    return random.Random(SEED).sample(passages, min(NEUTRAL_PASSAGES, len(passages)))


def main() -> None:
    """Hold out a fifth, report, then train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/toxicity and text/openstax.jsonl.gz")
    folder = parser.parse_args().data
    rows = labelled(folder / "labels/toxicity") + [(text, 0) for text in neutral(folder / "text/openstax.jsonl.gz")]
    random.Random(SEED).shuffle(rows)
    features, labels = vectorizer().transform([text for text, _ in rows]), np.array([label for _, label in rows])
    cut = len(rows) // 5
    probabilities = fit(features[cut:], labels[cut:]).predict_proba(features[:cut])[:, 1]
    report("held out", probabilities, labels[:cut])
    model = fit(features, labels)
    np.savez_compressed(OUTPUT, weights=model.coef_[0].astype(np.float16), intercept=np.float32(model.intercept_[0]))
    check = read(folder / "labels/toxicity/hatecheck.jsonl.gz")
    hateful = np.array([int(row["label"] == "hateful") for row in check])
    report("HateCheck", model.predict_proba(vectorizer().transform([row["text"] for row in check]))[:, 1], hateful)


def fit(features: Any, labels: Any) -> LogisticRegression:
    """Both classes weigh the same: the sets are not what the web is like anyway."""
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000, random_state=SEED).fit(features, labels)


def report(name: str, probabilities: Any, labels: Any) -> None:
    """Precision, recall and the share of harmless text flagged, at 0.5 and at 0.9."""
    print(f"{name}: n {len(labels)}, AUC {roc_auc_score(labels, probabilities):.3f}")
    for threshold in (0.5, 0.9):
        flagged = probabilities >= threshold
        precision = labels[flagged].mean() if flagged.any() else float("nan")
        harmless = flagged[labels == 0].mean()
        print(f"  at {threshold}: precision {precision:.3f}, recall {flagged[labels == 1].mean():.3f}, harmless flagged {harmless:.3f}")


if __name__ == "__main__":
    main()
