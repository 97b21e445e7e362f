"""The lake's table `llm_calls`: every answer a model gave, under the hash of model, question and parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from tierline.document import content_id
from tierline.lake import Lake
from tierline.llm.model import Choice, Completion, LanguageModel, Likelihood, Representation

TABLE = "llm_calls"
CALLS = pa.schema(
    {
        "call_id": pa.string(),
        "kind": pa.string(),  # generate | choose | likelihood | represent
        "model_id": pa.string(),
        "weights_sha256": pa.string(),
        "engine": pa.string(),
        "request": pa.string(),  # JSON
        "response": pa.string(),  # JSON: the raw answer, never recomputed
        "called_at": pa.timestamp("us", tz="UTC"),
        "shard": pa.string(),
    }
)


class CallStore:
    """The calls of one shard; append-only."""

    def __init__(self, lake: Lake, shard: str) -> None:
        self._lake, self._shard = lake, shard
        rows = lake.delta.read(TABLE, CALLS, {"shard": shard}, ["call_id", "response"])
        self._responses: dict[str, str] = dict(zip(rows["call_id"].to_pylist(), rows["response"].to_pylist(), strict=True))

    def call_id(self, model: LanguageModel, kind: str, request: Mapping[str, Any]) -> str:
        """Depends on the weights, not on the engine that runs them: an answer that is there stays the record."""
        return content_id("call", model.weights_sha256, kind, _canonical(request))

    def get(self, call_id: str) -> dict[str, Any] | None:
        """The stored answer's fields, or None."""
        stored = self._responses.get(call_id)
        return None if stored is None else {name: _hashable(value) for name, value in json.loads(stored).items()}

    def put(
        self,
        model: LanguageModel,
        kind: str,
        requests: Mapping[str, Mapping[str, Any]],
        answers: Mapping[str, Completion | Choice | Likelihood | Representation],
    ) -> None:
        """Append the answers that are no errors, in one commit."""
        good = {call_id: json.dumps(asdict(answer), ensure_ascii=False) for call_id, answer in answers.items() if not answer.error}
        if not good:
            return
        shared = {"kind": kind, "model_id": model.model_id, "weights_sha256": model.weights_sha256, "engine": model.engine}
        shared |= {"called_at": datetime.now(UTC), "shard": self._shard}
        rows = [shared | {"call_id": call_id, "request": _canonical(requests[call_id]), "response": text} for call_id, text in good.items()]
        self._lake.delta.append(TABLE, pa.Table.from_pylist(rows, schema=CALLS), ["shard"])
        self._responses |= good


def _canonical(request: Mapping[str, Any]) -> str:
    return json.dumps(request, sort_keys=True, ensure_ascii=False)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
