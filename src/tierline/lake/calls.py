"""What the lake records of one call of a language model: the question, the answer word for word, and what it cost."""

from __future__ import annotations

import pyarrow as pa

CALLS_TABLE = "llm_calls"  # append-only, partitioned by shard; one row for each time that a model was asked
CALLS = pa.schema(
    {
        "call_id": pa.string(),  # hash of weights, kind and request; a call that failed and was asked again has several rows
        "kind": pa.string(),  # generate | choose | likelihood | represent
        "model_id": pa.string(),
        "weights_sha256": pa.string(),
        "engine": pa.string(),
        "request": pa.string(),  # JSON
        "response": pa.string(),  # JSON: the raw answer, never recomputed
        "state": pa.string(),  # ok | error: an error is no answer, and nothing is read from it but why and after how many attempts
        "attempts": pa.int64(),  # of the engine, failed ones included
        "prompt_tokens": pa.int64(),
        "output_tokens": pa.int64(),
        "seconds": pa.float64(),  # the call's share of its batch's wall time, by tokens
        "money": pa.float64(),  # by the recipe's prices when it was asked
        "called_at": pa.timestamp("us", tz="UTC"),
        "stage": pa.string(),
        "activity_id": pa.string(),  # what it was asked for
        "shard": pa.string(),
    }
)
