"""Trains a probe from labeled texts' vectors: the same for the bundled one, for another model's, and for a lake's own anchors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold

from tierline.dedup.compare import shingle_sets
from tierline.judges.judge import MIDDLE
from tierline.judges.probe import Probe
from tierline.judges.rules import ProbeRules
from tierline.students.out_of_fold import text_key

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labeled:
    """n labeled texts: `vectors` (n, width), `labels` in [0, 1] (those in the middle are not learned from), names of sets and of
    groups (stories, near-duplicates: never on both sides of a fold), and the texts themselves for their keys."""

    vectors: Floats
    labels: Floats
    sets: Sequence[str]
    groups: Sequence[str]
    texts: Sequence[str]


def train_probe(labeled: Labeled, model_sha256: str, rules: ProbeRules) -> Probe | None:
    """A probe, with held-out scores of all texts it was trained on; None if no set has enough of both labels.

    Each head is a logistic regression with balanced classes; its L2 strength is the one with the least cross-validated log loss, and
    its log odds are scaled so that they are calibrated on held-out texts (Platt 1999).
    """
    chosen = _usable(labeled, rules)
    if not chosen.any():
        return None
    vectors = np.asarray(labeled.vectors, np.float64)[chosen]
    useful = np.asarray(labeled.labels, np.float64)[chosen] > MIDDLE
    sets, groups = np.array(labeled.sets)[chosen], np.array(labeled.groups)[chosen]
    keys = np.array([text_key(text) for text, one in zip(labeled.texts, chosen, strict=True) if one], np.uint64)
    scores = np.zeros(len(keys))
    for seed in range(rules.repeats):
        for train, test in _folds(sets, useful, groups, rules, seed):
            fold = _fit(vectors[train], useful[train], sets[train], groups[train], model_sha256, rules)
            scores[test] += fold.score(vectors[test]) / rules.repeats
    whole = _fit(vectors, useful, sets, groups, model_sha256, rules)
    distinct, first = np.unique(keys, return_index=True)
    return replace(whole, known_keys=distinct, known_scores=_stored(scores[first]))


def groups_of_copies(texts: Sequence[str], groups: Sequence[str], share: float = 0.3) -> list[str]:
    """A group's name for each text, groups joined wherever two texts have that share of the smaller one's word trigrams in common:
    near-duplicates and pages of one template then stay in one fold."""
    sets = shingle_sets(texts, 3)
    columns = np.unique(np.concatenate(sets), return_inverse=True)[1]
    stops = np.cumsum([0, *(len(own) for own in sets)])
    held: Any = csr_matrix((np.ones(len(columns), np.int32), columns, stops))
    common = (held @ held.T).tocoo()
    sizes = np.diff(stops)
    near = common.data >= share * np.minimum(sizes[common.row], sizes[common.col])
    named = np.unique(np.array(groups), return_inverse=True)[1]
    rows = np.concatenate([common.row[near], np.arange(len(sets))])
    others = np.concatenate([common.col[near], len(sets) + named])  # each group is a node, as are its texts
    total = len(sets) + int(named.max(initial=-1)) + 1
    joined = connected_components(coo_matrix((np.ones(len(rows)), (rows, others)), shape=(total, total)), directed=False)[1]
    return [f"group {number}" for number in joined[: len(sets)].tolist()]


def _usable(labeled: Labeled, rules: ProbeRules) -> Flags:
    """Texts with an informative label, of sets that have enough of both labels."""
    labels, sets, groups = np.asarray(labeled.labels, np.float64), np.array(labeled.sets), np.array(labeled.groups)
    decided = labels != MIDDLE
    for name in sorted(set(sets.tolist())):
        own = decided & (sets == name)
        sizes = [len(set(groups[own & side].tolist())) for side in (labels > MIDDLE, labels < MIDDLE)]
        if min(sizes) < rules.class_size_min:
            decided &= sets != name
    return decided


def _folds(sets: Any, useful: Flags, groups: Any, rules: ProbeRules, seed: int = 0) -> Iterator[tuple[Longs, Longs]]:
    """Every fold has its share of each set and label; another seed gives other folds."""
    strata = np.unique([f"{name}/{int(label)}" for name, label in zip(sets, useful, strict=True)], return_inverse=True)[1]
    splitter = StratifiedGroupKFold(rules.folds, shuffle=True, random_state=seed)
    yield from splitter.split(strata, strata, groups)


def _fit(vectors: Floats, useful: Flags, sets: Any, groups: Any, model_sha256: str, rules: ProbeRules) -> Probe:
    names = sorted(set(sets.tolist()))
    heads = [_head(vectors[sets == name], useful[sets == name], groups[sets == name], rules) for name in names]
    gates = _gates(vectors, sets, rules) if len(names) > 1 else [(np.zeros(vectors.shape[1]), 0.0)]
    before = np.where(np.isin(names, rules.rare), rules.rare_odds, 0.0)
    return Probe(
        model_sha256,
        rules.tokens,
        tuple(names),
        heads=_stored(np.array([weights for weights, _ in heads])),
        heads_bias=_stored(np.array([bias for _, bias in heads])),
        gate=_stored(np.array([weights for weights, _ in gates])),
        gate_bias=_stored(np.array([bias for _, bias in gates], np.float64) + before),
        known_keys=np.empty(0, np.uint64),
        known_scores=np.empty(0),
    )


def _stored(values: Floats) -> Floats:
    """Rounded as a single-precision file stores it, so that a probe is the same before and after saving."""
    return values.astype(np.float32).astype(np.float64)


def _head(vectors: Floats, useful: Flags, groups: Any, rules: ProbeRules) -> tuple[Floats, float]:
    """(weights, bias) of calibrated log odds."""
    weight = _equal_weights(useful)
    standard, middle, spread = _standardized(vectors, weight)
    folds = list(_folds(np.zeros(len(useful), np.int64), useful, groups, rules))
    tried: list[tuple[float, float, Any]] = []
    for penalty in rules.penalties:
        odds = np.zeros((len(useful), 1))
        for train, test in folds:
            odds[test, 0] = _regression(standard[train], useful[train], weight[train], penalty).decision_function(standard[test])
        scale = _regression(odds, useful, weight, 1e3)
        tried.append((float(log_loss(useful, scale.predict_proba(odds), sample_weight=weight)), penalty, scale))
    _, penalty, scale = min(tried, key=lambda one: one[:2])
    fitted = _regression(standard, useful, weight, penalty)
    slope = scale.coef_[0, 0]
    weights = slope * fitted.coef_[0] / spread
    return weights, float(slope * fitted.intercept_[0] + scale.intercept_[0] - middle @ weights)


def _gates(vectors: Floats, sets: Any, rules: ProbeRules) -> list[tuple[Floats, float]]:
    """(weights, bias) of each set's logit, in the order of their names."""
    weight = _equal_weights(sets)
    standard, middle, spread = _standardized(vectors, weight)
    fitted = _regression(standard, sets, weight, rules.gate_penalty)
    rows, biases = fitted.coef_ / spread, fitted.intercept_
    if len(rows) == 1:  # for two sets scikit-learn returns only the second one's log odds
        rows, biases = np.vstack([0 * rows, rows]), np.append(0.0, biases)
    return [(row, float(bias - middle @ row)) for row, bias in zip(rows, biases, strict=True)]


def _standardized(vectors: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """(standard scores, mean, standard deviation)."""
    middle = np.average(vectors, axis=0, weights=weight)
    spread = np.sqrt(np.average((vectors - middle) ** 2, axis=0, weights=weight)) + 1e-9
    return (vectors - middle) / spread, middle, spread


def _regression(inputs: Floats, labels: Any, weight: Floats, penalty: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a probe slightly short of the optimum is as good
        return LogisticRegression(C=penalty, max_iter=300, tol=1e-3).fit(inputs, labels, sample_weight=weight)


def _equal_weights(classes: Any) -> Floats:
    """Weights of mean 1 under which all classes have the same share."""
    _, numbers, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return len(numbers) / (len(counts) * counts[numbers].astype(np.float64))
