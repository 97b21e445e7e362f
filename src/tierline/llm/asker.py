"""Asks a language model, but never the same thing twice: what was answered once is the record and is read from the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from tierline.lake import Cost, ModelCard
from tierline.llm.model import REPRESENTED_DEPTH, Choice, Completion, LanguageModel, Likelihood, Prompt, Representation, Sampling
from tierline.llm.store import CallStore

Value = TypeVar("Value", Completion, Choice, Likelihood, Representation)
CALLS_PER_FLUSH = 16  # what a crash can lose


@dataclass(frozen=True, slots=True)
class Answered(Generic[Value]):
    """An answer and the id of the call that it is stored under."""

    call_id: str
    value: Value


class Asker(Protocol):
    """What scoring and editing see of a language model. Answers come in the order of the questions."""

    @property
    def cost(self) -> Cost: ...

    def card(self, prompt_sha256: str) -> ModelCard: ...

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Answered[Completion]]: ...

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Answered[Choice]]: ...

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Likelihood]]: ...

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Representation]]: ...


class StoredAsker:
    """An Asker over one model and one shard's call store. Failed calls are not stored, so a rerun asks them again."""

    def __init__(self, model: LanguageModel, store: CallStore) -> None:
        self._model, self._store, self._cost = model, store, Cost()

    @property
    def cost(self) -> Cost:
        """Spent through this asker so far."""
        return self._cost

    def card(self, prompt_sha256: str) -> ModelCard:
        """The identity of the model, as activities record it."""
        return ModelCard(self._model.model_id, self._model.weights_sha256, prompt_sha256, self._model.engine)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Answered[Completion]]:
        """Free or schema-bound text for each prompt."""
        requests = [{"prompt": asdict(prompt), "sampling": asdict(sampling)} for prompt in prompts]
        return self._ask(
            "generate", requests, lambda wanted: self._model.generate([prompts[index] for index in wanted], sampling), Completion
        )

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Answered[Choice]]:
        """Log-probability of each choice as the answer's first token."""
        requests = [{"prompt": asdict(prompt), "choices": list(choices)} for prompt in prompts]
        return self._ask("choose", requests, lambda wanted: self._model.choose([prompts[index] for index in wanted], choices), Choice)

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Likelihood]]:
        """How probable the model finds the first `max_tokens` tokens of each text."""
        requests = [{"text": text, "max_tokens": max_tokens} for text in texts]
        return self._ask(
            "likelihood", requests, lambda wanted: self._model.likelihood([texts[index] for index in wanted], max_tokens), Likelihood
        )

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Representation]]:
        """The model's mean hidden state over the first `max_tokens` tokens of each text."""
        requests = [{"text": text, "max_tokens": max_tokens, "depth": REPRESENTED_DEPTH} for text in texts]
        return self._ask(
            "represent", requests, lambda wanted: self._model.represent([texts[index] for index in wanted], max_tokens), Representation
        )

    def _ask(
        self, kind: str, requests: list[dict[str, Any]], call: Callable[[list[int]], list[Value]], answer: type[Value]
    ) -> list[Answered[Value]]:
        ids = [self._store.call_id(self._model, kind, request) for request in requests]
        found: dict[str, Value] = {}
        for call_id in ids:
            stored = self._store.get(call_id)
            if stored is not None:
                found[call_id] = answer(**stored)
        first = {call_id: index for index, call_id in reversed(list(enumerate(ids)))}  # equal questions are asked once
        missing = [index for index, call_id in enumerate(ids) if call_id not in found and first[call_id] == index]
        self._cost = replace(self._cost, stored_calls=self._cost.stored_calls + len(ids) - len(missing))
        for start in range(0, len(missing), CALLS_PER_FLUSH):
            batch = missing[start : start + CALLS_PER_FLUSH]
            began = time.perf_counter()
            answers = call(batch)
            seconds = time.perf_counter() - began
            new = {ids[index]: value for index, value in zip(batch, answers, strict=True)}
            self._store.put(self._model, kind, {ids[index]: requests[index] for index in batch}, new)
            found |= new
            self._count(answers, seconds)
        return [Answered(call_id, found[call_id]) for call_id in ids]

    def _count(self, answers: Sequence[Completion | Choice | Likelihood | Representation], seconds: float) -> None:
        self._cost = replace(
            self._cost,
            model_calls=self._cost.model_calls + len(answers),
            prompt_tokens=self._cost.prompt_tokens + sum(getattr(value, "prompt_tokens", getattr(value, "tokens", 0)) for value in answers),
            output_tokens=self._cost.output_tokens + sum(getattr(value, "output_tokens", 0) for value in answers),
            model_seconds=self._cost.model_seconds + seconds,
        )
