"""The protocol between Tierline and any language model, on any engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """A chat prompt; `prefill` is text with which the answer must begin."""

    user: str
    system: str = ""
    prefill: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn; temperature 0 is greedy."""

    max_tokens: int = 256
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    seed: int = 0
    json_schema: str = ""  # canonical JSON of a schema that the answer must follow; empty: free text


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's raw answer. `finish` is stop | length | error; on error `text` is empty and `error` says why."""

    text: str
    prompt_tokens: int
    output_tokens: int
    finish: str
    error: str = ""
    log_probabilities: tuple[float, ...] = ()  # natural log, one for each token of the answer, as the model gives it
    attempts: int = 1  # how often the engine was asked, failures included


@dataclass(frozen=True, slots=True)
class Choice:
    """Natural-log probability that the model itself gives each choice as the next words; -inf if the engine did not report it.

    It is the probability of the choice's first token, with or without a space before it, so choices must differ in that token: if
    two share it, the answer is an error that names them. `text` is the answer if only a choice is allowed.
    """

    log_probabilities: tuple[float, ...]
    prompt_tokens: int
    finish: str = "stop"
    error: str = ""
    text: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Sum of natural-log token probabilities of a text given its beginning, over `tokens` predicted tokens."""

    log_probability: float
    tokens: int
    error: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Representation:
    """Mean over the `tokens` read of a text of the model's hidden state, (width,), at the depth `REPRESENTED_DEPTH`."""

    vector: tuple[float, ...]
    tokens: int
    error: str = ""
    attempts: int = 1


REPRESENTED_DEPTH = 0.5  # share of the layers below the state: the middle tells more about a text than the top, which predicts words
#   (dclm-human, SmolLM2-135M: AUC 0.905 at layer 15 of 30, 0.881 at 8, 0.891 at 22, 0.851 at the top; docs/decisions/0017)


class LanguageModel(Protocol):
    """One loaded model. Answers come in the order of the prompts; a failed call is an answer with finish "error", never an exception.

    ModelUnavailable is for what no call is to blame for: a server that is down, a model that is given up.
    """

    @property
    def model_id(self) -> str: ...

    @property
    def weights_sha256(self) -> str: ...

    @property
    def engine(self) -> str: ...

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]: ...

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Choice]: ...

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Likelihood]: ...

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Representation]: ...

    def give_up(self, seconds: float) -> None:
        """Answer nothing more than what is done within this time. May be called from another thread, once."""
        ...
