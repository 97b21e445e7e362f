"""The recipe of an experiment: model, schedule, data of each phase, seeds and measures, fixed in a file before any run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tierline.config.bounds import Count, Few, Natural, PositiveAmount, PositiveShare, Range, Seconds, Several, Share
from tierline.config.recipe import load_recipe

PASSES_MAX = 4  # over any row in any run; Muennighoff et al. 2023 (arXiv 2305.16264, section 6)
REPLAY_MIN = 0.3  # of the decay's windows come from the stable phase's mix
BUDGETS = (1.0, 0.8, 0.6, 0.4)  # of `tokens`; one run each, with its own decay, of the flat mix and of the tiers
TESTED = 0.6  # the claim: this share of the compute is enough
Vocabulary = Annotated[int, Range(257, 65_536)]  # every byte and the end of a document, and what 16 bits tell apart
POOLS = ("L1", "L2", "best", "L3", "L4")  # what the tiers' phases draw on; pools.py says which rows are in each


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A Llama-style decoder (Touvron et al. 2023, arXiv 2302.13971, section 2.2) with tied embeddings."""

    width: Count = 96
    layers: Few = 2
    heads: Few = 4
    hidden: Count = 256  # of the SwiGLU: 8/3 of the width (Shazeer 2020, arXiv 2002.05202, section 2), a multiple of 8
    vocabulary: Vocabulary = 1024
    context: Several = 128
    rope_theta: PositiveAmount = 10_000.0

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width % self.heads or self.width // self.heads % 2:
            raise ValueError("width must be an even multiple of heads")


@dataclass(frozen=True, slots=True)
class Optimization:
    """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) under a warm-up, stable, decay schedule (MiniCPM, Hu et al. 2024,
    arXiv 2404.06395, section 4), with the gradient's norm clipped and the weights of the last checkpoints averaged (Luo et al.,
    arXiv 2511.18903: a moderate decay with an average keeps what a full decay hides)."""

    learning_rate: PositiveAmount = 6e-3
    warm_share: Share = 0.03
    decay_share: PositiveShare = 0.3
    floor: Share = 0.05  # of the learning rate, at the last step
    averaged: Few = 4  # checkpoints whose weights are averaged, evenly spaced over the last `averaged_share` of the decay
    averaged_share: Share = 0.2
    weight_decay: Share = 0.1
    beta_1: Share = 0.9
    beta_2: Share = 0.95
    clip: PositiveAmount = 1.0
    windows: Count = 16  # in a batch


@dataclass(frozen=True, slots=True)
class Phases:
    """What the tiers' windows are drawn from: pool -> weight. The stable phase reads filtered and selected documents, the decay upper
    tiers with a replay of the stable phase's mix."""

    stable: dict[str, float]
    decay: dict[str, float]
    replay: float = REPLAY_MIN
    best_share: float = 0.5  # of L2's tokens, those of the most useful documents: the pool `best`

    def __post_init__(self) -> None:
        for weights in (self.stable, self.decay):
            unknown = sorted(set(weights) - set(POOLS))
            if unknown or not weights or min(weights.values()) <= 0:
                raise ValueError(f"each phase needs weights above 0 of {', '.join(POOLS)}")
        if not REPLAY_MIN <= self.replay < 1 or not 0 < self.best_share < 1:
            raise ValueError(f"replay must be at least {REPLAY_MIN}, and shares below 1")


@dataclass(frozen=True, slots=True)
class Measuring:
    """What a trained model is measured on; metric.py says how."""

    works: tuple[str, ...] = ("textbooks", "reference")  # domains of the upper tiers' kinds: whole books and works are held out
    guard: tuple[str, ...] = ("web", "documentation")  # domains of the web: whole sites are held out
    heldout_share: PositiveShare = 0.1  # of each domain's characters
    overlap_max: Share = 0.5  # share of a held-out text's word 5-grams that may occur in training rows; above it the text is left out
    tokens_per_part: Count = 40_000  # of each domain, and of the text that is in no tier
    tokens_per_document: Count = 1_000  # of a held-out text's beginning
    questions: tuple[str, ...] = ("mmlu-test", "truthfulqa", "arc_easy", "arc_challenge", "openbook_qa")
    questions_max: Natural = 200  # of each benchmark
    instructions_max: Natural = 40  # of each benchmark


@dataclass(frozen=True, slots=True)
class Pilot:
    """Runs with seeds that are never used again, from which the registration takes what it fixes: each curriculum's learning rate, floor
    and length of the decay, the tiers' mix, the spread of paired runs and the slope of the flat mix."""

    seeds: tuple[Natural, ...] = (1001, 1002)
    learning_rates: tuple[PositiveAmount, ...] = (3e-3, 6e-3, 1.2e-2)
    floors: tuple[Share, ...] = (0.05, 0.33)
    decay_shares: tuple[PositiveShare, ...] = (0.3,)
    phases: tuple[Phases, ...] = ()  # other mixes of the tiers, tried beside the recipe's own
    share: PositiveShare = 0.5  # of `tokens`
    slope_max: PositiveAmount = 0.15  # bits per e-fold of compute: above it optimizer steps count and data does not

    def __post_init__(self) -> None:
        if not (self.learning_rates and self.floors and self.decay_shares):
            raise ValueError("learning_rates, floors and decay_shares each need one to try")


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """One experiment. `tokens` is the whole budget of one run; 0 says: what fits into `seconds` at the speed that is measured."""

    phases: Phases
    tokens: Natural = 0
    seconds: Seconds = 3_300.0
    tokens_max: Count = 50_000_000
    seeds: Several = 6
    seed: Natural = 17
    model: ModelShape = ModelShape()
    optimization: Optimization = Optimization()
    measuring: Measuring = Measuring()
    pilot: Pilot = Pilot()

    def __post_init__(self) -> None:
        if min(self.seeds, len(set(self.pilot.seeds))) < 2 or set(range(self.seeds)) & set(self.pilot.seeds):
            raise ValueError("seeds must be at least 2, and so must the pilot's, which are other ones")
        if any(set(one.decay) != set(self.phases.decay) or one.best_share != self.phases.best_share for one in self.pilot.phases):
            raise ValueError("the pilot's mixes have the pools of the recipe's decay, in other shares, and its best_share")

    @classmethod
    def load(cls, path: str | Path) -> TrainingRecipe:
        """From a YAML file; BadInput if a setting is missing, unknown or not allowed."""
        return load_recipe(cls, path, "training recipe")

    @property
    def steps(self) -> int:
        """Optimizer steps of a whole run."""
        return self.tokens // (self.optimization.windows * self.model.context)

    @property
    def digest(self) -> str:
        """Of every setting."""
        return hashlib.sha256(repr(self).encode()).hexdigest()
