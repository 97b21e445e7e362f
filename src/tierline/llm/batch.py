"""A batch of calls as plain data, and how a model answers it: into rows that are on disk before anybody sees them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from tierline.llm.model import Choice, Completion, LanguageModel, Likelihood, Prompt, Representation, Sampling
from tierline.llm.prices import Price
from tierline.tables import content_id
from tierline.text.tokens import count_tokens

Value = Completion | Choice | Likelihood | Representation
KINDS: dict[str, type[Value]] = {"generate": Completion, "choose": Choice, "likelihood": Likelihood, "represent": Representation}


@dataclass(frozen=True, slots=True)
class Batch:
    """Calls of one kind with the same parameters: requests by call id; JSON throughout, so that another process may answer it.

    `booked` records their purpose: stage, activity_id and shard.
    """

    kind: str
    requests: Mapping[str, Mapping[str, Any]]
    price: Price
    booked: Mapping[str, str]


def call_id(weights_sha256: str, kind: str, request: Mapping[str, Any]) -> str:
    """Depends on the weights, not on the engine that runs them, so that a stored answer stays the record."""
    return content_id("call", weights_sha256, kind, canonical(request))


def canonical(request: Mapping[str, Any]) -> str:
    """A request as JSON with sorted keys."""
    return json.dumps(request, sort_keys=True, ensure_ascii=False)


def answer(model: LanguageModel, batch: Batch, journal: BinaryIO) -> list[dict[str, Any]]:
    """Ask the model and write rows of `llm_calls` (times as ISO 8601) to the journal, synced to disk. Returns the rows.

    The batch's wall time is divided by tokens, or evenly if none were counted.
    """
    began = time.perf_counter()
    values = _ask(model, batch.kind, list(batch.requests.values()))
    seconds = time.perf_counter() - began
    counts = _counts(batch, values)
    total, moment = sum(map(sum, counts)), datetime.now(UTC).isoformat()
    rows: list[dict[str, Any]] = []
    for (name, request), value, (read, written) in zip(batch.requests.items(), values, counts, strict=True):
        share = seconds * ((read + written) / total if total else 1 / len(values))
        rows.append(
            {
                "call_id": name,
                "kind": batch.kind,
                **{key: getattr(model, key) for key in ("model_id", "weights_sha256", "engine")},
                "request": canonical(request),
                "response": json.dumps(asdict(value), ensure_ascii=False),
                "state": "error" if value.error else "ok",
                "attempts": value.attempts,
                "prompt_tokens": read,
                "output_tokens": written,
                "seconds": share,
                "money": batch.price.of(read, written, share),
                "called_at": moment,
                **batch.booked,
            }
        )
    write_synced(journal, rows)
    return rows


def write_synced(file: BinaryIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows as JSON lines; they are on disk when this returns."""
    file.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    file.flush()
    os.fsync(file.fileno())


def value_of(kind: str, response: str) -> Any:
    """The answer that a row holds."""
    return KINDS[kind](**_hashable(json.loads(response)))


def _ask(model: LanguageModel, kind: str, requests: Sequence[Mapping[str, Any]]) -> Sequence[Value]:
    first = requests[0]
    if kind == "generate":
        return model.generate([Prompt(**request["prompt"]) for request in requests], Sampling(**_hashable(first["sampling"])))
    if kind == "choose":
        return model.choose([Prompt(**request["prompt"]) for request in requests], tuple(first["choices"]))
    texts = [str(request["text"]) for request in requests]
    return (model.likelihood if kind == "likelihood" else model.represent)(texts, first["max_tokens"])


def _hashable(fields: Mapping[str, Any]) -> dict[str, Any]:
    lists: dict[str, Any] = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return {**fields, **lists}


def _counts(batch: Batch, values: Sequence[Value]) -> list[tuple[int, int]]:
    """Tokens read and written by each call."""
    if batch.kind == "likelihood":  # gives the number it predicted, which may be only some positions
        lengths = count_tokens([str(request["text"]) for request in batch.requests.values()]).to_pylist()
        limits = [int(request["max_tokens"]) for request in batch.requests.values()]
        return [(0 if value.error else min(*pair), 0) for value, *pair in zip(values, lengths, limits, strict=True)]
    return [_tokens(value) for value in values]


def _tokens(value: Value) -> tuple[int, int]:
    if isinstance(value, Completion):
        return value.prompt_tokens, value.output_tokens
    return (value.prompt_tokens, 1 if value.prompt_tokens else 0) if isinstance(value, Choice) else (value.tokens, 0)
