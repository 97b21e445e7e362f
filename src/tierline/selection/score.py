"""Scores every document: the student, all other signals, and usefulness as their weighted combination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.judges.injection_ablation import without_doubtful_sentences
from tierline.lake import StageResult, decision_table
from tierline.llm import ModelClient
from tierline.llm.told import ToldAnswers
from tierline.reliability.ensemble import STUDENT, Scorers
from tierline.reliability.rules import ScoreRules
from tierline.reliability.signals import (
    INJECTION,
    PERPLEXITY,
    Scored,
    judged,
    measured,
    measured_without_model,
    perplexity_texts,
    rows_of_signals,
)
from tierline.tables import TABLES
from tierline.text.embedding import Embedder
from tierline.text.toxicity import Toxicity

SCHEMA = pa.schema(TABLES["l2_scores"].columns)
ROWS_PER_BATCH = 256
SCORE_RULES = ScoreRules()
Floats = npt.NDArray[np.float64]


def score(
    documents: pa.Table,
    annotations: pa.Table,
    scorers: Scorers,
    client: ModelClient,
    rules: ScoreRules,
    workers: Workers = IN_PROCESS,
) -> StageResult:
    """`l2_scores` for every row of `l1_filtered` with signals: nothing is dropped here, selection comes after."""
    work = partial(_scored, scorers=scorers, rules=rules)
    found = workers.map("score documents", work, _parts(documents, annotations, scorers, client, rules, workers.batch_rows))
    table = pa.concat_tables([SCHEMA.empty_table(), *found])
    pairs = zip(documents["doc_id"].to_pylist(), documents["tokens"].to_pylist(), strict=True)
    decisions = decision_table({"row_id": doc_id, "outcome": "kept", "tokens": tokens} for doc_id, tokens in pairs)
    return StageResult({"l2_scores": table}, {"l2_scores": (documents.num_rows, decisions)}, client.cost)


Part = tuple[pa.Table, pa.Table, ToldAnswers | None]  # documents, their annotations, what the language model answered about them


def _parts(
    documents: pa.Table, annotations: pa.Table, scorers: Scorers, client: ModelClient, rules: ScoreRules, most: int
) -> Iterator[Part]:
    """The language model is asked here, where answers are stored and budgets are kept; workers are told what it said."""
    for start in range(0, documents.num_rows, most):
        own = documents.slice(start, most)
        judged = annotations.filter(pc.is_in(annotations["doc_id"], value_set=own["doc_id"].combine_chunks()))
        told = None
        if asks_for_perplexity(scorers, rules):
            asked = pa.concat_tables([own, without_doubtful_sentences(own)[1]])
            told = ToldAnswers.of(client, perplexity_texts(asked, rules), rules.perplexity_tokens)
        yield own, judged, told


def _scored(part: Part, scorers: Scorers, rules: ScoreRules) -> pa.Table:
    documents, annotations, told = part
    return score_batch(documents, annotations, scorers, told, rules)


def score_batch(
    documents: pa.Table, annotations: pa.Table, scorers: Scorers, client: ModelClient | None = None, rules: ScoreRules = SCORE_RULES
) -> pa.Table:
    """Rows of `l2_scores` for rows of `l1_filtered`, in order: each depends on its own document alone.

    The language model's perplexity is computed only if there is a client and it has weight (`ScoreRules`): it is nearly all of the cost.
    A document with sentences that may address its judge is also scored without them, and the lower usefulness counts.
    """
    vectors = Embedder().embed(documents["text"].to_pylist())
    signals, useful = _weighed(documents, annotations, scorers, client, rules)
    doubted, cut = without_doubtful_sentences(documents)
    if doubted:
        useful[doubted] = np.minimum(useful[doubted], _weighed(cut, annotations, scorers, client, rules)[1])
    models: dict[str, Any] = {"student_id": scorers.student_id, "toxicity_model_id": Toxicity().model_id}
    models["perplexity_model_id"] = client.card("").model_id if client and PERPLEXITY in signals else None
    ids = documents["doc_id"].to_pylist()
    tables: list[pa.Table] = []
    for start in range(0, len(ids), ROWS_PER_BATCH):
        rows = range(start, min(start + ROWS_PER_BATCH, len(ids)))
        found = [
            models | _row(ids[row], signals, row) | {"usefulness": float(useful[row]), "embedding": vectors[row].tolist()} for row in rows
        ]
        tables.append(pa.Table.from_pylist(found, schema=SCHEMA))
    return pa.concat_tables([SCHEMA.empty_table(), *tables])


def _weighed(
    documents: pa.Table, annotations: pa.Table, scorers: Scorers, client: ModelClient | None, rules: ScoreRules
) -> tuple[dict[str, Scored], Floats]:
    """(every signal, their combined usefulness)."""
    signals = judged(documents, annotations, "")
    if client and asks_for_perplexity(scorers, rules):
        signals |= measured(documents, client, rules)
    else:
        signals |= measured_without_model(documents)
    distilled, set_similarity = scorers.read(documents)
    if distilled is not None:
        signals[STUDENT] = Scored(scorers.student_id or "", distilled)
    return signals, scorers.ensemble.usefulness(signals, set_similarity)


def asks_for_perplexity(scorers: Scorers, rules: ScoreRules) -> bool:
    """Whether the language model's perplexity is computed."""
    return rules.perplexity_unweighed or scorers.ensemble.counts(PERPLEXITY)


def _row(doc_id: str, signals: Mapping[str, Scored], row: int) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "parents": [doc_id],
        "student": _number(signals, STUDENT, row),
        "perplexity": _number(signals, PERPLEXITY, row, -1.0),
        "toxicity": _number(signals, "toxicity", row, -1.0),
        "injection_spans": int(-signals[INJECTION].scores[row]),
        "signals": rows_of_signals(signals, row),
    }


def _number(signals: Mapping[str, Scored], name: str, row: int, sign: float = 1.0) -> float | None:
    value = float(signals[name].scores[row]) if name in signals else float("nan")
    return None if np.isnan(value) else sign * value
