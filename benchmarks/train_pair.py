"""Trains src/tierline/editing/pair.npz: `python -m benchmarks.train_pair --data DIR`.

Learns which changes of wording keep what is said from real pairs that are labeled for it (benchmarks/gold/edits-tuning.jsonl), from kinds
of corruption that are not held out, planted in passages of half of the documents, and from the same kinds planted in real faithful edits.
Of a pair only its label is known: it is faithful if all its changes are. `benchmarks.faithfulness` measures on the other documents.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from benchmarks.faithfulness import HELD_OUT, TEXTS, Case, labeled, passages, planted, planted_in_edits
from benchmarks.planted_harmless import ADDRESS
from tierline.editing.faithfulness import compare
from tierline.editing.pair_features import NAMES, features_of
from tierline.editing.pair_model import WEIGHTS, PairModel, is_contradicted

LABELS = Path(__file__).parent / "gold" / "edits-tuning.jsonl"
SEED, FOLDS = 7, 5
CASES, TWINS = 60, 40  # a kind, planted in passages and in real edits
PLANTED_WEIGHT, PENALTY = 0.3, 3.0  # of a planted case beside a real one; of the squared weights
LOG_MAX = -1e-9  # a log probability never is 0, so that its complement has a logarithm
THRESHOLDS = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)  # of the curve that is printed
Floats = npt.NDArray[np.float64]


def changes_of(case: Case) -> Floats | None:
    """Features of the changes that no rule explains, (n, k); None where no model is asked."""
    found = compare(case.source, case.edit, address=ADDRESS)
    if found is None or (found.refused and not found.may_be_weighed):
        return None
    features = features_of(found.pair, found.refused)
    return None if is_contradicted(found.pair, found.refused, features) else features


def fit(rows: Sequence[Floats], faithful: npt.NDArray[np.bool_], weight: Floats) -> PairModel:
    """Maximum likelihood of the pairs' labels where a pair is faithful if each of its changes is (a noisy and), with a penalty."""
    stacked = np.vstack(rows)
    of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    model = PairModel(stacked.mean(axis=0), stacked.std(axis=0) + 1e-3, np.zeros(len(NAMES)), 0.0)
    seen = model.standard(stacked)

    def loss(values: Floats) -> tuple[float, Floats]:
        odds = seen @ values[:-1] + values[-1]
        each = np.minimum(np.bincount(of, log_expit(odds), len(rows)), LOG_MAX)
        none = np.log(-np.expm1(each))
        by_pair = -weight * np.where(faithful, 1.0, np.exp(each - none) * -1.0)
        by_change = by_pair[of] * expit(-odds)
        value = -(weight * np.where(faithful, each, none)).sum() + PENALTY * (values[:-1] ** 2).sum()
        return float(value), np.append(seen.T @ by_change + 2 * PENALTY * values[:-1], by_change.sum())

    best = minimize(loss, np.zeros(len(NAMES) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return PairModel(model.middle, model.spread, best[:-1], float(best[-1]))


def main() -> None:
    """Writes the file and prints the cross-validated curve of the real pairs."""
    parser = argparse.ArgumentParser(prog="benchmarks.train_pair", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with {', '.join(TEXTS)} and labels/edit")
    data = parser.parse_args().data
    real = list(labeled(data, LABELS))
    changes = [changes_of(case) for case in real]
    texts = [text for name in TEXTS for text in passages(data / name, SEED, trained=True)]
    random.Random(SEED).shuffle(texts)
    kept = [case for case, one in zip(real, changes, strict=True) if case.faithful and one is not None and not len(one)]
    bad = [case for case in planted(texts, CASES, SEED, HELD_OUT) if not case.faithful]
    bad += planted_in_edits(kept, TWINS, SEED, HELD_OUT)
    planted_rows = [row for row in map(changes_of, bad) if row is not None and len(row)]
    print(f"{len(real)} real pairs, {len(bad)} planted, of which {len(planted_rows)} are weighed")
    faithful = np.array([case.faithful for case in real])
    fold = np.random.default_rng(SEED).permutation(len(real)) % FOLDS
    scores = np.array([-np.inf if row is None else 0.0 for row in changes])
    for held_out in range(FOLDS):
        model = _fit_on([row if fold[at] != held_out else None for at, row in enumerate(changes)], faithful, planted_rows)
        for at in np.flatnonzero(fold == held_out):
            row = changes[at]
            if row is not None and len(row):
                scores[at] = model.log_probabilities(row).sum()
    for least in (1.0, *THRESHOLDS):
        accepted = scores >= np.log(least)
        print(f"{least:.2f}: faithful accepted {accepted[faithful].mean():.3f}, unfaithful rejected {1 - accepted[~faithful].mean():.3f}")
    model = _fit_on(changes, faithful, planted_rows)
    np.savez_compressed(WEIGHTS, **{name: getattr(model, name).astype(np.float32) for name in ("middle", "spread", "weights")},
                        bias=np.float32(model.bias))  # fmt: skip
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size} bytes")
    for at in np.argsort(-np.abs(model.weights))[:12]:
        print(f"{NAMES[at]:20} {model.weights[at]:6.2f}")


def _fit_on(changes: Sequence[Floats | None], faithful: npt.NDArray[np.bool_], planted_rows: Sequence[Floats]) -> PairModel:
    used = [at for at, row in enumerate(changes) if row is not None and len(row)]
    rows = [row for at in used if (row := changes[at]) is not None]
    weight = np.append(np.ones(len(rows)), np.full(len(planted_rows), PLANTED_WEIGHT))
    return fit([*rows, *planted_rows], np.append(faithful[used], np.zeros(len(planted_rows), bool)), weight)


if __name__ == "__main__":
    main()
