"""Trains src/tierline/scoring/prior.npz: `python -m training_scripts.train_prior --data DIR`.

Learns from every labelled text below DIR/labels (quality and spam) what the student starts from: one head a set, and which set a text
is like. Reports for each set the AUC on held-out groups, by the set's own head and by the mixture.
"""

import argparse
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from tqdm import tqdm

from tierline.filters.language import identify_batch
from tierline.scoring.anchors import AnchorRules, find_sets, read_anchors
from tierline.scoring.features import hashed_features
from tierline.scoring.held_out import text_key
from tierline.scoring.linear import LinearModel, Standard, from_coefficients, scaled
from tierline.scoring.prior import BUNDLED, Prior, load_prior, save_prior
from tierline.scoring.probe_training import ProbeRules, groups_of_copies
from tierline.scoring.reliability import MIDDLE, auc

FOLDS, REPEATS = 10, 3  # each time others: what a held-out text is said to be hangs less on how texts happened to be divided
PENALTY = 1.0  # inverse strength of L2: AUC is flat from 0.3 to 3
LANGUAGE_TEXTS = 20  # that a language needs for a column of its own
# A document of unknown origin is a web page rather than a mail or a graded reader: log odds added to its likeness to each set.
WEB, WEB_BELIEF = "dclm-human", 1.0
RARE, RARE_BELIEF = ProbeRules().rare, -1.0


@dataclass(frozen=True)
class Labelled:
    """n distinct texts with a label that says something, and what is seen of them."""

    texts: list[str]
    useful: np.ndarray
    sets: np.ndarray
    groups: np.ndarray
    languages: np.ndarray
    surface: np.ndarray
    grams: csr_matrix


def read(folder: Path) -> Labelled:
    """Every labelled text once; near-duplicates share a group."""
    rows = {text_key(row["text"]): row for row in read_anchors(find_sets(str(folder / "labels"))).rows if row["label"] != MIDDLE}
    texts = [row["text"][: AnchorRules().characters] for row in rows.values()]
    groups = groups_of_copies(texts, [row["group"] for row in rows.values()])
    useful, sets = (np.array([row[name] for row in rows.values()]) for name in ("label", "set"))
    return Labelled(texts, useful > MIDDLE, sets, np.array(groups), np.array(identify_batch(texts).language), *hashed_features(texts))


def folds(labelled: Labelled) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(train, test), REPEATS divisions in turn: every fold has its share of each set and label, a group is in one."""
    strata = np.unique([f"{name}/{label}" for name, label in zip(labelled.sets, labelled.useful, strict=True)], return_inverse=True)[1]
    for seed in range(REPEATS):
        yield from StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(strata, strata, labelled.groups)


def fit(labelled: Labelled, rows: np.ndarray, names: list[str]) -> LinearModel:
    """One head a set over its own texts, then the likeness to each set over all, from these rows; not calibrated yet."""
    equal = balanced(labelled.sets[rows])
    middle = np.average(labelled.surface[rows], axis=0, weights=equal)
    spread = np.sqrt(np.average((labelled.surface[rows] - middle) ** 2, axis=0, weights=equal)) + 1e-6
    languages, counts = np.unique(labelled.languages[rows], return_counts=True)
    standard = Standard(middle, spread, tuple(languages[counts >= LANGUAGE_TEXTS].tolist()))
    seen = scaled(labelled.surface, labelled.grams, labelled.languages.tolist(), standard)
    coefficients, bias = [], []
    for name in names:
        own = rows[labelled.sets[rows] == name]
        head = regression(seen[own], labelled.useful[own], balanced(labelled.useful[own]))
        coefficients.append(head.coef_[0])
        bias.append(head.intercept_[0])
    likeness = regression(seen[rows], labelled.sets[rows], equal)
    assert likeness.classes_.tolist() == names
    beliefs = WEB_BELIEF * (likeness.classes_ == WEB) + RARE_BELIEF * np.isin(likeness.classes_, RARE)
    bias += (likeness.intercept_ + beliefs).tolist()
    return from_coefficients(np.vstack([*coefficients, *likeness.coef_]), np.array(bias), standard)


def regression(inputs: csr_matrix, labels: np.ndarray, weights: np.ndarray) -> LogisticRegression:
    """Logistic regression of the one penalty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a little short of the optimum is as good
        return LogisticRegression(C=PENALTY, max_iter=500, tol=1e-3).fit(inputs, labels, sample_weight=weights)


def balanced(labels: np.ndarray) -> np.ndarray:
    """Weights of mean 1 under which all labels have the same share."""
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return len(numbers) / (len(counts) * counts[numbers])


def calibrate(labelled: Labelled, held_out: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(slope, shift) of each column: heads by Platt scaling (1999) of held-out odds, classes of equal size; likeness as it is."""
    slope, shift = np.ones(2 * len(names)), np.zeros(2 * len(names))
    for column, name in enumerate(names):
        own = labelled.sets == name
        scale = LogisticRegression(C=1e3).fit(
            held_out[own, column : column + 1], labelled.useful[own], sample_weight=balanced(labelled.useful[own])
        )
        slope[column], shift[column] = scale.coef_[0, 0], scale.intercept_[0]
    return slope, shift


def main() -> None:
    """Train, write, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/quality and labels/spam")
    labelled = read(parser.parse_args().data)
    names = sorted(set(labelled.sets.tolist()))
    odds = np.zeros((len(labelled.texts), 2 * len(names)))
    for train, test in tqdm(folds(labelled), total=FOLDS * REPEATS, unit="fold", disable=None):
        one = fit(labelled, train, names)
        odds[test] += one.odds([labelled.texts[row] for row in test], labelled.languages[test].tolist()) / REPEATS
    slope, shift = calibrate(labelled, odds, names)
    whole = fit(labelled, np.arange(len(odds)), names)
    model = LinearModel(whole.standard, (whole.grams * slope).astype(np.float32), whole.numbers * slope, whole.bias * slope + shift)
    keys = np.array([text_key(text) for text in labelled.texts], np.uint64)
    order = np.argsort(keys)
    save_prior(BUNDLED, model, names, keys[order], (odds * slope + shift)[order])
    with np.load(BUNDLED) as stored:
        report(labelled, load_prior(stored, ""))
    print(f"{len(keys)} texts in {len(set(labelled.groups.tolist()))} groups, {BUNDLED.stat().st_size / 1e6:.2f} MB")


def report(labelled: Labelled, prior: Prior) -> None:
    """AUC of held-out texts by set."""
    odds = prior.held_out(labelled.texts, np.full((len(labelled.texts), 2 * len(prior.sets)), np.nan))
    mixed, shares = prior.opinion(odds)
    for column, name in enumerate(prior.sets):
        own = labelled.sets == name
        labels = labelled.useful[own].astype(float)
        areas = auc(labels, odds[own, column]), auc(labels, mixed[own])
        print(f"{name}: n {own.sum()}, AUC {areas[0]:.4f} by its head, {areas[1]:.4f} mixed, likeness {shares[own, column].mean():.2f}")


if __name__ == "__main__":
    main()
