"""Trains src/tierline/filters/language.npz: `python -m training_scripts.train_language --data DIR`.

Counts letter n-grams of every language of the declarations and sentences sets. Before all of it is counted, every second text is
held out; on those, and on web pages that a person checked, the weighing against lid.176 was chosen (`PriorBlend`).
"""

import argparse
import gzip
import hashlib
import json
import random
import string
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tierline.filters import language_kernel as kernel
from tierline.filters.language import STEP, WEIGHTS, Opinion, letter_costs

SETS = {"sentences": "langid/leipzig-sentences.jsonl.gz", "declarations": "langid/udhr-articles.jsonl.gz"}
SAME = {"zlm": "ms", "als": "sq", "prs": "fa", "quy": "qu", "quz": "qu", "no": "nb", "fil": "tl"}  # varieties, by the name of the whole
SMOOTHING = 0.1
SEED = 7
NOISE_QUANTILE = 0.999
OUTPUT = Path(__file__).parents[1] / "src/tierline/filters" / WEIGHTS


@dataclass(frozen=True, slots=True)
class Labeled:
    """A text whose language is known; `variety` tells scripts, orthographies and dialects of one language apart."""

    language: str
    variety: str
    text: str


def read_set(path: Path) -> list[Labeled]:
    """A set's rows, by ISO 639 code; those of no one language are left out."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    found = [(row.get("bcp47", row["lang"]).split("-")[0], row.get("key", ""), row["text"]) for row in rows]
    return [Labeled(SAME.get(code, code), key, text) for code, key, text in found if code not in ("und", "mul", "zxx")]


def halves(rows: Iterable[Labeled]) -> tuple[list[Labeled], list[Labeled]]:
    """Every second text of each variety."""
    seen: Counter[tuple[str, str]] = Counter()
    split: tuple[list[Labeled], list[Labeled]] = ([], [])
    for row in rows:
        split[seen[row.language, row.variety] % 2].append(row)
        seen[row.language, row.variety] += 1
    return split


def train(rows: Iterable[Labeled], noise: float = np.inf) -> Opinion:
    """Negative log frequencies of letter n-grams, smoothed, one class for each (language, variety)."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        texts[row.language, row.variety].append(row.text)
    keys = sorted(texts)
    counts = np.stack([kernel.count_grams(np.frombuffer("\n".join(texts[key]).lower().encode(), np.uint8)) for key in keys], axis=1)
    shares = (counts + SMOOTHING) / (counts.sum(axis=0) + SMOOTHING * len(counts))
    costs = np.minimum(255, np.rint(-np.log(shares) / STEP)).astype(np.uint8)
    of_class = [language for language, _ in keys]
    languages = tuple(dict.fromkeys(of_class))
    return Opinion(languages, np.array([of_class.index(one) for one in languages], np.int64), costs, noise)


def fit_noise(rows: list[Labeled]) -> float:
    """The mean cost of an n-gram halfway between the worst held-out texts in ASCII letters and random letters."""
    learned, held = halves(rows)
    opinion, chance = train(learned), random.Random(SEED)
    letters = string.ascii_lowercase + "     "
    costs: list[float] = []
    for texts in (
        [row.text.lower() for row in held if row.text.isascii()],
        ["".join(chance.choices(letters, k=200)) for _ in range(200)],
    ):
        summed, grams = letter_costs(texts, opinion)
        costs.append(float(np.quantile(summed.min(axis=1) / np.maximum(1, grams), NOISE_QUANTILE)))
    return sum(costs) / 2


def digest(path: Path) -> str:
    """Names a set's content, so that a benchmark knows what the weights have seen."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Train on all rows and write the weights with the digests of what they learned from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/langid")
    paths = [parser.parse_args().data / "labels" / name for name in SETS.values()]
    rows = [row for path in paths for row in read_set(path)]
    trained = train(rows, fit_noise(rows))
    np.savez_compressed(
        OUTPUT,
        languages=np.array(trained.languages),
        begins=trained.begins,
        costs=trained.costs,
        noise=np.float64(trained.noise),
        seen=np.array([digest(path) for path in paths]),
    )
    print(f"{len(trained.languages)} languages, {trained.costs.shape[1]} classes, noise above {trained.noise:.2f} nats")


if __name__ == "__main__":
    main()
