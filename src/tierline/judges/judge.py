"""The one interface of models that judge texts, so that prompts and probes are stored, measured and weighted alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tierline.llm import ModelClient

MIDDLE = 0.5  # a label above means useful, one below useless; texts in the middle are left out
PROMPT = "prompt/"  # prefix of the names of judges that prompt


@dataclass(frozen=True, slots=True)
class Judgment:
    """A judge's result for one text.

    `score` is in [0, 1], higher is better; None in every `state` but "ok" ("no_choice": the answer named no choice,
    "model_error": the call failed): a failed answer is a state, never a score. `raw_output` is JSON, `call_ids` name the
    rows of `llm_calls` behind it, `attempts` counts the calls that were tried, including failed ones.
    """

    score: float | None
    state: str
    raw_output: str
    call_ids: tuple[str, ...]
    attempts: int


class Judge(Protocol):
    """Judges texts by a language model; judgments come in the order of the texts, and none raises for a bad text."""

    @property
    def name(self) -> str:
        """Kind, what it is and its version: "prompt/educational_value@1", "probe/<model>@<8 hex of weights>"."""
        ...

    @property
    def identity(self) -> str:
        """sha256 of everything that decides its answers, apart from the language model."""
        ...

    def judge(self, texts: Sequence[str], client: ModelClient) -> list[Judgment]: ...
