"""Trains src/tierline/operations/noise.npz: `python -m training_scripts.train_noise --data DIR`.

Learns which lines are noise from labels by hand (benchmarks/gold), gold texts and the markup of manuals, of two thirds of the domains;
`benchmarks.refining` measures on the others.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from scipy.special import logit
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from tierline.operations.drops import SCORE_MIN
from tierline.operations.line_features import Lines, read_lines
from tierline.operations.noise import ODDS_LIMIT, WEIGHTS, NoiseModel, noise_spans, save_model, with_context
from tierline.students.features import student_features
from tierline.students.gram_kernel import BUCKETS
from training_scripts.noise_pages import NOISE, UNKNOWN, Labels, Page, crawl_pages, gold_pages, line_labels

FOLDS, SEEDS, SEED = 4, 3, 61
GRAMS, NUMBERS, PENALTY = 2.0, 0.2, 0.5  # scales of the two kinds of features under one penalty, and its inverse strength
HIDDEN, DECAY, RATE, EPOCHS, BATCH, DRAWN = 24, 0.1, 2e-3, 10, 256, 30_000
THRESHOLD = float(logit(SCORE_MIN)) + 0.003  # what drops.py asks of a line, and no less when rounded
THRESHOLDS = (-1.0, 0.0, 1.0, THRESHOLD, 3.0)  # of the curve that is printed
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Trainer:
    """Labeled lines of some pages, and what is seen of them."""

    def __init__(self, pages: Sequence[Page], labels: Labels) -> None:
        self.pages, self.labels = pages, labels
        self.lines: Lines = read_lines([page.document for page in pages])
        surface, self.grams = student_features(self.lines.texts)
        self.numbers = np.hstack([surface, self.lines.numbers])
        self.fold = np.array([page.number // 3 % FOLDS for page in pages])[self.lines.document]
        self.known = labels.values != UNKNOWN

    def fit(self) -> tuple[NoiseModel, Floats]:
        """(the model of all lines, log odds of each line by models that had not seen its domain, (n,))."""
        middle, spread = self.numbers.mean(axis=0), self.numbers.std(axis=0) + 1e-6
        empty = np.empty(0)
        model = NoiseModel(np.zeros((2 * BUCKETS, 1), np.float32), middle, spread, empty, 0.0, empty, empty, empty, 0.0, 0.0)
        numbers = model.standard(self.numbers)
        inputs = csr_matrix(hstack([GRAMS * self.grams, csr_matrix(NUMBERS * numbers)]))
        rows = np.flatnonzero(self.known)
        first = np.zeros(len(self.known))
        for fold in range(FOLDS):
            own = self.fold == fold
            first[own] = self._linear(inputs, rows[self.fold[rows] != fold]).decision_function(inputs[np.flatnonzero(own)])
        seen = with_context(np.clip(first, -ODDS_LIMIT, ODDS_LIMIT), numbers, self.lines).astype(np.float32)
        odds = np.zeros(len(self.known))
        for fold in range(FOLDS):
            own = self.fold == fold
            odds[own] = _run(self._network(seen, rows[self.fold[rows] != fold], 1), seen[own])
        linear = self._linear(inputs, rows)
        weights = linear.coef_[0]
        hidden, hidden_bias, output, output_bias = self._network(seen, rows, SEEDS)
        fitted = replace(
            model,
            grams=np.ascontiguousarray((GRAMS * weights[: 2 * BUCKETS, None]).astype(np.float32)),
            linear=NUMBERS * weights[2 * BUCKETS :],
            bias=float(linear.intercept_[0]),
            hidden=hidden,
            hidden_bias=hidden_bias,
            output=output,
            output_bias=output_bias,
        )
        return fitted, odds

    def _linear(self, inputs: csr_matrix, rows: Rows) -> LogisticRegression:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a little short of the optimum is as good
            regression = LogisticRegression(C=PENALTY, max_iter=60, tol=1e-2)
            return regression.fit(inputs[rows], self.labels.values[rows], sample_weight=self.labels.weights[rows])

    def _network(self, seen: npt.NDArray[np.float32], rows: Rows, seeds: int) -> tuple[Floats, Floats, Floats, float]:
        """The mean of some networks as one network; each sees lines drawn by their weights."""
        chance = self.labels.weights[rows] / self.labels.weights[rows].sum()
        nets: list[Any] = []
        for seed in range(seeds):
            drawn = np.random.default_rng([SEED, seed]).choice(rows, size=DRAWN, p=chance)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                net = MLPClassifier(
                    (HIDDEN,), alpha=DECAY, learning_rate_init=RATE, max_iter=EPOCHS, batch_size=BATCH, random_state=SEED + seed
                )
                nets.append(net.fit(seen[drawn], self.labels.values[drawn]))
        hidden, bias = (np.concatenate([getattr(net, name)[0] for net in nets], axis=-1) for name in ("coefs_", "intercepts_"))
        output = np.concatenate([net.coefs_[1][:, 0] for net in nets]) / seeds
        return hidden, bias, output, float(np.mean([net.intercepts_[1][0] for net in nets]))

    def dropped(self, odds: Floats, threshold: float) -> Rows:
        """The lines that would be dropped at a threshold."""
        edges = np.searchsorted(self.lines.document, np.arange(len(self.pages) + 1))
        found: list[int] = []
        for number, page in enumerate(self.pages):
            rows = range(int(edges[number]), int(edges[number + 1]))
            place = {int(self.lines.line[row]): row for row in rows}
            spans = noise_spans(page.document, {line: float(odds[row]) - threshold for line, row in place.items()})
            found += [place[line] for first, last in spans for line in range(first, last + 1) if line in place]
        return np.array(sorted(found), np.int64)

    def precision(self, rows: Rows) -> tuple[float, float, int]:
        """(share of labeled rows that are noise, share of the noise that the rows hold, labeled rows)."""
        values = self.labels.values[rows]
        labeled = rows[values != UNKNOWN]
        right = int((self.labels.values[labeled] == NOISE).sum())
        return right / max(1, len(labeled)), right / max(1, int((self.labels.values == NOISE).sum())), len(labeled)


def _run(network: tuple[Floats, Floats, Floats, float], seen: npt.NDArray[np.float32]) -> Floats:
    hidden, hidden_bias, output, output_bias = network
    return np.maximum(seen @ hidden + hidden_bias, 0.0) @ output + output_bias


def train(pages: Sequence[Page]) -> NoiseModel:
    """From the pages that are not held out; prints what would be dropped on domains that the predicting model had not seen."""
    own = [page for page in pages if not page.is_held_out]
    trainer = Trainer(own, line_labels(own))
    model, odds = trainer.fit()
    for threshold in THRESHOLDS:
        precision, recall, count = trainer.precision(trainer.dropped(odds, threshold))
        print(f"threshold {threshold:4.1f}: precision {precision:.3f}, recall {recall:.3f}, {count} lines with a label")
    return replace(model, threshold=THRESHOLD)


def main() -> None:
    """Train, write, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl/ and extraction/")
    data = parser.parse_args().data
    model = train([*crawl_pages(data), *gold_pages(data)])
    save_model(WEIGHTS, model)
    print(f"{WEIGHTS.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
