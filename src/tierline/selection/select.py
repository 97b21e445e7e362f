"""Selects L2: thresholds decide in SQL (marts/l2_selection), then near-duplicates by meaning are merged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from tierline.dedup.semantic import Match, Neighbors, near_duplicates
from tierline.lake import StageResult, decision_table
from tierline.selection.rules import SelectRules
from tierline.tables import TABLES
from tierline.text.embedding import DIMENSIONS
from tierline.text.prose import DATA


def select(
    selection: pa.Table,
    documents: pa.Table,
    scores: pa.Table,
    rules: SelectRules,
    earlier: Neighbors | None = None,
) -> StageResult:
    """`l2_selected` from the mart's rows (doc_id, outcome, rule, value, threshold: one for each L1 document).

    Of documents with the same meaning, the one selected in a prior shard stays; within a shard the more useful one.
    """
    scored = {row["doc_id"]: row for row in scores.to_pylist()}
    selected = [row["doc_id"] for row in selection.to_pylist() if row["outcome"] == "kept"]
    lanes = dict(zip(documents["doc_id"].to_pylist(), documents["lane"].to_pylist(), strict=True))
    chosen = [doc_id for doc_id in selected if lanes[doc_id] != DATA]  # tables of one kind mean the same to an embedding
    chosen.sort(key=lambda doc_id: (-scored[doc_id]["usefulness"], doc_id))
    vectors = np.array([scored[doc_id]["embedding"] for doc_id in chosen], np.float32).reshape(len(chosen), DIMENSIONS)
    known = earlier.near(vectors, rules.semantic_similarity_min) if earlier else ((), None)
    merged = near_duplicates(chosen, vectors, rules.semantic_similarity_min, *known)
    kept = set(selected) - set(merged)
    rows = [_selected(row, scored[row["doc_id"]]) for row in documents.to_pylist() if row["doc_id"] in kept]
    tokens = dict(zip(documents["doc_id"].to_pylist(), documents["tokens"].to_pylist(), strict=True))
    decisions = decision_table(_decide(row, merged.get(row["doc_id"]), tokens[row["doc_id"]], rules) for row in selection.to_pylist())
    table = pa.Table.from_pylist(rows, schema=pa.schema(TABLES["l2_selected"].columns))
    return StageResult({"l2_selected": table}, {"l2_selected": (documents.num_rows, decisions)})


def _selected(document: dict[str, Any], scores: dict[str, Any]) -> dict[str, Any]:
    columns = TABLES["l2_selected"].columns
    carried = {name: document[name] for name in columns if name in document}
    return (
        carried | {name: scores[name] for name in ("usefulness", "perplexity", "toxicity", "embedding")} | {"parents": [document["doc_id"]]}
    )


def _decide(row: dict[str, Any], match: Match | None, tokens: int, rules: SelectRules) -> dict[str, Any]:
    if match:
        duplicate = {"rule": "duplicate:semantic", "value": match.similarity, "threshold": rules.semantic_similarity_min}
        return {"row_id": row["doc_id"], "outcome": "merged", "related_id": match.kept_id, "tokens": tokens} | duplicate
    decided = {name: row[name] for name in ("outcome", "rule", "value", "threshold", "detail") if name in row}
    return {"row_id": row["doc_id"], "tokens": tokens} | decided
