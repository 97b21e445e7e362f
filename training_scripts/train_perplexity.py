"""Trains src/tierline/students/perplexity.npz: `python -m training_scripts.train_perplexity --data DIR`.

Learns from the 150 news and web sentences of each of 75 languages in labels/langid/leipzig-sentences, from Wikipedia paragraphs in
seven languages (bench/xquad) and from English textbook modules (text/openstax). Reports how well it tells labeled good texts from
bad, none of which it has seen.
"""

import argparse
import gzip
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from tierline.filters.language import identify
from tierline.reliability.anchors import find_sets, read_anchors
from tierline.students.perplexity import BUNDLED, train_ngrams

SENTENCES = 8  # in a text: about as long as a paragraph, so that what is typical is typical of texts
EVERY = 20  # textbook modules: English then has about ten times as much as other languages


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def clean_texts(folder: Path) -> dict[str, list[str]]:
    """Language code -> texts that somebody has written and edited."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for row in read(folder / "labels/langid/leipzig-sentences.jsonl.gz"):
        sentences[row["lang"]].append(row["text"])
    texts = {language: [" ".join(own[at : at + SENTENCES]) for at in range(0, len(own), SENTENCES)] for language, own in sentences.items()}
    for row in read(folder / "bench/xquad.jsonl.gz"):
        texts[row["lang"]].append(row["context"])
    for row in read(folder / "text/openstax.jsonl.gz")[::EVERY]:
        texts["en"] += [row["text"][at : at + 4_000] for at in range(0, len(row["text"]), 4_000)]
    return texts


def main() -> None:
    """Train, write, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels, bench/xquad.jsonl.gz and text/openstax.jsonl.gz")
    folder = parser.parse_args().data
    model = train_ngrams(clean_texts(folder))
    np.savez_compressed(
        BUNDLED, languages=sorted(model.typical), typical=[model.typical[name] for name in sorted(model.typical)], codes=model.codes
    )
    print(f"{model.model_id}: {len(model.typical)} languages, {BUNDLED.stat().st_size / 1e6:.2f} MB")
    rows = read_anchors(find_sets(str(folder / "labels"))).rows
    texts = [row["text"] for row in rows]
    languages = [identify(text)[0] for text in texts]
    began = time.process_time()
    surprise = model.perplexity(texts, languages)
    print(f"{len(texts) / (time.process_time() - began):.0f} texts/s of one core")
    labels, sets = np.array([row["label"] for row in rows]), np.array([row["set"] for row in rows])
    for name in sorted(set(sets)):
        labeled = (sets == name) & (labels != 0.5)
        own = labeled & ~np.isnan(surprise)
        print(f"{name}: n {own.sum()} of {labeled.sum()}, AUC {roc_auc_score(labels[own] > 0.5, -surprise[own]):.3f}")


if __name__ == "__main__":
    main()
