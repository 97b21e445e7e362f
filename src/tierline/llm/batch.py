"""A batch of calls as plain data, and how a model answers it: into rows that are on disk before anybody sees them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pyarrow as pa

from tierline.errors import ModelUnavailable
from tierline.llm.journal import write_synced
from tierline.llm.model import Choice, Completion, LanguageModel, Likelihood, Prompt, Representation, Sampling
from tierline.llm.prices import Price
from tierline.llm.soundness import Value, sound
from tierline.tables import content_id
from tierline.tables.records import CALLS
from tierline.text.tokens import count_tokens

SUMMED = ("attempts", "prompt_tokens", "output_tokens", "seconds", "money")
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

    The batch's wall time is divided by tokens, or evenly if none were counted. Raises ModelUnavailable where the model could not be asked
    everything, once the answers that there are have been written, and LakeUnavailable if they cannot be.
    """
    began, unavailable = time.perf_counter(), None
    values: Sequence[Value | None]
    try:
        values = _ask(model, batch.kind, list(batch.requests.values()))
    except ModelUnavailable as error:
        values, unavailable = error.answered, error
    seconds = time.perf_counter() - began
    asked = [
        (name, request, sound(request, value))
        for (name, request), value in zip(batch.requests.items(), values, strict=True)
        if value is not None
    ]
    counts = _counts(batch.kind, [(request, value) for _, request, value in asked])
    total, moment = sum(map(sum, counts)), datetime.now(UTC).isoformat()
    rows: list[dict[str, Any]] = []
    for (name, request, value), (read, written) in zip(asked, counts, strict=True):
        share = seconds * ((read + written) / total if total else 1 / len(asked))
        rows.append(
            {
                "call_id": name,
                "kind": batch.kind,
                **{key: getattr(model, key) for key in ("model_id", "weights_sha256", "engine")},
                "request": canonical(request),
                "response": json.dumps(asdict(value), ensure_ascii=False),
                "state": _state(value),
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
    if unavailable:
        raise unavailable
    return rows


def checked_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `llm_calls` from what a journal holds. ValueError for one that no table can hold, or that `answer` cannot have written: not
    the answer of its own question, less than no tokens, money that is no number."""
    try:
        if set(row) != set(CALLS.names) or None in row.values():
            raise ValueError("not the columns of a call")
        found = {**row, "called_at": datetime.fromisoformat(row["called_at"])}
        pa.Table.from_pylist([found], schema=CALLS)
        request, value = json.loads(row["request"]), value_of(row["kind"], row["response"])
        if row["call_id"] != call_id(row["weights_sha256"], row["kind"], request):
            raise ValueError("not the id of its question")
        if sound(request, value) != value or row["state"] != _state(value):
            raise ValueError("not an answer to its question")
        if wrong := [name for name in SUMMED if not 0 <= row[name] < math.inf]:
            raise ValueError(f"{wrong[0]} is {row[wrong[0]]}")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, pa.ArrowException) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None
    return found


def value_of(kind: str, response: str) -> Any:
    """The answer that a row holds."""
    return KINDS[kind](**_hashable(json.loads(response)))


def _state(value: Value) -> str:
    return "error" if value.error else "ok"


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


def _counts(kind: str, answers: Sequence[tuple[Mapping[str, Any], Value]]) -> list[tuple[int, int]]:
    """Tokens read and written by each call."""
    if kind == "likelihood":  # gives the number it predicted, which may be only some positions
        lengths = count_tokens([str(request["text"]) for request, _ in answers]).to_pylist()
        return [
            (0 if value.error else min(length, int(request["max_tokens"])), 0)
            for (request, value), length in zip(answers, lengths, strict=True)
        ]
    return [_tokens(value) for _, value in answers]


def _tokens(value: Value) -> tuple[int, int]:
    if isinstance(value, Completion):
        return value.prompt_tokens, value.output_tokens
    return (value.prompt_tokens, 1 if value.prompt_tokens else 0) if isinstance(value, Choice) else (value.tokens, 0)
