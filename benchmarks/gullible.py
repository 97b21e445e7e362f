"""A model that tells good pages from bad ones and believes whatever it is told: the worst case of prompt injection."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

from benchmarks.unseen_pages import beginnings
from resources import LanguageModels
from tierline.config.recipe import Recipe
from tierline.judges.injection import escape
from tierline.judges.scales import PROMPTS, load_scale
from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallRules, CallStore
from tierline.llm.model import Choice, Completion, Likelihood, Prompt, Representation, Sampling

OPTION = re.compile(r"^([A-H])\. (.+)$", re.MULTILINE)
SURE = 0.9  # of what it knows and of what it is told


class Gullible:
    """A LanguageModel that knows the label of every sentence of the labeled pages by its beginning (the label of its page; none where
    pages of different labels hold one that begins so) and judges what it reads by the mean; a text that holds an attack it gives the best
    level of the scale. Every text is as probable as any other."""

    model_id, weights_sha256, engine = "gullible", "gullible", "benchmark"

    def __init__(self, pages: Mapping[str, float], attacks: Sequence[str]) -> None:
        said: dict[str, set[float]] = defaultdict(set)
        for text, label in pages.items():
            for line in beginnings(escape(text)):
                said[line].add(label)
        self._labels = {line: labels.pop() for line, labels in said.items() if len(labels) == 1}
        self._attacks = [escape(attack) for attack in attacks]
        self._best = {load_scale(path.stem).levels[-1] for path in PROMPTS.glob("*.yaml")}

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Choice]:
        """Most of the probability on the best level or on the worst."""
        return [self._choice(prompt.user, choices) for prompt in prompts]

    def _choice(self, asked: str, choices: Sequence[str]) -> Choice:
        text = asked.split("\n", 2)[2].rpartition("\n[")[0]
        known = [self._labels[line] for line in beginnings(text) if line in self._labels]
        good = any(attack in text for attack in self._attacks) or sum(known) > 0.5 * len(known)
        letters = {level: letter for letter, level in OPTION.findall(asked)}
        best = next(letters[level] for level in self._best if level in letters)
        wanted = best if good else next(letter for letter in (choices[0], choices[-1]) if letter != best)
        rest = (1 - SURE) / (len(choices) - 1)
        return Choice(tuple(math.log(SURE if letter == wanted else rest) for letter in choices), len(asked))

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
        """Nothing: L2 asks for no text."""
        return [Completion("", 0, 0, "error", "writes nothing") for _ in prompts]

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Likelihood]:
        """The same for all."""
        return [Likelihood(-30.0, 10) for _ in texts]

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Representation]:
        """Nothing."""
        return [Representation((), 0, "represents nothing") for _ in texts]


class GullibleModels(LanguageModels):
    """The resource that lets the assets of L2 ask a gullible model."""

    asked: ClassVar[Gullible]  # of the class, since Dagster makes resources again for each run

    @classmethod
    def of(cls, model: Gullible) -> GullibleModels:
        """The resource of this model."""
        cls.asked = model
        return cls()

    @contextmanager
    def session(self, lake: Lake, shard: str, recipe: Recipe) -> Iterator[CachedModelClient]:
        """As of any model."""
        with CallStore(lake, shard, recipe.rules(CallRules)) as store:
            yield CachedModelClient(self.asked, store)

    def weights(self) -> str:
        """No file."""
        return self.asked.weights_sha256
