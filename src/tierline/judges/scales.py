"""Reads the scales of the prompts: versioned files, so that a changed word is a changed judge."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml

from tierline.config.recipe import build
from tierline.errors import BadInput
from tierline.llm import Choice, Prompt

PROMPTS = Path(__file__).parent / "prompts"
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Scale:
    """One prompt file. `levels` run from worst to best; their values are spaced evenly over [0, 1]."""

    scale: str
    version: int
    question: str
    levels: tuple[str, ...]
    template: str
    prefill: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The letters that may be answered."""
        return tuple(LETTERS[: len(self.levels)])

    @property
    def identity(self) -> str:
        """sha256 of the file's content."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()

    def render(self, text: str, reverse: bool) -> Prompt:
        """The prompt for a text that was already escaped; `reverse` lists the best level first.

        The mark around the text is a hash of it: no text can contain its own mark, and the same text gives the same prompt.
        """
        mark = f"[{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}]"
        levels = self.levels[::-1] if reverse else self.levels
        options = "\n".join(f"{letter}. {level}" for letter, level in zip(self.choices, levels, strict=True))
        return Prompt(self.template.format(mark=mark, text=text, question=self.question, options=options), prefill=self.prefill)

    def expectation(self, choice: Choice, reverse: bool) -> float | None:
        """Expected value of the levels under the probabilities of their letters, in [0, 1]; None if no letter was named.

        The expectation rather than the most probable digit (G-Eval, Liu et al. 2023, arXiv 2303.16634, section 2).
        """
        weights = [math.exp(value) for value in choice.log_probabilities]
        if not weights or sum(weights) <= 0:
            return None
        ordered = weights[::-1] if reverse else weights
        return sum(place * weight for place, weight in enumerate(ordered)) / (len(weights) - 1) / sum(weights)


@cache
def load_scale(name: str) -> Scale:
    """The scale of that name. BadInput if there is none."""
    path = PROMPTS / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in PROMPTS.glob("*.yaml")))
        raise BadInput(f"no scale {name!r}", "l2.annotate", f"known are {known}")
    return build(Scale, yaml.safe_load(path.read_text("utf-8")), str(path))
