"""Distils the language model's judgements into a classifier that costs nothing to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict

from tierline.document import TABLES, content_id
from tierline.embedding import Embedder
from tierline.errors import NotPromoted, NotWritten
from tierline.lake import ALL, Lake, StageResult, decision_table
from tierline.scoring.documents import no_documents, read_documents
from tierline.scoring.features import FEATURES_ID, features

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StudentRules:
    """How the student learns and when it learns again."""

    SECTION: ClassVar[str] = "l2.student"
    regularisation: float = 1.0  # ridge penalty over unit vectors
    folds: int = 5
    training_rows_min: int = 10  # below this there is nothing to distil: every document gets the same score
    growth: float = 2.0  # annotations must have grown by this factor before all shards are scored anew
    seed: int = 0


def read_annotations(lake: Lake) -> tuple[pa.Table, pa.Table, dict[str, str], str]:
    """Promoted annotations of all shards, the L1 documents they are of, the activity's inputs, and the teacher's id."""
    annotations = [lake.read_promoted("l2_annotations", manifest.shard) for manifest in lake.promoted("l2_annotations")]
    judged = {manifest.shard: rows["doc_id"] for rows, manifest in annotations}
    columns = ["doc_id", "tokens", "text"]
    documents: list[pa.Table] = []
    for manifest in lake.promoted("l1_filtered"):
        if manifest.shard in judged:
            rows = read_documents(lake, manifest.shard, columns)[0]
            documents.append(rows.filter(pc.is_in(rows["doc_id"], judged[manifest.shard].combine_chunks())))
    teachers = sorted({row["model_id"] for row in lake.activities("l2_annotations").to_pylist() if row["shard"] in judged})
    inputs = {f"l2_annotations/{manifest.shard}": manifest.digest for _, manifest in annotations}
    schema = TABLES["l2_annotations"].schema
    table = pa.concat_tables([rows for rows, _ in annotations]) if annotations else schema.empty_table()
    texts = pa.concat_tables(documents) if documents else no_documents(columns)
    return table, texts, inputs, "+".join(teachers)


def student_is_current(lake: Lake, annotations: pa.Table, teacher: str, embedder: Embedder, rules: StudentRules) -> bool:
    """Whether the student in the lake can stay (see `needs_training`)."""
    try:
        previous = lake.read_promoted("l2_student", ALL)[0].to_pylist()[0]
    except (NotWritten, NotPromoted):
        previous = None
    scored = annotations.num_rows - annotations["score"].null_count
    return not needs_training(scored, features_id(embedder), teacher, previous, rules)


def needs_training(
    annotated_rows: int, features_id: str, teacher_model_id: str, previous: dict[str, Any] | None, rules: StudentRules
) -> bool:
    """Whether a new student is worth rescoring for: other features, another teacher, or enough new annotations."""
    if previous is None or previous["features"] != features_id or previous["teacher_model_id"] != teacher_model_id:
        return True
    return annotated_rows >= rules.growth * max(1, previous["available_rows"])


def features_id(embedder: Embedder) -> str:
    """Identity of what the student sees."""
    return f"{embedder.model_id}+{FEATURES_ID}"


def train_student(
    annotations: pa.Table, documents: pa.Table, embedder: Embedder, rules: StudentRules, teacher_model_id: str
) -> StageResult:
    """One row of `l2_student`: ridge regression from features to the teacher's scores, calibrated to ranks.

    `annotations` of all shards, `documents` the `l1_filtered` rows they are of. Calibration maps a prediction to the share of
    annotated documents that the student, cross-validated, finds less useful: a score of 0.2 means "better than 20%", whoever
    the teacher is.
    """
    scored = {row["doc_id"]: row["score"] for row in annotations.to_pylist() if row["score"] is not None}
    wanted = [index for index, doc_id in enumerate(documents["doc_id"].to_pylist()) if doc_id in scored]
    chosen = documents.take(pa.array(wanted, pa.int64())).sort_by("doc_id")
    target = np.array([scored[doc_id] for doc_id in chosen["doc_id"].to_pylist()])
    inputs = features(chosen, embedder.embed(chosen["text"].to_pylist()))
    row: dict[str, Any] = _fit(inputs, target, rules) | {
        "parents": annotations["annotation_id"].to_pylist(),
        "features": features_id(embedder),
        "training_rows": len(target),
        "available_rows": len(scored),
        "teacher_model_id": teacher_model_id,
    }
    row["student_id"] = content_id("student", row["features"], teacher_model_id, [repr(value) for value in row["coefficients"]])
    table = pa.Table.from_pylist([row], schema=pa.schema(TABLES["l2_student"].columns))
    return StageResult(
        {"l2_student": table}, {"l2_student": (annotations.num_rows, _decisions(annotations, set(chosen["doc_id"].to_pylist())))}
    )


def predict(student: dict[str, Any], inputs: Floats) -> Floats:
    """Usefulness in [0, 1] of each row of features, from a row of `l2_student`."""
    raw = inputs @ np.array(student["coefficients"], np.float64) + student["intercept"]
    return np.interp(raw, np.array(student["calibration_x"], np.float64), np.array(student["calibration_y"], np.float64))


def _fit(inputs: Floats, target: Floats, rules: StudentRules) -> dict[str, Any]:
    if len(target) < rules.training_rows_min:
        flat = {"coefficients": [0.0] * inputs.shape[1], "intercept": 0.0, "calibration_x": [0.0], "calibration_y": [0.5]}
        return flat | {"rank_correlation": None, "length_rank_correlation": None}
    model = Ridge(alpha=rules.regularisation)
    folds = KFold(min(rules.folds, len(target)), shuffle=True, random_state=rules.seed)
    held_out: Floats = np.asarray(cross_val_predict(model, inputs, target, cv=folds), np.float64)
    model.fit(inputs, target)
    steps = np.linspace(0, 1, 101)
    quantiles = np.maximum.accumulate(np.quantile(held_out, steps)) + np.arange(101) * 1e-9  # strictly rising, for interpolation
    return {
        "coefficients": model.coef_.astype(np.float32).tolist(),
        "intercept": float(model.intercept_),
        "calibration_x": quantiles.tolist(),
        "calibration_y": steps.tolist(),
        "rank_correlation": _rank_correlation(held_out, target),
        "length_rank_correlation": _rank_correlation(inputs[:, -9], target),
    }


def _rank_correlation(left: Floats, right: Floats) -> float | None:
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return None
    return float(spearmanr(left, right).statistic)


def _decisions(annotations: pa.Table, used: set[str]) -> pa.Table:
    return decision_table(_decide(row, used) for row in annotations.to_pylist())


def _decide(row: dict[str, Any], used: set[str]) -> dict[str, Any]:
    if row["score"] is None:
        return {"row_id": row["annotation_id"], "outcome": "dropped", "rule": "no_score"}
    if row["doc_id"] not in used:
        return {"row_id": row["annotation_id"], "outcome": "dropped", "rule": "document_not_promoted"}
    return {"row_id": row["annotation_id"], "outcome": "kept"}
