"""How much each scorer counts: combinations fitted to the anchors by the weights that reliability gave, for the lake's own use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.embedding import Embedder
from tierline.gates.suite import GateRules
from tierline.lake import ALL, Lake
from tierline.scoring.anchors import as_documents
from tierline.scoring.features import features
from tierline.scoring.measure import weights
from tierline.scoring.reliability import ReliabilityRules, measure_signal
from tierline.scoring.signals import Scored
from tierline.scoring.standing import standing_student
from tierline.scoring.student import features_id, predict
from tierline.scoring.usefulness import Combination, fit_combination, usefulness

Floats = npt.NDArray[np.float64]
STUDENT = "student"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The anchors that scorers were measured on, their scores and weights; `inputs` as an activity records them."""

    anchors: pa.Table
    documents: pa.Table  # the same in the form that scorers see
    scores: Mapping[str, Floats]
    weights: Mapping[str, Mapping[str, float]]  # by set and signal
    inputs: dict[str, str]


@dataclass(frozen=True, slots=True)
class Weighing:
    """A combination for each anchor set."""

    combinations: Mapping[str, Combination]
    weights: Mapping[str, Mapping[str, float]]

    def usefulness(self, signals: Mapping[str, Scored]) -> Floats:
        """In [0, 1] for each text, from all signals that weigh anything."""
        return usefulness(self.combinations, {name: scored.scores for name, scored in signals.items()}, {})


@dataclass(frozen=True, slots=True)
class Scorers:
    """What scores a shard: the student, if one may, and the weight of every signal."""

    student: Mapping[str, Any] | None  # a row of l2_student
    weighing: Weighing
    embedder: Embedder


def read_scorers(lake: Lake, embedder: Embedder, rules: ReliabilityRules, gates: GateRules) -> tuple[Scorers, dict[str, str], str]:
    """Who scores a shard, what an activity records of them, and in words which student it is. Raises NotWritten, NotPromoted."""
    measurement, standing = read_measurement(lake), standing_student(lake, features_id(embedder), gates)
    more: dict[str, Floats] = {}
    if standing.student:
        vectors = embedder.embed(measurement.documents["text"].to_pylist())
        more[STUDENT] = distilled(measurement.documents, vectors, standing.student)
    scorers = Scorers(standing.student, weigh(measurement, more, rules), embedder)
    return scorers, measurement.inputs | standing.inputs, standing.said


def read_weighty(lake: Lake) -> tuple[set[str], dict[str, str]]:
    """Signals that weigh anything on any anchor set, the student among them, and what an activity records of that."""
    rows, manifest = lake.read_promoted("l2_reliability", ALL, ["signal", "weight"])
    return {row["signal"] for row in rows.to_pylist() if row["weight"]} | {STUDENT}, {f"l2_reliability/{ALL}": manifest.digest}


def distilled(documents: pa.Table, vectors: npt.NDArray[np.float32], student: Mapping[str, Any]) -> Floats:
    """The student's scores in [0, 1]."""
    return np.clip(predict(dict(student), features(documents, vectors)), 0, 1) if documents.num_rows else np.empty(0)


def read_measurement(lake: Lake) -> Measurement:
    """What was promoted of `l2_anchors` and `l2_reliability`. Raises NotWritten, NotPromoted."""
    anchors, frozen = lake.read_promoted("l2_anchors", ALL)
    rows, measured = lake.read_promoted("l2_reliability", ALL)
    scored, _ = lake.read_promoted("l2_anchor_scores", ALL)
    scores: dict[str, Floats] = {}
    for name in sorted(set(scored["signal"].to_pylist())):
        own = scored.filter(pc.equal(scored["signal"], name))
        places = pc.index_in(anchors["anchor_id"], own["anchor_id"].combine_chunks())
        scores[name] = own["score"].take(places).to_numpy().astype(np.float64)
    inputs = {f"l2_anchors/{ALL}": frozen.digest, f"l2_reliability/{ALL}": measured.digest}
    return Measurement(anchors, as_documents(anchors), scores, weights(rows.to_pylist()), inputs)


def weigh(measurement: Measurement, more: Mapping[str, Floats], rules: ReliabilityRules) -> Weighing:
    """Combinations of the measured signals and of `more` (the student, scored on the anchors by the caller), measured alike."""
    labels, sets = measurement.anchors["label"].to_numpy(), np.array(measurement.anchors["set"].to_pylist())
    groups, lengths = measurement.anchors["group"].to_pylist(), measurement.documents["tokens"].to_numpy().astype(np.float64)
    scores = {**measurement.scores, **more}
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
    return Weighing(combinations, weighed)
