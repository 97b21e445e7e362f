"""Distills the language model's judgments into a classifier that costs almost nothing to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit, logit

from tierline.students.linear import Floats, LinearModel, from_coefficients, inputs
from tierline.students.prior import Prior
from tierline.students.rules import StudentRules

Longs = npt.NDArray[np.int64]
MIN_PROBABILITY = 0.02  # teachers' scores are moved away from 0 and 1 by this much before their log odds are learned
OTHER_DOMAINS = "(others)"  # domains with too few judged documents for a figure of their own


@dataclass(frozen=True, slots=True)
class DomainError:
    """Distance of the student's mean score from its teacher's on a domain; `lo95` is the lower bound of the distance (95%)."""

    domain: str
    n: int
    student: float
    teacher: float
    lo95: float


@dataclass(frozen=True, eq=False, slots=True)
class Student:
    """`model` has one column, the log odds of "useful" beside `of_prior` times those of the prior; `held_out`, (n,), are its scores
    in [0, 1] of its training documents, by students that did not see their domains."""

    model: LinearModel
    of_prior: float
    held_out: Floats

    def scores(self, odds: Floats, prior_scores: Floats) -> Floats:
        """In [0, 1], (n,), from the column of `model` and the prior's log odds."""
        return expit(odds + self.of_prior * log_odds(prior_scores))

    def coefficients(self) -> list[float]:
        """In the form of `l2_student`: of hashed features, of numbers, of the prior; without the intercept."""
        return [*self.model.grams[:, 0].tolist(), *self.model.numbers[:, 0].tolist(), self.of_prior]


def log_odds(scores: Floats) -> Floats:
    """Of scores in [0, 1], moved away from 0 and 1."""
    return np.asarray(logit(MIN_PROBABILITY + (1 - 2 * MIN_PROBABILITY) * np.asarray(scores, np.float64)), np.float64)


def stored_student(row: Mapping[str, Any], prior: Prior) -> Student:
    """From a row of `l2_student`."""
    values = np.array(row["coefficients"], np.float64)
    width = prior.model.standard.width
    grams = values[: -width - 1].astype(np.float32)[:, None]
    numbers, bias = values[-width - 1 : -1][:, None], np.array([row["intercept"]])
    return Student(LinearModel(prior.model.standard, grams, numbers, bias), float(values[-1]), np.empty(0))


def read_texts(texts: Sequence[str], languages: Sequence[str], prior: Prior, student: Student | None) -> tuple[Floats, Floats, Floats]:
    """In one pass: (the student's scores, or without one the prior's, (n,); the prior's scores, (n,); set_similarity to the prior's sets,
    (n, sets))."""
    columns = 2 * len(prior.sets)
    odds = (prior.model.beside(student.model) if student else prior.model).odds(texts, languages)
    scores, shares = prior.opinion(prior.held_out(texts, odds[:, :columns]))
    return (student.scores(odds[:, columns], scores) if student else scores), scores, shares


def distil(
    texts: Sequence[str], languages: Sequence[str], domains: Sequence[str], teacher: Floats, prior: Prior, rules: StudentRules
) -> Student:
    """A student of the teacher's scores in [0, 1], (n,): ridge regression of their log odds on hashed features, surface and the
    prior's log odds, in its dual form (n is small compared with the features), then scaled to probabilities on held-out domains.
    """
    standard = prior.model.standard
    prior_odds = log_odds(prior.read(texts, languages)[0])
    if len(teacher) < rules.training_rows_min:
        nothing = np.zeros((1, len(prior.model.grams) + standard.width))
        return Student(from_coefficients(nothing, np.zeros(1), standard), 1.0, expit(prior_odds))
    seen = csr_matrix(hstack([inputs(texts, languages, standard), csr_matrix(prior_odds[:, None])]))
    target = log_odds(teacher)
    alike = np.asarray((seen @ seen.T).todense(), np.float64)
    folds = _folds(domains, rules.folds)
    held_out = {penalty: _held_out(alike, target, folds, penalty) for penalty in rules.penalties}
    penalty = min(held_out, key=lambda one: (float(((held_out[one] - target) ** 2).mean()), -one))
    slope, shift = _platt(held_out[penalty], teacher)
    dual, bias = _solve(alike, target, penalty)
    weights = slope * np.asarray(seen.T @ dual, np.float64)
    model = from_coefficients(weights[None, :-1], np.array([slope * bias + shift]), standard)
    return Student(model, float(weights[-1]), expit(slope * held_out[penalty] + shift))


def calibration(domains: Sequence[str], student: Floats, teacher: Floats, rules: StudentRules) -> list[DomainError]:
    """For each domain with enough documents, and for all others together."""
    names, counts = np.unique(np.array(domains, dtype=object).astype(str), return_counts=True)
    large = set(names[counts >= rules.domain_rows_min].tolist())
    part = np.array([name if name in large else OTHER_DOMAINS for name in domains])
    found: list[DomainError] = []
    for name in sorted(set(part.tolist())):
        own = part == name
        gaps = student[own] - teacher[own]
        error = 1.96 * float(gaps.std(ddof=1)) / len(gaps) ** 0.5 if len(gaps) > 1 else 1.0
        lo95 = max(0.0, abs(float(gaps.mean())) - error)
        found.append(DomainError(name, int(own.sum()), float(student[own].mean()), float(teacher[own].mean()), lo95))
    return found


def _folds(domains: Sequence[str], number: int) -> list[tuple[Longs, Longs]]:
    """Over domains; over documents where there are fewer domains than two."""
    from sklearn.model_selection import GroupKFold

    groups = np.unique(np.array(domains, dtype=object).astype(str), return_inverse=True)[1]
    if groups.max() == 0:
        groups = np.arange(len(groups))
    return list(GroupKFold(min(number, int(groups.max()) + 1)).split(groups, groups=groups))


def _held_out(alike: Floats, target: Floats, folds: list[tuple[Longs, Longs]], penalty: float) -> Floats:
    found = np.zeros(len(target))
    for train, test in folds:
        dual, bias = _solve(alike[np.ix_(train, train)], target[train], penalty)
        found[test] = alike[np.ix_(test, train)] @ dual + bias
    return found


def _solve(alike: Floats, target: Floats, penalty: float) -> tuple[Floats, float]:
    """(dual coefficients, which sum to 0; intercept) of ridge regression with centered inputs (Saunders et al. 1998)."""
    rows = alike.mean(axis=0)
    centered = alike - rows - rows[:, None] + rows.mean()
    dual = np.asarray(solve(centered + penalty * np.eye(len(target)), target - target.mean(), assume_a="pos"), np.float64)
    return dual, float(target.mean() - rows @ dual)


def _platt(odds: Floats, teacher: Floats) -> tuple[float, float]:
    """Slope and shift that turn held-out odds into probabilities (Platt 1999), each document counted as useful by its teacher's score."""
    from sklearn.linear_model import LogisticRegression

    twice = np.concatenate([odds, odds])[:, None]
    labels, weights = np.repeat([1, 0], len(odds)), np.concatenate([teacher, 1 - teacher]) + 1e-9
    scale: Any = LogisticRegression(C=1e3).fit(twice, labels, sample_weight=weights)
    return max(float(scale.coef_[0, 0]), 1e-6), float(scale.intercept_[0])  # a student's slope may be small, but not negative
