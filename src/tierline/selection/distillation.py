"""Trains the student from the judgments of all shards, each judge with its weight, and reports how well it learned."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.errors import NotPromoted, NotWritten
from tierline.lake import WHOLE_LAKE, Lake, StageResult, decision_table
from tierline.reliability.ensemble import Measurement, features_id, teacher_scores
from tierline.reliability.reliability import ReliabilityRules, auc_within
from tierline.reliability.signals import judged
from tierline.students.prior import Prior, bundled_prior
from tierline.students.student import OTHER_DOMAINS, Student, StudentRules, calibration, distil, rank_correlation, read_texts
from tierline.tables import TABLES, content_id

COLUMNS = ["doc_id", "domain", "language", "tokens", "text"]


def read_annotations(lake: Lake) -> tuple[pa.Table, pa.Table, dict[str, str], str]:
    """Promoted annotations of all shards, their L1 documents, the activity's inputs, and the teacher's id."""
    annotations = [lake.read_promoted("l2_annotations", manifest.shard) for manifest in lake.promoted("l2_annotations")]
    judged = {manifest.shard: rows["doc_id"] for rows, manifest in annotations}
    documents: list[pa.Table] = []
    for manifest in lake.promoted("l1_filtered"):
        if manifest.shard in judged:
            rows = lake.read_promoted("l1_filtered", manifest.shard, COLUMNS)[0]
            documents.append(rows.filter(pc.is_in(rows["doc_id"], judged[manifest.shard].combine_chunks())))
    teachers = sorted({row["model_id"] for row in lake.activities("l2_annotations").to_pylist() if row["shard"] in judged})
    inputs = {f"l2_annotations/{manifest.shard}": manifest.digest for _, manifest in annotations}
    schema = TABLES["l2_annotations"].schema
    table = pa.concat_tables([rows for rows, _ in annotations]) if annotations else schema.empty_table()
    texts = (
        pa.concat_tables(documents)
        if documents
        else pa.schema([TABLES["l1_filtered"].schema.field(name) for name in COLUMNS]).empty_table()
    )
    return table, texts, inputs, "+".join(teachers)


def student_is_current(lake: Lake, annotations: pa.Table, teacher: str, rules: StudentRules) -> bool:
    """Whether the student in the lake can stay (see `needs_training`)."""
    try:
        previous = lake.read_promoted("l2_student", WHOLE_LAKE)[0].to_pylist()[0]
    except (NotWritten, NotPromoted):
        previous = None
    scored = annotations.num_rows - annotations["score"].null_count
    return not needs_training(scored, features_id(), teacher, previous, rules)


def needs_training(
    annotated_rows: int, features_id: str, teacher_model_id: str, previous: dict[str, Any] | None, rules: StudentRules
) -> bool:
    """Whether a new student justifies rescoring: other features, another teacher, or enough new annotations."""
    if previous is None or previous["features"] != features_id or previous["teacher_model_id"] != teacher_model_id:
        return True
    return annotated_rows >= rules.growth * max(1, previous["available_rows"])


def train_student(
    annotations: pa.Table,
    documents: pa.Table,
    measurement: Measurement,
    rules: StudentRules,
    measuring: ReliabilityRules,
    teacher_model_id: str,
) -> StageResult:
    """One row of `l2_student`, with the metrics of its gate: rank correlation with the teacher and calibration by domain, both on
    domains it did not see, and its AUC on the anchors compared with the teacher's.

    `annotations` of all shards, `documents` their `l1_filtered` rows, `measurement` with the weight of each judge.
    """
    prior = bundled_prior()
    chosen = _chosen(documents, annotations, rules.training_rows_max)
    texts, languages, domains = (chosen[name].to_pylist() for name in ("text", "language", "domain"))
    lengths = chosen["tokens"].to_numpy().astype(np.float64)
    _, set_similarity = prior.read(texts, languages)
    said = {name: one.scores for name, one in judged(chosen, annotations, "").items()}
    teacher = teacher_scores(measurement, said, lengths, prior.set_similarity(set_similarity, measurement.weights))
    student = distil(texts, languages, domains, teacher, prior, rules)
    errors = calibration(domains, student.held_out, teacher, rules)
    coefficients = student.coefficients()
    row: dict[str, Any] = {
        "parents": annotations["annotation_id"].to_pylist(),
        "features": features_id(),
        "coefficients": coefficients,
        "intercept": float(student.model.bias[0]),
        "training_rows": len(teacher),
        "available_rows": annotations.num_rows - annotations["score"].null_count,
        "rank_correlation": rank_correlation(student.held_out, teacher),
        "length_rank_correlation": rank_correlation(lengths, teacher),
        "calibration": [asdict(one) for one in errors],
        "calibration_error": sum(one.n * abs(one.student - one.teacher) for one in errors) / max(1, len(teacher)),
        "calibration_error_lo95": max((one.lo95 for one in errors if one.domain != OTHER_DOMAINS), default=0.0),
        "teacher_model_id": teacher_model_id,
    }
    row |= _on_anchors(measurement, student, prior, measuring, sorted(said))
    weights = hashlib.sha256(np.array([*coefficients, row["intercept"]], np.float64).tobytes()).hexdigest()
    row["student_id"] = content_id("student", row["features"], teacher_model_id, weights)
    table = pa.Table.from_pylist([row], schema=pa.schema(TABLES["l2_student"].columns))
    used = set(chosen["doc_id"].to_pylist())
    return StageResult({"l2_student": table}, {"l2_student": (annotations.num_rows, _decisions(annotations, used))})


def _chosen(documents: pa.Table, annotations: pa.Table, most: int) -> pa.Table:
    """Documents with a score, at most `most`, in the order of their ids."""
    scored = annotations.filter(pc.is_valid(annotations["score"]))["doc_id"].combine_chunks()
    known = documents.filter(pc.is_in(documents["doc_id"], scored))
    ids = sorted(known["doc_id"].to_pylist(), key=lambda doc_id: hashlib.sha256(doc_id.encode()).digest())[:most]
    return known.filter(pc.is_in(known["doc_id"], pa.array(ids, pa.string()))).sort_by("doc_id")


def _on_anchors(
    measurement: Measurement, student: Student, prior: Prior, rules: ReliabilityRules, judges: Sequence[str]
) -> dict[str, float | None]:
    """AUC of student and teacher over the pairs of each anchor set together, null if there are none."""
    anchors, documents = measurement.anchors, measurement.documents
    scores, _, shares = read_texts(documents["text"].to_pylist(), documents["language"].to_pylist(), prior, student)
    said = {name: measurement.scores[name] for name in judges if name in measurement.scores}
    labels, groups = anchors["label"].to_numpy(), anchors["group"].to_pylist()
    sets = np.unique(np.array(anchors["set"].to_pylist()), return_inverse=True)[1]
    area, low, high = auc_within(labels, scores, sets, groups, rules)
    teacher = teacher_scores(measurement, said, measurement.lengths, prior.set_similarity(shares, measurement.weights))
    values = area, low, high, auc_within(labels, teacher, sets, groups, rules)[0]
    names = "anchor_auc", "anchor_auc_lo", "anchor_auc_hi", "teacher_anchor_auc"
    return {name: None if np.isnan(value) else value for name, value in zip(names, values, strict=True)}


def _decisions(annotations: pa.Table, used: set[str]) -> pa.Table:
    return decision_table(_decide(row, used) for row in annotations.select(["annotation_id", "doc_id", "score"]).to_pylist())


def _decide(row: dict[str, Any], used: set[str]) -> dict[str, Any]:
    if row["score"] is None:
        return {"row_id": row["annotation_id"], "outcome": "dropped", "rule": "no_score"}
    if row["doc_id"] not in used:
        return {"row_id": row["annotation_id"], "outcome": "dropped", "rule": "document_not_promoted"}
    return {"row_id": row["annotation_id"], "outcome": "kept"}
