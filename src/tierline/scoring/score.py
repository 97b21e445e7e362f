"""Scores every document: usefulness by the student, perplexity by the language model, toxicity by its classifier."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from tierline.document import TABLES
from tierline.embedding import Embedder
from tierline.lake import StageResult, decision_table
from tierline.llm import Asker
from tierline.scoring.features import features
from tierline.scoring.student import predict
from tierline.toxicity import Toxicity

ROWS_PER_BATCH = 256


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """What perplexity is measured on."""

    SECTION: ClassVar[str] = "l2.score"
    perplexity_languages: tuple[str, ...] = ("en",)  # what the embedded model was trained on; elsewhere its surprise says nothing
    perplexity_tokens: int = 96  # of the document's beginning
    perplexity_characters: int = 1_000


def score(
    documents: pa.Table, annotations: pa.Table, student: dict[str, Any], embedder: Embedder, asker: Asker, rules: ScoreRules
) -> StageResult:
    """`l2_scores` for every row of `l1_filtered`: nothing is dropped here, selection comes after.

    Perplexity is exp(-mean natural-log probability) per token (Jelinek et al. 1977); null where the language is not the
    model's or the model failed, which is a named error in the ledger's detail, never a number.
    """
    teacher = {row["doc_id"]: row["score"] for row in annotations.select(["doc_id", "score"]).to_pylist()}
    perplexities = _perplexities(documents, asker, rules)
    model_id = asker.card("").model_id
    toxicity = Toxicity()
    tables: list[pa.Table] = []
    for start in range(0, documents.num_rows, ROWS_PER_BATCH):
        batch = documents.slice(start, ROWS_PER_BATCH)
        texts, ids = batch["text"].to_pylist(), batch["doc_id"].to_pylist()
        vectors = embedder.embed(texts)
        usefulness, toxic = predict(student, features(batch, vectors)), toxicity.score(texts)
        rows = _rows(ids, usefulness, toxic, vectors, teacher, perplexities)
        shared = {"student_id": student["student_id"], "toxicity_model_id": toxicity.model_id, "perplexity_model_id": model_id}
        tables.append(pa.Table.from_pylist([row | shared for row in rows], schema=pa.schema(TABLES["l2_scores"].columns)))
    table = pa.concat_tables(tables) if tables else pa.schema(TABLES["l2_scores"].columns).empty_table()
    pairs = zip(documents["doc_id"].to_pylist(), documents["tokens"].to_pylist(), strict=True)
    decisions = decision_table({"row_id": doc_id, "outcome": "kept", "tokens": tokens} for doc_id, tokens in pairs)
    return StageResult({"l2_scores": table}, {"l2_scores": (documents.num_rows, decisions)}, asker.cost)


def _perplexities(documents: pa.Table, asker: Asker, rules: ScoreRules) -> dict[str, float]:
    rows = documents.select(["doc_id", "language", "text"]).to_pylist()
    asked = {row["doc_id"]: row["text"][: rules.perplexity_characters] for row in rows if row["language"] in rules.perplexity_languages}
    answers = asker.likelihood(list(asked.values()), rules.perplexity_tokens)
    return {
        doc_id: math.exp(min(700.0, -answer.value.log_probability / answer.value.tokens))
        for doc_id, answer in zip(asked, answers, strict=True)
        if answer.value.tokens and not answer.value.error
    }


def _rows(
    ids: list[str], usefulness: Any, toxic: Any, vectors: Any, teacher: dict[str, float], perplexities: dict[str, float]
) -> Iterator[dict[str, Any]]:
    for index, doc_id in enumerate(ids):
        yield {
            "doc_id": doc_id,
            "parents": [doc_id],
            "usefulness": float(np.clip(usefulness[index], 0, 1)),
            "llm_usefulness": teacher.get(doc_id),
            "perplexity": perplexities.get(doc_id),
            "toxicity": float(toxic[index]),
            "embedding": vectors[index].tolist(),
        }
