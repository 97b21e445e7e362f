"""Trains src/tierline/judges/injection.npz: `python -m training_scripts.train_injection --data DIR`.

Learns sentences that address a judge from injection_phrases.yaml, and sentences that do not from there, labeled pages, textbooks, news
in 75 languages, comments, e-mails, short messages, and instructions that people give to assistants. Reports recall on families of attacks
and the share of pages that are flagged, each by a detector that saw neither, then trains on everything.
"""

import argparse
import gzip
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.sparse import hstack
from sklearn.linear_model import LogisticRegression

from tierline.judges.injection import DOUBT, WEIGHTS, Concepts, feature_matrix, sentences, stem, undisguised, visible
from tierline.reliability.anchors import find_sets, read_anchors
from tierline.text.toxicity_kernel import FEATURES as HASHED

SEED = 11
LOADED = yaml.safe_load(Path(__file__).with_name("injection_phrases.yaml").read_text("utf-8"))
PER_TEMPLATE = 30  # ways of filling its slots that are learned
FLAGGED_PAGES = 0.015  # share of PAGES that may be flagged: where the threshold is put
PAGES = ("dclm-human", "hplt-human-inspection", "onestop-levels", "openstax")
OPENSTAX_PAGES = 1_000
CHARACTERS = 4_000  # of a page
FOLDS = 3  # of families and of pages


def attacks() -> list[tuple[str, str]]:
    """(family, sentence), at most PER_TEMPLATE ways of filling each template, drawn with the fixed seed."""
    chance = random.Random(SEED)
    return [(family, text) for family, templates in LOADED["families"].items() for text in _filled(templates, chance)]


def innocents() -> list[str]:
    """Sentences that speak of quality, marks and judges as ordinary pages do."""
    return list(_filled(LOADED["innocent"], random.Random(SEED)))


def lexicon() -> tuple[dict[str, int], int]:
    """Stems -> the set of concepts that they may stand for, bit i for concept i; and the number of concepts."""
    stems: dict[str, int] = {}
    for bit, lines in enumerate(LOADED["concepts"].values()):
        for word in " ".join(lines).split():
            stems[stem(word)] = stems.get(stem(word), 0) | 1 << bit
    return stems, len(LOADED["concepts"])


def _filled(templates: Sequence[str], chance: random.Random) -> Iterator[str]:
    slots = LOADED["slots"] | LOADED["language_slots"]
    for template in templates:
        names = [name for name in slots if f"{{{name}}}" in template]
        ways = list(itertools.islice(_fillings(slots, names, chance), PER_TEMPLATE))
        yield from (template.format(**dict(zip(names, way, strict=True))) for way in dict.fromkeys(ways))


def _fillings(slots: dict[str, list[str]], names: Sequence[str], chance: random.Random) -> Iterator[tuple[str, ...]]:
    size = 1
    for name in names:
        size *= len(slots[name])
    if size <= PER_TEMPLATE:
        yield from itertools.product(*(slots[name] for name in names))
    while size > PER_TEMPLATE:
        yield tuple(chance.choice(slots[name]) for name in names)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def pages(data: Path) -> list[tuple[str, str]]:
    """(kind, text) of texts that address no judge."""
    found = [(row["set"], row["text"][:CHARACTERS]) for row in read_anchors(find_sets(str(data / "labels"))).rows]
    books = [row["text"][:CHARACTERS] for row in read(data / "text/openstax.jsonl.gz")]
    found += [("openstax", text) for text in random.Random(SEED).sample(books, min(OPENSTAX_PAGES, len(books)))]
    found += [("news", row["text"]) for row in read(data / "labels/langid/leipzig-sentences.jsonl.gz")[::2]]
    found += [("comments", row["text"]) for row in read(data / "labels/toxicity/surge.jsonl.gz")]
    found += [("comments", row["text"]) for row in read(data / "labels/toxicity/toxic-spans.jsonl.gz")[::3]]
    found += [("quiz", row["question"]) for row in read(data / "bench/nq-open.jsonl.gz")[:1_000]]
    for row in read(data / "instr/self-instruct/data/seed_tasks.jsonl"):
        found += [("instructions", row["instruction"])]
    for row in read(data / "instr/self-instruct/human_eval/user_oriented_instructions.jsonl"):
        found += [("instructions", row["instruction"])]
    for row in read(data / "instr/oasst/en_100_tree.jsonl"):
        found += [("assistants", text) for text in _said(row["prompt"])]
    return found + [("innocent", text) for text in innocents()]


def _said(message: dict[str, Any]) -> Iterator[str]:
    yield message["text"]
    for reply in message.get("replies") or ():
        yield from _said(reply)


def main() -> None:
    """Cross-validate over families and pages, report, then train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels, text, bench and instr")
    arguments = parser.parse_args()
    bad, good = attacks(), pages(arguments.data)
    random.Random(SEED).shuffle(good)
    found = [(page, seen[start:end]) for page, (_, text) in enumerate(good) for seen in [visible(text)] for start, end in sentences(seen)]
    lines, owners = [undisguised(line) for _, line in found], np.array([page for page, _ in found])
    families, kinds = np.array([family for family, _ in bad]), np.array([kind for kind, _ in good])
    stems, number = lexicon()
    readings = [*(undisguised(text) for _, text in bad), *lines]
    features = hstack([feature_matrix(readings), Concepts(stems, number).matrix(readings)], "csr")
    print(f"{len(bad)} attacks of {len(set(families))} families, {len(lines)} sentences of {len(good)} pages")
    names, odds = sorted(set(families.tolist())), np.empty(features.shape[0])
    for fold in range(FOLDS):
        held = np.concatenate([np.isin(families, names[fold::FOLDS]), owners % FOLDS == fold])
        odds[held] = features[held] @ fit(features[~held], np.flatnonzero(~held) < len(bad)).coef_[0]
    cut = threshold(odds[len(bad) :], owners, kinds)
    report(odds, cut, families, owners, kinds)
    worst = np.argsort(-odds[len(bad) :])[:40]
    print("\n".join(f"    {odds[len(bad) + row] - cut:6.2f} {kinds[owners[row]]}: {lines[row][:120]!r}" for row in worst))
    model = fit(features, np.arange(len(odds)) < len(bad))
    words = model.coef_[0, :HASHED].astype(np.float16)
    concept_weights = model.coef_[0, HASHED:].astype(np.float32)
    meanings = np.array(list(stems.values()), np.int16)
    np.savez_compressed(
        WEIGHTS, weights=words, concept_weights=concept_weights, stems=list(stems), meanings=meanings, concepts=number, intercept=-cut
    )
    learned = features[: len(bad)] @ model.coef_[0] > cut
    print(f"{learned.mean():.3f} of what was learned from found, {WEIGHTS.stat().st_size / 1e3:.0f} kB")


def fit(features: Any, addresses: Any) -> LogisticRegression:
    """Both classes weigh the same."""
    return LogisticRegression(C=3.0, class_weight="balanced", tol=1e-4, max_iter=300, random_state=SEED).fit(features, addresses)


def worst_of_pages(odds: Any, owners: Any) -> dict[int, float]:
    """The odds of each page's worst sentence."""
    worst: dict[int, float] = {}
    for page, value in zip(owners.tolist(), odds.tolist(), strict=True):
        worst[page] = max(worst.get(page, -np.inf), value)
    return worst


def threshold(odds: Any, owners: Any, kinds: Any) -> float:
    """Below which all sentences of all but FLAGGED_PAGES of the PAGES lie, each judged by a detector that has not seen it."""
    return float(np.quantile([value for page, value in worst_of_pages(odds, owners).items() if kinds[page] in PAGES], 1 - FLAGGED_PAGES))


def report(odds: Any, cut: float, families: Any, owners: Any, kinds: Any) -> None:
    """Of families and pages that the detector had not seen: the share found and the share flagged, certainly or doubtfully."""
    for family in sorted(set(families.tolist())):
        own = odds[: len(families)][families == family]
        print(f"  {family}: {np.mean(own > cut):.3f} found, {np.mean(own > cut - DOUBT):.3f} doubted, of {len(own)}")
    worst = worst_of_pages(odds[len(families) :], owners)
    for kind in sorted(set(kinds.tolist())):
        own = np.array([value for page, value in worst.items() if kinds[page] == kind])
        print(f"  {kind}: {np.mean(own > cut):.4f} flagged, {np.mean(own > cut - DOUBT):.4f} doubted, of {len(own)} pages")


if __name__ == "__main__":
    main()
