"""Trains src/tierline/students/prior.npz: `python -m training_scripts.train_prior --data DIR`.

Learns from every labeled text below DIR/labels (quality and spam) what the student starts from: one head a set, and which set a text
is like. Reports for each set the AUC on held-out groups, by the set's own head and by the mixture.
"""

import argparse
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from tierline.filters.language import identify_batch
from tierline.judges.judge import MIDDLE
from tierline.judges.probe_training import groups_of_copies
from tierline.judges.rules import ProbeRules
from tierline.reliability.anchors import find_sets, read_anchors
from tierline.reliability.reliability import auc
from tierline.reliability.rules import AnchorRules
from tierline.students.features import student_features
from tierline.students.linear import LinearModel, Standard, from_coefficients, scaled
from tierline.students.out_of_fold import text_key
from tierline.students.prior import BUNDLED, Prior, load_prior, save_prior

FOLDS, REPEATS = 10, 3  # each time others: what a held-out text is said to be hangs less on how texts happened to be divided
PENALTY = 1.0  # inverse strength of L2: AUC is flat from 0.3 to 3
LANGUAGE_TEXTS = 20  # that a language needs for a column of its own
# A document of unknown origin is a web page rather than an e-mail or a graded reader: log odds added to its set_similarity to each set.
WEB, WEB_BELIEF = "dclm-human", 1.0
RARE, RARE_BELIEF = ProbeRules().rare, -1.0


@dataclass(frozen=True)
class Labeled:
    """n distinct texts with a label that says something, and what is seen of them."""

    texts: list[str]
    useful: np.ndarray
    sets: np.ndarray
    groups: np.ndarray
    languages: np.ndarray
    surface: np.ndarray
    grams: csr_matrix


def read(folder: Path) -> Labeled:
    """Every labeled text once; near-duplicates share a group."""
    rows = {text_key(row["text"]): row for row in read_anchors(find_sets(str(folder / "labels"))).rows if row["label"] != MIDDLE}
    texts = [row["text"][: AnchorRules().characters] for row in rows.values()]
    groups = groups_of_copies(texts, [row["group"] for row in rows.values()])
    useful, sets = (np.array([row[name] for row in rows.values()]) for name in ("label", "set"))
    return Labeled(texts, useful > MIDDLE, sets, np.array(groups), np.array(identify_batch(texts).language), *student_features(texts))


def folds(labeled: Labeled) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(train, test), REPEATS divisions in turn: every fold has its share of each set and label, a group is in one."""
    strata = np.unique([f"{name}/{label}" for name, label in zip(labeled.sets, labeled.useful, strict=True)], return_inverse=True)[1]
    for seed in range(REPEATS):
        yield from StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(strata, strata, labeled.groups)


def fit(labeled: Labeled, rows: np.ndarray, names: list[str]) -> LinearModel:
    """One head a set over its own texts, then the set_similarity to each set over all, from these rows; not calibrated yet."""
    equal = balanced(labeled.sets[rows])
    middle = np.average(labeled.surface[rows], axis=0, weights=equal)
    spread = np.sqrt(np.average((labeled.surface[rows] - middle) ** 2, axis=0, weights=equal)) + 1e-6
    languages, counts = np.unique(labeled.languages[rows], return_counts=True)
    standard = Standard(middle, spread, tuple(languages[counts >= LANGUAGE_TEXTS].tolist()))
    seen = scaled(labeled.surface, labeled.grams, labeled.languages.tolist(), standard)
    coefficients, bias = [], []
    for name in names:
        own = rows[labeled.sets[rows] == name]
        head = regression(seen[own], labeled.useful[own], balanced(labeled.useful[own]))
        coefficients.append(head.coef_[0])
        bias.append(head.intercept_[0])
    set_similarity = regression(seen[rows], labeled.sets[rows], equal)
    assert set_similarity.classes_.tolist() == names
    beliefs = WEB_BELIEF * (set_similarity.classes_ == WEB) + RARE_BELIEF * np.isin(set_similarity.classes_, RARE)
    bias += (set_similarity.intercept_ + beliefs).tolist()
    return from_coefficients(np.vstack([*coefficients, *set_similarity.coef_]), np.array(bias), standard)


def regression(inputs: csr_matrix, labels: np.ndarray, weights: np.ndarray) -> LogisticRegression:
    """Logistic regression of the one penalty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a little short of the optimum is as good
        return LogisticRegression(C=PENALTY, max_iter=500, tol=1e-3).fit(inputs, labels, sample_weight=weights)


def balanced(labels: np.ndarray) -> np.ndarray:
    """Weights of mean 1 under which all labels have the same share."""
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return len(numbers) / (len(counts) * counts[numbers])


def calibrate(labeled: Labeled, held_out: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(slope, shift) of each column: heads by Platt scaling (1999) of held-out odds, classes of equal size; set_similarity as it is."""
    slope, shift = np.ones(2 * len(names)), np.zeros(2 * len(names))
    for column, name in enumerate(names):
        own = labeled.sets == name
        scale = LogisticRegression(C=1e3).fit(
            held_out[own, column : column + 1], labeled.useful[own], sample_weight=balanced(labeled.useful[own])
        )
        slope[column], shift[column] = scale.coef_[0, 0], scale.intercept_[0]
    return slope, shift


def main() -> None:
    """Train, write, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/quality and labels/spam")
    labeled = read(parser.parse_args().data)
    names = sorted(set(labeled.sets.tolist()))
    odds = np.zeros((len(labeled.texts), 2 * len(names)))
    for train, test in track(folds(labeled), "folds", total=FOLDS * REPEATS):
        one = fit(labeled, train, names)
        odds[test] += one.odds([labeled.texts[row] for row in test], labeled.languages[test].tolist()) / REPEATS
    slope, shift = calibrate(labeled, odds, names)
    whole = fit(labeled, np.arange(len(odds)), names)
    model = LinearModel(whole.standard, (whole.grams * slope).astype(np.float32), whole.numbers * slope, whole.bias * slope + shift)
    keys = np.array([text_key(text) for text in labeled.texts], np.uint64)
    order = np.argsort(keys)
    save_prior(BUNDLED, model, names, keys[order], (odds * slope + shift)[order])
    with np.load(BUNDLED) as stored:
        report(labeled, load_prior(stored, ""))
    print(f"{len(keys)} texts in {len(set(labeled.groups.tolist()))} groups, {BUNDLED.stat().st_size / 1e6:.2f} MB")


def report(labeled: Labeled, prior: Prior) -> None:
    """AUC of held-out texts by set."""
    odds = prior.held_out(labeled.texts, np.full((len(labeled.texts), 2 * len(prior.sets)), np.nan))
    mixed, shares = prior.opinion(odds)
    for column, name in enumerate(prior.sets):
        own = labeled.sets == name
        labels = labeled.useful[own].astype(float)
        areas = auc(labels, odds[own, column]), auc(labels, mixed[own])
        print(
            f"{name}: n {own.sum()}, AUC {areas[0]:.4f} by its head, {areas[1]:.4f} mixed, set_similarity {shares[own, column].mean():.2f}"
        )


if __name__ == "__main__":
    main()
