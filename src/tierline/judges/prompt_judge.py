"""Judges texts by prompting: each window in both orders of the scale, the expectation of the answers averaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tierline.judges.injection import escape
from tierline.judges.judge import PROMPT, Judgment
from tierline.judges.scales import Scale
from tierline.judges.windows import windows
from tierline.llm import Answered, Choice, ModelClient

ORDERS = (False, True)  # worst level first, best level first


@dataclass(frozen=True, slots=True)
class PromptJudge:
    """A Judge that prompts with one scale; reads `count` windows of `tokens` tokens of each text.

    Small models prefer a letter to an answer, so both orders are asked and averaged (Zheng et al. 2023, arXiv 2309.03882).
    """

    scale: Scale
    tokens: int = 200
    count: int = 1

    @property
    def name(self) -> str:
        """See Judge."""
        return f"{PROMPT}{self.scale.scale}@{self.scale.version}"

    @property
    def identity(self) -> str:
        """See Judge: the prompt and how much of a text is read."""
        return hashlib.sha256(f"{self.scale.identity}/{self.tokens}/{self.count}".encode()).hexdigest()

    def judge(self, texts: Sequence[str], client: ModelClient) -> list[Judgment]:
        """One judgment per text, from 2 calls per window."""
        parts = [[escape(part) for part in windows(text, self.tokens, self.count)] for text in texts]
        prompts = [self.scale.render(part, reverse) for own in parts for part in own for reverse in ORDERS]
        answers = iter(client.choose(prompts, self.scale.choices))
        return [self._judgment([next(answers) for _ in range(len(own) * len(ORDERS))]) for own in parts]

    def _judgment(self, answers: list[Answered[Choice]]) -> Judgment:
        scores = [self.scale.expectation(answer.value, ORDERS[number % 2]) for number, answer in enumerate(answers)]
        known = [score for score in scores if score is not None]
        failed = any(answer.value.error for answer in answers)
        complete = len(known) == len(scores)
        return Judgment(
            sum(known) / len(known) if complete else None,
            "ok" if complete else "model_error" if failed else "no_choice",
            json.dumps([asdict(answer.value) for answer in answers]),
            tuple(answer.call_id for answer in answers),
            len(answers),
        )


def position_bias(outputs: Sequence[Sequence[Mapping[str, Any]]], scale: Scale) -> float:
    """Mean of (score with the best level last - score with it first) over all windows, in [-1, 1]; 0 without bias, nan without data.

    `outputs` are the answers of each judgment, from its `raw_output`. Averaging both orders removes this bias: it is positive if
    late letters are preferred.
    """
    gaps: list[float] = []
    for output in outputs:
        answers = [Choice(tuple(row["log_probabilities"]), row["prompt_tokens"]) for row in output]
        for straight, turned in zip(answers[::2], answers[1::2], strict=True):
            pair = scale.expectation(straight, False), scale.expectation(turned, True)
            gaps += [pair[0] - pair[1]] if pair[0] is not None and pair[1] is not None else []
    return sum(gaps) / len(gaps) if gaps else float("nan")
