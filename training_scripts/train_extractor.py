"""Trains src/tierline/crawl/extractor.npz: `python -m training_scripts.train_extractor --data DIR`.

Learns from pages with a gold text (a block is main text where most of its word shingles are in the gold) and from pages with
snippets that must and must not be there; what those say nothing of is learned, at less weight, from trafilatura's text.
Beside the weights it writes benchmarks/extraction_folds.npz: for each fold of sites the model that has not seen them, by which
the benchmark judges pages of these sites.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from selectolax.lexbor import LexborHTMLParser
from trafilatura import extract

from tierline.crawl.blocks import Blocks, cut_blocks
from tierline.crawl.extract import main_text, read_head
from tierline.crawl.features import FIRST_FEATURES, Context, block_features, context_features
from tierline.crawl.model import WEIGHTS, Model, Network
from tierline.crawl.rules import PageRules
from training_scripts.extraction_folds import FOLDS, FOLDS_FILE, fold_of, save_folds
from training_scripts.extraction_gold import SHINGLE_WORDS, WORD, GoldPage, page_counts, read_gold

SETS = {"trafilatura": 1.0, "scrapinghub": 2.0, "readability": 1.5}  # weight of a page: the smaller sets say more of each
OUTPUT = Path(__file__).parents[1] / "src/tierline/crawl" / WEIGHTS
UNITS, NETS, EPOCHS, BATCH = 32, 2, 10, 512
RATE, DECAY, FEATURE_DROP = 3e-3, 1e-4, 0.15
THRESHOLD = 0.6  # from 0.5 to 0.65 every set stays within 0.007 of its best F1 in cross-validation
TEACHER_WEIGHT = 0.5  # of all a snippet page's blocks together, next to 1/6 for each snippet
LONGEST = 200  # words; a longer block weighs no more
MIN_DEVIATION = 0.15  # of a feature, so that rare hints do not shout

Array = np.ndarray[Any, Any]


@dataclass(slots=True)
class Example:
    """A page ready to learn from: features, labels and weights of its blocks."""

    gold: GoldPage
    name: str
    blocks: Blocks
    root: Any  # of the tree that the blocks are of
    title: str
    features: Array
    context: Context
    labels: Array
    weights: Array


def main() -> None:
    """Cross-validate over sites, report, then train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with extraction/<set>.warc.gz and .gold.jsonl.gz")
    folder = parser.parse_args().data / "extraction"
    examples = [made for name in SETS for gold in read_gold(folder / f"{name}.gold.jsonl.gz") if (made := prepare(name, gold))]
    folds = np.array([fold_of(example.gold.site) for example in examples])
    guesses: list[Array] = [np.empty(0)] * len(examples)
    models: list[Model] = []
    for fold in range(FOLDS):
        seen = [example for example, where in zip(examples, folds, strict=True) if where != fold]
        first = fit_first(seen)
        models.append(Model(first, fit_second(seen, held_out_guesses(seen)), THRESHOLD))
        for number in np.flatnonzero(folds == fold):
            guesses[number] = first(examples[number].features[:, :FIRST_FEATURES])
        report(f"fold {fold}", [example for example, where in zip(examples, folds, strict=True) if where == fold], models[-1:])
    report("all folds", examples, models)
    Model(fit_first(examples), fit_second(examples, guesses), THRESHOLD).save(OUTPUT)
    save_folds(models, {example.gold.site for example in examples}, FOLDS_FILE)


def prepare(name: str, gold: GoldPage) -> Example | None:
    """Cut a page and label its blocks; None if it has no text."""
    tree: Any = LexborHTMLParser(gold.html.encode("utf-8", "replace"))
    blocks, title = cut_blocks(tree.root, PageRules()), read_head(tree).title or ""
    if not blocks.texts:
        return None
    features, context = block_features(blocks, title)
    labels, weights = label(gold, blocks.texts)
    return Example(gold, name, blocks, tree.root, title, features.copy(), context, labels, weights * SETS[name])


def label(gold: GoldPage, texts: Sequence[str]) -> tuple[Array, Array]:
    """(labels 0/1, weights) of a page's blocks; weights follow words and add up to about one."""
    reference = gold.text if gold.text is not None else extract(gold.html, fast=True) or ""
    words = [WORD.findall(text.lower()) for text in texts]
    shares, certain = _shares_in(reference.lower(), words)
    lengths = np.array([len(found) for found in words], dtype=float)
    for number in np.flatnonzero(~certain):  # too short to say: as most of what stands around it
        near = slice(max(0, number - 3), number + 4)
        weight = lengths[near] * certain[near]
        shares[number] = float((shares[near] * weight).sum() > 0.5 * weight.sum())
    labels = (shares >= 0.5).astype(np.float32)
    weights = np.where(lengths > 0, np.minimum(lengths, LONGEST) + 1, 0)
    weights /= max(1.0, weights.sum())
    if gold.text is None:
        weights *= TEACHER_WEIGHT
        for number, text in enumerate(texts):
            for snippet in gold.must_not:
                if snippet in text:
                    labels[number], weights[number] = 0, weights[number] + 1 / 6
            for snippet in gold.must:
                if snippet in text:
                    labels[number], weights[number] = 1, weights[number] + 1 / 6
    return labels, weights


def _shares_in(reference: str, words: Sequence[Sequence[str]]) -> tuple[Array, Array]:
    """(share of each block's shingles that the reference holds, whether that is certain)."""
    whole = WORD.findall(reference)
    known = {tuple(whole[start : start + SHINGLE_WORDS]) for start in range(len(whole) - SHINGLE_WORDS + 1)}
    lines = {tuple(WORD.findall(line)) for line in reference.splitlines()}
    running = f" {' '.join(whole)} "
    shares, certain = np.zeros(len(words)), np.ones(len(words), dtype=bool)
    for number, found in enumerate(words):
        if len(found) >= SHINGLE_WORDS:
            runs = [tuple(found[start : start + SHINGLE_WORDS]) for start in range(len(found) - SHINGLE_WORDS + 1)]
            shares[number] = sum(run in known for run in runs) / len(runs)
        elif tuple(found) in lines:
            shares[number] = 1
        else:
            certain[number] = f" {' '.join(found)} " not in running
    return shares, certain


def fit_first(examples: Sequence[Example]) -> Network:
    """The network that sees the page's own features."""
    return fit([example.features[:, :FIRST_FEATURES] for example in examples], examples, 1)


def fit_second(examples: Sequence[Example], guesses: Sequence[Array]) -> Network:
    """The network that sees, besides, guesses which the first one made without having learned from the page."""
    for example, guess in zip(examples, guesses, strict=True):
        context_features(example.features, guess, example.context)
    return fit([example.features for example in examples], examples, NETS)


def held_out_guesses(examples: Sequence[Example]) -> list[Array]:
    """First guesses on each half of the sites, by a network that learned from the other half."""
    halves = [hashlib.sha256(f"half {example.gold.site}".encode()).digest()[0] % 2 for example in examples]
    nets = []
    for half in (0, 1):
        chosen = [example for example, where in zip(examples, halves, strict=True) if where != half]
        nets.append(fit([example.features[:, :FIRST_FEATURES] for example in chosen], chosen, 1))
    return [nets[half](example.features[:, :FIRST_FEATURES]) for example, half in zip(examples, halves, strict=True)]


def fit(features: Sequence[Array], examples: Sequence[Example], nets: int) -> Network:
    """Members trained from different seeds, side by side, with the standardization folded in."""
    inputs = np.concatenate(features)
    mean, deviation = inputs.mean(0), np.maximum(inputs.std(0), MIN_DEVIATION)
    inputs = (inputs - mean) / deviation
    labels = np.concatenate([example.labels for example in examples])
    weights = np.concatenate([example.weights for example in examples]).astype(np.float32)
    members = [_descend(inputs, labels, weights / weights.mean(), seed) for seed in range(nets)]
    hidden = np.concatenate([member[0] for member in members], axis=1) / deviation[:, None]
    bias = np.concatenate([member[1] for member in members]) - mean @ hidden
    output = np.zeros((nets * UNITS, nets), np.float32)
    for number, member in enumerate(members):
        output[number * UNITS : (number + 1) * UNITS, number] = member[2]
    return Network(hidden, bias, output, np.concatenate([member[3] for member in members]))


def _descend(inputs: Array, labels: Array, weights: Array, seed: int) -> list[Array]:
    """[hidden, hidden bias, output, output bias] by Adam (Kingma and Ba, 2015) with a cosine rate; features are dropped by column."""
    random = np.random.default_rng(seed)
    count, width = inputs.shape
    state = [
        random.normal(0, width**-0.5, (width, UNITS)).astype(np.float32),
        np.zeros(UNITS, np.float32),
        random.normal(0, UNITS**-0.5, UNITS).astype(np.float32),
        np.zeros(1, np.float32),
    ]
    first, second = [np.zeros_like(part) for part in state], [np.zeros_like(part) for part in state]
    steps, step = EPOCHS * (count // BATCH), 0
    for _ in range(EPOCHS):
        order = random.permutation(count)
        for start in range(0, count - BATCH + 1, BATCH):
            step += 1
            rows = order[start : start + BATCH]
            kept = ((random.random(width) >= FEATURE_DROP) / (1 - FEATURE_DROP)).astype(np.float32)
            gradients = _gradients(state, inputs[rows] * kept, labels[rows], np.minimum(weights[rows], 20))
            rate = RATE * (0.505 + 0.495 * np.cos(np.pi * step / steps))
            for number, gradient in enumerate(gradients):
                first[number] += 0.1 * (gradient - first[number])
                second[number] += 0.001 * (gradient**2 - second[number])
                scale = np.sqrt(second[number] / (1 - 0.999**step)) + 1e-8
                state[number] -= (rate / (1 - 0.9**step) * first[number] / scale).astype(np.float32)
    return state


def _gradients(state: list[Array], inputs: Array, labels: Array, weights: Array) -> list[Array]:
    units = np.maximum(inputs @ state[0] + state[1], 0)
    error = (1 / (1 + np.exp(-(units @ state[2] + state[3][0]))) - labels) * weights / len(labels)
    back = np.outer(error, state[2]) * (units > 0)
    return [inputs.T @ back + DECAY * state[0], back.sum(0), units.T @ error + DECAY * state[2], error.sum(keepdims=True)]


def report(title: str, examples: Sequence[Example], models: Sequence[Model]) -> None:
    """F1, precision and recall of each set; with several models each page by the one of its fold."""
    for name in SETS:
        counts = np.zeros(3)
        for example in examples:
            if example.name == name:
                model = models[fold_of(example.gold.site) if len(models) > 1 else 0]
                counts += page_counts(example.gold, main_text(example.blocks, example.title, model, example.root).text)
        right, wrong, missed = np.maximum(counts, 1e-9)
        score = f"F1 {2 * right / (2 * right + wrong + missed):.3f} P {right / (right + wrong):.3f} R {right / (right + missed):.3f}"
        print(f"{title:10} {name:12} {score}", flush=True)


if __name__ == "__main__":
    main()
