"""Trains the student from the judgments of all shards, each judge with its weight, and reports how well it learned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake, Manifest, StageResult, decision_table
from tierline.ranks import rank_correlation
from tierline.reliability.ensemble import Measurement, features_id, teacher_scores
from tierline.reliability.reliability import auc_within
from tierline.reliability.rules import ReliabilityRules
from tierline.reliability.signals import judged
from tierline.students.prior import Prior, bundled_prior
from tierline.students.rules import StudentRules
from tierline.students.student import OTHER_DOMAINS, Student, calibration, distil, read_texts
from tierline.tables import TABLES, content_id

COLUMNS = ["doc_id", "domain", "language", "tokens", "text"]


@dataclass(frozen=True, slots=True)
class Annotated:
    """What there is to teach, known without reading it: promoted annotations by shard, how many have a score, and by which models."""

    shards: tuple[Manifest, ...]
    scored_rows: int
    teacher: str

    @property
    def inputs(self) -> dict[str, str]:
        """As an activity records them."""
        return {f"l2_annotations/{manifest.shard}": manifest.digest for manifest in self.shards}


def find_annotations(lake: Lake) -> Annotated:
    """Of all shards; rows are counted once for each state of a shard."""
    manifests = lake.promoted("l2_annotations")
    own = {manifest.shard for manifest in manifests}
    teachers = sorted({row["model_id"] for row in lake.activity_rows("l2_annotations") if row["shard"] in own})
    return Annotated(tuple(manifests), sum(_scored_rows(lake, manifest) for manifest in manifests), "+".join(teachers))


def read_annotations(lake: Lake, annotated: Annotated, most: int) -> tuple[pa.Table, pa.Table]:
    """(the annotations, the L1 documents of at most so many that have a score, the first by the hash of their ids; by id).

    Texts are read of those documents alone.
    """
    schema = TABLES["l2_annotations"].schema
    annotations = pa.concat_tables([schema.empty_table(), *(lake.read_manifest(manifest) for manifest in annotated.shards)])
    scored = annotations.filter(pc.is_valid(annotations["score"]))
    wanted = {shard: pa.array(ids, pa.string()) for shard, ids in _by_shard(scored).items()}
    documents = {manifest.shard: manifest for manifest in lake.promoted("l1_filtered") if manifest.shard in wanted}
    places = [
        (shard, doc_id, row)
        for shard, manifest in documents.items()
        for row, doc_id in _rows_of(lake.read_manifest(manifest, ["doc_id"])["doc_id"], wanted[shard])
    ]
    chosen = set(_first_by_hash([doc_id for _, doc_id, _ in places], most))
    parts = [pa.schema([TABLES["l1_filtered"].schema.field(name) for name in COLUMNS]).empty_table()]
    for shard, manifest in documents.items():
        rows = [row for of, doc_id, row in places if of == shard and doc_id in chosen]
        columns = {name: list(lake.pick(manifest, rows, name)) for name in COLUMNS} if rows else {name: [] for name in COLUMNS}
        parts.append(pa.Table.from_pydict(columns, schema=parts[0].schema))
    return annotations, pa.concat_tables(parts).sort_by("doc_id")


def _scored_rows(lake: Lake, manifest: Manifest) -> int:
    def count() -> int:
        scores = lake.read_manifest(manifest, ["score"])["score"]
        return len(scores) - scores.null_count

    return lake.fact(f"scored rows of {manifest.table}/{manifest.shard} {manifest.digest}", count)


def _by_shard(annotations: pa.Table) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for row in annotations.select(["doc_id", "shard"]).to_pylist():
        found.setdefault(row["shard"], {})[row["doc_id"]] = None
    return {shard: list(ids) for shard, ids in found.items()}


def _rows_of(ids: pa.ChunkedArray, wanted: pa.Array) -> list[tuple[int, str]]:
    """(row, id) of those wanted."""
    rows = np.flatnonzero(pc.is_in(ids, wanted).to_numpy())
    return list(zip(rows.tolist(), ids.take(pa.array(rows)).to_pylist(), strict=True))


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
    texts, languages = chosen["text"].to_pylist(), chosen["language"].to_pylist()
    domains = [row["domain"] or row["doc_id"] for row in chosen.select(["domain", "doc_id"]).to_pylist()]
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
    chosen = pa.array(_first_by_hash(known["doc_id"].to_pylist(), most), pa.string())
    return known.filter(pc.is_in(known["doc_id"], chosen)).sort_by("doc_id")


def _first_by_hash(ids: Iterable[str], most: int) -> list[str]:
    """Which documents are left out where there are too many depends on their ids alone."""
    return sorted(ids, key=lambda doc_id: hashlib.sha256(doc_id.encode()).digest())[:most]


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
