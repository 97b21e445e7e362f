"""Combines scorers for the lake's own documents: combinations fitted to the anchors with the weights that reliability gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.gates.suite import GateRules
from tierline.lake import WHOLE_LAKE, Lake
from tierline.reliability.active_student import active_student
from tierline.reliability.anchors import as_documents
from tierline.reliability.measure import weights
from tierline.reliability.reliability import measure_signal
from tierline.reliability.rules import ReliabilityRules
from tierline.reliability.signals import LENGTH, Scored
from tierline.reliability.usefulness import Combination, fit_combination, usefulness
from tierline.students.features import FEATURES_ID
from tierline.students.prior import bundled_prior
from tierline.students.student import Student, read_texts, stored_student

Floats = npt.NDArray[np.float64]
STUDENT = "student"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The anchors on which scorers were measured, their scores and weights; `inputs` as an activity records them."""

    anchors: pa.Table
    documents: pa.Table  # the same in the form for scorers
    scores: Mapping[str, Floats]
    weights: Mapping[str, Mapping[str, float]]  # by set and signal
    inputs: dict[str, str]

    @property
    def lengths(self) -> Floats:
        """Of the anchors, in tokens."""
        return self.documents["tokens"].to_numpy().astype(np.float64)


@dataclass(frozen=True, slots=True)
class SignalEnsemble:
    """A combination for each anchor set."""

    combinations: Mapping[str, Combination]
    weights: Mapping[str, Mapping[str, float]]

    def counts(self, signal: str) -> bool:
        """Whether a signal has weight on any anchor set."""
        return any(own.get(signal, 0.0) > 0 for own in self.weights.values())

    def usefulness(self, signals: Mapping[str, Scored], set_similarity: Mapping[str, Floats]) -> Floats:
        """In [0, 1] for each text, from all signals with weight; `set_similarity` is its similarity to each anchor set."""
        return usefulness(self.combinations, {name: scored.scores for name, scored in signals.items()}, set_similarity)


@dataclass(frozen=True, slots=True)
class Scorers:
    """The scorers of a shard: the student, if there is one that may score, and the weight of every signal."""

    student_id: str | None
    student: Student | None
    ensemble: SignalEnsemble

    def read(self, documents: pa.Table) -> tuple[Floats | None, dict[str, Floats]]:
        """(the student's scores in [0, 1], None without a student; set_similarity to the anchor sets) of documents, in one pass."""
        prior = bundled_prior()
        scores, _, shares = read_texts(documents["text"].to_pylist(), documents["language"].to_pylist(), prior, self.student)
        return scores if self.student else None, prior.set_similarity(shares, self.ensemble.combinations)


def read_scorers(lake: Lake, rules: ReliabilityRules, gates: GateRules) -> tuple[Scorers, dict[str, str], str]:
    """The scorers of a shard, their record for an activity, and a description of the student. Raises NotWritten, NotPromoted."""
    measurement, standing = read_measurement(lake), active_student(lake, features_id(), gates)
    row = standing.student
    scorers = scorers_of(measurement, row["student_id"] if row else None, stored_student(row, bundled_prior()) if row else None, rules)
    return scorers, measurement.inputs | standing.inputs, standing.said


def scorers_of(measurement: Measurement, student_id: str | None, student: Student | None, rules: ReliabilityRules) -> Scorers:
    """The student, if there is one, weighted on the anchors together with the signals that were measured before."""
    documents, more = measurement.documents, dict[str, Floats]()
    if student:
        more[STUDENT], _, _ = read_texts(documents["text"].to_pylist(), documents["language"].to_pylist(), bundled_prior(), student)
    return Scorers(student_id, student, weigh(measurement, more, rules))


def features_id() -> str:
    """Identity of a student's features and of its prior."""
    return f"{FEATURES_ID}+prior-{bundled_prior().identity[:12]}"


def weighted_signals(lake: Lake) -> tuple[set[str], dict[str, str]]:
    """Signals with weight on any anchor set, including the student, and their record for an activity."""
    rows, manifest = lake.read_promoted("l2_reliability", WHOLE_LAKE, ["signal", "weight"])
    return {row["signal"] for row in rows.to_pylist() if row["weight"]} | {STUDENT}, {f"l2_reliability/{WHOLE_LAKE}": manifest.digest}


def teacher_scores(measurement: Measurement, said: Mapping[str, Floats], lengths: Floats, set_similarity: Mapping[str, Floats]) -> Floats:
    """The teacher's score in [0, 1] of each text, (n,): the judges' scores, by signal, each with its weight on the anchors; `lengths`
    in tokens. If no judge has any weight, their mean; NaN if none gave a score."""
    if not said:
        return np.full(len(lengths), np.nan)
    given = np.column_stack(list(said.values()))
    unknown = np.isnan(given).all(axis=1)
    judges = {part: {name: own.get(name, 0.0) for name in said} for part, own in measurement.weights.items()}
    combinations = weigh(replace(measurement, weights=judges), {}, ReliabilityRules()).combinations
    if any(one.signals for one in combinations.values()):
        return np.where(unknown, np.nan, usefulness(combinations, {**said, LENGTH: lengths}, set_similarity))
    return np.where(unknown, np.nan, np.nansum(given, axis=1) / np.maximum(1, (~np.isnan(given)).sum(axis=1)))


def read_measurement(lake: Lake) -> Measurement:
    """The promoted rows of `l2_anchors` and `l2_reliability`. Raises NotWritten, NotPromoted."""
    anchors, frozen = lake.read_promoted("l2_anchors", WHOLE_LAKE)
    rows, measured = lake.read_promoted("l2_reliability", WHOLE_LAKE)
    scored, _ = lake.read_promoted("l2_anchor_scores", WHOLE_LAKE)
    scores: dict[str, Floats] = {}
    for name in sorted(set(scored["signal"].to_pylist())):
        own = scored.filter(pc.equal(scored["signal"], name))
        places = pc.index_in(anchors["anchor_id"], own["anchor_id"].combine_chunks())
        scores[name] = own["score"].take(places).to_numpy().astype(np.float64)
    inputs = {f"l2_anchors/{WHOLE_LAKE}": frozen.digest, f"l2_reliability/{WHOLE_LAKE}": measured.digest}
    return Measurement(anchors, as_documents(anchors), scores, weights(rows.to_pylist()), inputs)


def weigh(measurement: Measurement, more: Mapping[str, Floats], rules: ReliabilityRules) -> SignalEnsemble:
    """Combinations of the measured signals and of `more` (the student, scored on the anchors by the caller), measured in the same way."""
    labels, sets = measurement.anchors["label"].to_numpy(), np.array(measurement.anchors["set"].to_pylist())
    groups, lengths = measurement.anchors["group"].to_pylist(), measurement.lengths
    scores = {**measurement.scores, **more, LENGTH: lengths}
    weighed: dict[str, dict[str, float]] = {}
    combinations: dict[str, Combination] = {}
    for part, known in measurement.weights.items():
        own = np.flatnonzero(sets == part)
        found: Any = {
            name: measure_signal(labels[own], values[own], lengths[own], [groups[row] for row in own], rules).weight
            for name, values in more.items()
        }
        weighed[part] = {**known, **found}
        combinations[part] = fit_combination(labels[own], {name: values[own] for name, values in scores.items()}, weighed[part])
    return SignalEnsemble(combinations, weighed)
