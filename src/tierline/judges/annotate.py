"""Has every judge of the recipe judge a sample of documents, and stores the raw answers."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.judges.judge import Judge, Judgment
from tierline.judges.rules import AnnotateRules
from tierline.judges.sampling import preference
from tierline.lake import StageResult, decision_table
from tierline.llm import ModelClient
from tierline.tables import TABLES, content_id
from tierline.text.prose import DATA

LENGTH_BUCKETS = ((300, "short"), (1_000, "medium"), (math.inf, "long"))  # tokens


def annotate(documents: pa.Table, client: ModelClient, rules: AnnotateRules) -> StageResult:
    """`l2_annotations`: one row per judge for a stratified sample of `l1_filtered` rows; a document that is not sampled is dropped as such.

    A score is in [0, 1], or null if the judge has none. A document that no judge could judge is an error.
    """
    rows = documents.select(["doc_id", "domain", "language", "lane", "tokens", "text"]).to_pylist()
    strata = {row["doc_id"]: stratum(row) for row in rows if row["lane"] != DATA}
    sample = draw_sample(
        strata, rules.sample_per_shard, preference(documents.filter(pc.is_in(documents["doc_id"], pa.array([*strata], pa.string()))))
    )
    known = {row["doc_id"]: row["text"] for row in rows}
    texts = [known[doc_id] for doc_id in sample]
    found = [
        _annotation(doc_id, strata[doc_id], judge, judgment)
        for judge in rules.judges
        for doc_id, judgment in zip(sample, judge.judge(texts, client), strict=True)
    ]
    states: dict[str, set[str]] = defaultdict(set)
    for row in found:
        states[row["doc_id"]].add(row["parse_state"])
    tables = {"l2_annotations": pa.Table.from_pylist(found, schema=pa.schema(TABLES["l2_annotations"].columns))}
    decisions = decision_table(_decision(row["doc_id"], row["tokens"], states.get(row["doc_id"])) for row in rows)
    return StageResult(tables, {"l2_annotations": (documents.num_rows, decisions)}, client.cost)


def stratum(row: dict[str, Any]) -> str:
    """Language and length, by which scores differ regardless of quality."""
    return f"{row['language']}/{next(name for limit, name in LENGTH_BUCKETS if row['tokens'] < limit)}"


def draw_sample(strata: dict[str, str], size: int, preference: Sequence[str] = ()) -> list[str]:
    """Ids, one from each stratum in turn; within a stratum the preferred first, else in the order of a hash: no seed, and stable when
    documents come."""
    queues: dict[str, list[str]] = defaultdict(list)
    for doc_id in preference or sorted(strata, key=lambda doc_id: hashlib.sha256(doc_id.encode()).digest()):
        queues[strata[doc_id]].append(doc_id)
    drawn: list[str] = []
    turn = 0
    while len(drawn) < min(size, len(strata)):
        drawn += [queues[name][turn] for name in sorted(queues) if turn < len(queues[name])]
        turn += 1
    return drawn[:size]


def _annotation(doc_id: str, stratum: str, judge: Judge, judgment: Judgment) -> dict[str, Any]:
    return {
        "annotation_id": content_id("ann", doc_id, judge.name, list(judgment.call_ids)),
        "doc_id": doc_id,
        "parents": [doc_id],
        "judge": judge.name,
        "stratum": stratum,
        "score": judgment.score,
        "parse_state": judgment.state,
        "raw_output": judgment.raw_output,
        "call_ids": list(judgment.call_ids),
        "attempts": judgment.attempts,
    }


def _decision(doc_id: str, tokens: int, states: set[str] | None) -> dict[str, Any]:
    if states is None:
        return {"row_id": doc_id, "outcome": "dropped", "rule": "not_sampled", "tokens": tokens}
    if "ok" in states:
        return {"row_id": doc_id, "outcome": "kept", "tokens": tokens}
    return {"row_id": doc_id, "outcome": "error", "rule": min(states, default="no_judge"), "tokens": tokens}
