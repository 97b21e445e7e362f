"""Usefulness of each document from every signal that it has: the distilled student, cheap measures, and judgments where there are some."""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa

from tierline.batch.function import as_table, batch_function
from tierline.batch.outcomes import each_once, kept_rows
from tierline.gates import GateRules
from tierline.lake import Lake
from tierline.llm import ModelClient
from tierline.reliability.anchors import BUNDLED, as_documents, freeze, read_anchors
from tierline.reliability.ensemble import Measurement, Scorers, features_id, read_scorers, scorers_of
from tierline.reliability.measure import Earlier, measure_scorers, weights
from tierline.reliability.rules import AnchorRules, ReliabilityRules, ScoreRules
from tierline.reliability.signals import measured_without_model
from tierline.selection.score import score_batch
from tierline.students.prior import bundled_prior
from tierline.students.rules import StudentRules
from tierline.students.student import distil
from tierline.tables import TABLES

_L1, _SCORES = TABLES["l1_filtered"].columns, TABLES["l2_scores"].columns
WRITES = pa.schema({name: kind for name, kind in _SCORES.items() if name not in ("doc_id", "parents")})
NOT_JUDGED = pa.schema(TABLES["l2_annotations"].columns).empty_table()
RULES = ScoreRules()


@batch_function(
    reads=pa.schema({name: _L1[name] for name in ("doc_id", "text", "language", "tokens")}),
    may_read=pa.schema({"lane": _L1["lane"], "l1_outcome": pa.string()}),
    writes=WRITES,
)
def score(
    batch: pa.Table, scorers: Scorers | None = None, annotations: Any = None, client: ModelClient | None = None, rules: ScoreRules = RULES
) -> pa.Table:
    """The columns of `l2_scores`, `usefulness` in [0, 1] first; null for rows that `filter` did not keep.

    `scorers` weigh the signals: those that ship with the code, or a lake's (`lake_scorers`). `annotations` are judgments in the form of
    `l2_annotations`, by whatever engine; `client` is a language model, asked for perplexity alone, and only if it has weight.
    """
    own = kept_rows(each_once(batch, "score"), "l1_outcome")
    judged = NOT_JUDGED if annotations is None else as_table(annotations, "score")
    found = score_batch(own, judged, scorers or shipped_scorers(), client, rules)
    places = {doc_id: place for place, doc_id in enumerate(found["doc_id"].to_pylist())}
    return found.take(pa.array([places.get(doc_id) for doc_id in batch["doc_id"].to_pylist()], pa.int64()))


@cache
def shipped_scorers() -> Scorers:
    """What ships with the code, measured on the bundled anchors: the student before it was distilled from any judgment, and every signal
    that needs no language model."""
    anchors = freeze(read_anchors([BUNDLED]), AnchorRules()).tables["l2_anchors"]
    assert isinstance(anchors, pa.Table)
    documents, rules = as_documents(anchors), ReliabilityRules()
    signals = measured_without_model(documents)
    lengths = documents["tokens"].to_numpy().astype(float)
    measured = measure_scorers(anchors, lengths, signals, Earlier({}, {}), rules).tables["l2_reliability"]
    scores = {name: scored.scores for name, scored in signals.items()}
    found = Measurement(anchors, documents, scores, weights([row for part in measured.to_batches() for row in part.to_pylist()]), {})
    untaught = distil([], [], [], lengths[:0], bundled_prior(), StudentRules())
    return scorers_of(found, features_id(), untaught, rules)


def lake_scorers(root: str, rules: ReliabilityRules | None = None, gates: GateRules | None = None) -> Scorers:
    """The scorers of a lake: its anchors, its measured weights, its student. They can be handed to other processes. Raises NotWritten and
    NotPromoted where the lake has none, LakeUnavailable where there is no lake."""
    return read_scorers(Lake(root), rules or ReliabilityRules(), gates or GateRules())[0]
