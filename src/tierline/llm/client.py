"""Asks a language model, but never the same thing twice: an answer is stored once and read from the store from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Generic, Protocol, Self, TypeVar

from tierline.lake import Activity, Cost, ModelCard
from tierline.llm.batch import Batch, answer, call_id, value_of
from tierline.llm.budget import BudgetMeter
from tierline.llm.model import REPRESENTED_DEPTH, Choice, Completion, LanguageModel, Likelihood, Prompt, Representation, Sampling
from tierline.llm.prices import Price
from tierline.llm.store import CallStore
from tierline.llm.worker import ModelProcess

Value = TypeVar("Value", Completion, Choice, Likelihood, Representation)
CALLS_PER_BATCH = 16  # the most that may be lost if model and run die together


@dataclass(frozen=True, slots=True)
class Answered(Generic[Value]):
    """An answer and the id of its stored call."""

    call_id: str
    value: Value


class ModelClient(Protocol):
    """The interface of a language model for scoring and editing. Answers come in the order of the questions.

    Raises BudgetReached if no more may be spent; answers until then are kept.
    """

    @property
    def cost(self) -> Cost: ...

    def card(self, prompt_sha256: str) -> ModelCard: ...

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Answered[Completion]]: ...

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Answered[Choice]]: ...

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Likelihood]]: ...

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Representation]]: ...


class CachedModelClient:
    """A ModelClient over one model and one shard's call store, which it closes. Every call is booked on the activity that was begun."""

    def __init__(
        self, model: LanguageModel | ModelProcess, store: CallStore, price: Price | None = None, meter: BudgetMeter | None = None
    ) -> None:
        self._model, self._store, self._cost = model, store, Cost()
        self._answer = model.answer if isinstance(model, ModelProcess) else partial(answer, model)
        self._price, self._meter = price or Price(), meter
        self._booked = {"stage": "", "activity_id": "", "shard": store.shard}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    @property
    def cost(self) -> Cost:
        """Spent through this client so far."""
        return self._cost

    def card(self, prompt_sha256: str) -> ModelCard:
        """The identity of the model, as activities record it."""
        return ModelCard(self._model.model_id, self._model.weights_sha256, prompt_sha256, self._model.engine)

    def begin(self, stage: str, rules: object, inputs: Mapping[str, str], prompt_sha256: str = "") -> Activity:
        """Begin an activity of this model on the store's shard; calls from now on are booked on it."""
        activity = Activity.of(stage, self._store.shard, rules, inputs, self.card(prompt_sha256))
        self.book(activity)
        return activity

    def book(self, activity: Activity) -> None:
        """Book calls from now on on an activity, which may be another model's."""
        self._booked |= {"stage": activity.stage, "activity_id": activity.activity_id}

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Answered[Completion]]:
        """Free or schema-bound text for each prompt."""
        return self._ask("generate", [{"prompt": asdict(prompt), "sampling": asdict(sampling)} for prompt in prompts])

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Answered[Choice]]:
        """Log-probability of each choice as the answer's first token."""
        return self._ask("choose", [{"prompt": asdict(prompt), "choices": list(choices)} for prompt in prompts])

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Likelihood]]:
        """How probable the model finds the first `max_tokens` tokens of each text."""
        return self._ask("likelihood", [{"text": text, "max_tokens": max_tokens} for text in texts])

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Representation]]:
        """The model's mean hidden state over the first `max_tokens` tokens of each text."""
        return self._ask("represent", [{"text": text, "max_tokens": max_tokens, "depth": REPRESENTED_DEPTH} for text in texts])

    def _ask(self, kind: str, requests: Sequence[Mapping[str, Any]]) -> list[Answered[Any]]:
        ids = [call_id(self._model.weights_sha256, kind, request) for request in requests]
        found = {name: stored for name in ids if (stored := self._store.get(name)) is not None}
        missing = {name: request for name, request in zip(ids, requests, strict=True) if name not in found}  # equal requests are asked once
        self._cost = replace(self._cost, stored_calls=self._cost.stored_calls + len(ids) - len(missing))
        waiting = list(missing)
        while waiting:
            count = min(CALLS_PER_BATCH, len(waiting))
            if self._meter:
                count = self._meter.affordable(self._booked["stage"], count)
            batch, waiting = waiting[:count], waiting[count:]
            rows = self._answer(Batch(kind, {name: missing[name] for name in batch}, self._price, self._booked), self._store.journal)
            self._store.put(rows)
            self._count(rows)
            found |= {row["call_id"]: row["response"] for row in rows}
        return [Answered(name, value_of(kind, found[name])) for name in ids]

    def _count(self, rows: Sequence[Mapping[str, Any]]) -> None:
        cost = self._cost
        self._cost = replace(
            cost,
            model_calls=cost.model_calls + len(rows),
            prompt_tokens=cost.prompt_tokens + sum(row["prompt_tokens"] for row in rows),
            output_tokens=cost.output_tokens + sum(row["output_tokens"] for row in rows),
            model_seconds=cost.model_seconds + sum(row["seconds"] for row in rows),
            money=cost.money + sum(row["money"] for row in rows),
        )
        if self._meter:
            self._meter.spend(self._booked["stage"], rows)
