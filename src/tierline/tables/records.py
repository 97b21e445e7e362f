"""Schemas of what the lake records about its own tables: activities, decisions, verdicts, waivers, model calls, crawl files."""

from __future__ import annotations

import pyarrow as pa

from tierline.tables.spec import BOOL, DOUBLE, LONG, STRING, TIME

DECISION_COLUMNS = {
    "row_id": STRING,
    "outcome": STRING,  # kept | dropped | merged | quarantined | error
    "rule": STRING,  # null when kept
    "value": DOUBLE,
    "threshold": DOUBLE,
    "related_id": STRING,  # the kept document of a merge, the parent of a rejected edit
    "detail": STRING,
    "tokens": LONG,  # of the row, where its tier counts them
}
OUTCOMES = ("kept", "dropped", "merged", "quarantined", "error")
DECISIONS = pa.schema({**DECISION_COLUMNS, "activity_id": STRING, "stage": STRING, "shard": STRING})

OUTPUT = pa.struct([("table", STRING), ("rows", LONG), ("digest", STRING), ("files", pa.list_(STRING))])
BEFORE = pa.struct([("activity", pa.list_(STRING)), ("verdict", pa.list_(STRING))])
ACTIVITIES = pa.schema(
    {
        "activity_id": STRING,
        "stage": STRING,
        "shard": STRING,
        "code_version": STRING,
        "parameters": STRING,
        "inputs": STRING,
        "model_id": STRING,
        "model_digest": STRING,
        "prompt_sha256": STRING,
        "engine": STRING,
        "weights": STRING,  # JSON: bundled file that decided the rows -> SHA-256
        "started_at": TIME,
        "ended_at": TIME,
        "rows_in": LONG,
        "model_calls": LONG,
        "stored_calls": LONG,
        "prompt_tokens": LONG,
        "output_tokens": LONG,
        "model_seconds": DOUBLE,
        "money": DOUBLE,
        "digest": STRING,
        "outputs": pa.list_(OUTPUT),
        "before": BEFORE,  # files of the activity that this one replaced and of the verdict on it (lake/past.py)
    }
)

VERDICTS = pa.schema(
    {
        "stage": STRING,
        "shard": STRING,
        "digest": STRING,
        "suite": STRING,
        "suite_sha256": STRING,
        "passed": pa.bool_(),
        "results": STRING,
        "failures": pa.list_(STRING),
        "judged_at": TIME,
    }
)
WAIVERS = pa.schema(
    {
        "stage": STRING,
        "shard": STRING,
        "digest": STRING,
        "who": STRING,
        "why": STRING,
        "until": pa.date32(),
        "created_at": TIME,
    }
)

CALLS_TABLE = "llm_calls"  # append-only, partitioned by shard; one row for each time that a model was asked
CALLS = pa.schema(
    {
        "call_id": STRING,  # hash of weights, kind and request; a call that failed and was asked again has several rows
        "kind": STRING,  # generate | choose | likelihood | represent
        "model_id": STRING,
        "weights_sha256": STRING,
        "engine": STRING,
        "request": STRING,  # JSON
        "response": STRING,  # JSON: the raw answer, never recomputed
        "state": STRING,  # ok | error: an error is no answer, and nothing is read from it but why and after how many attempts
        "attempts": LONG,  # of the engine, failed ones included
        "prompt_tokens": LONG,
        "output_tokens": LONG,
        "seconds": DOUBLE,  # the call's share of its batch's wall time, by tokens
        "money": DOUBLE,  # by the recipe's prices when it was asked
        "called_at": TIME,
        "stage": STRING,
        "activity_id": STRING,  # what it was asked for
        "shard": STRING,
    }
)

CRAWL_FILES = pa.schema(
    {
        "shard": STRING,
        "uri": STRING,
        "bytes": LONG,
        "digest": STRING,
        "position": LONG,  # of the file within its shard
        "sequence": LONG,  # of the shard in order of registration: the earlier one wins among duplicates
        "registered_at": TIME,
    }
)

STAGES = pa.schema(
    {
        "ledger": STRING,  # of decisions: the stage's own name, or that of a second grain
        "stage": STRING,
        "position": LONG,  # in graph order
        "tier": STRING,  # null for mixes
        "promotes": BOOL,  # whether the rows it keeps are rows of the tier
    }
)
