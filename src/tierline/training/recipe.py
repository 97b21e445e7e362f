"""The recipe of an experiment: model, schedule, phases, arms and measures, fixed in a file before any run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tierline.config.recipe import load_recipe
from tierline.tables.tiers import PHASE_TIERS, Phase, Tier

HEADLINE = "bits_per_byte"  # mean over the domains' held-out texts, each domain weighing the same; lower is better


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A Llama-style decoder (Touvron et al. 2023, arXiv 2302.13971, section 2.2) with tied embeddings."""

    width: int = 128
    layers: int = 2
    heads: int = 4
    hidden: int = 344  # of the SwiGLU: 8/3 of the width (Shazeer 2020, arXiv 2002.05202, section 2), a multiple of 8
    vocabulary: int = 2048
    context: int = 128
    rope_theta: float = 10_000.0

    def __post_init__(self) -> None:
        if self.width % self.heads or self.width // self.heads % 2:
            raise ValueError("width must be an even multiple of heads")


@dataclass(frozen=True, slots=True)
class PhaseShare:
    """One phase's share of the steps, and the source of its windows: tier -> weight."""

    phase: str
    share: float
    tiers: dict[str, float]

    def __post_init__(self) -> None:
        phase = Phase(self.phase)
        foreign = sorted(tier for tier in self.tiers if Tier(tier) not in PHASE_TIERS[phase])
        if foreign:
            raise ValueError(f"{phase} does not draw on {', '.join(foreign)}; its tiers are {', '.join(sorted(PHASE_TIERS[phase]))}")
        if not self.tiers or min(self.tiers.values()) <= 0 or self.share <= 0:
            raise ValueError(f"{phase} needs a share and tiers with weights above 0")


@dataclass(frozen=True, slots=True)
class Optimization:
    """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) under a warm-up, stable, decay schedule (MiniCPM, Hu et al. 2024,
    arXiv 2404.06395, section 4), with the gradient's norm clipped."""

    learning_rate: float = 4e-3
    warm_share: float = 0.05
    decay_share: float = 0.3
    floor: float = 0.05  # of the learning rate, at the last step
    weight_decay: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.95
    clip: float = 1.0
    windows: int = 8  # in a batch


@dataclass(frozen=True, slots=True)
class Measuring:
    """How a trained model is evaluated."""

    heldout_share: float = 0.1  # of the source documents
    overlap_max: float = 0.5  # share of a held-out text's word 5-grams that may occur in training rows; above it the text is left out
    domains_max: int = 8  # further ones are measured together
    tokens_per_part: int = 8_000  # held-out text of each domain, and of each tier
    tokens_per_document: int = 500  # of a held-out text's beginning
    curve_points: int = 6
    curve_share: float = 0.2  # of the held-out text, between two points
    questions: tuple[str, ...] = ("mmlu-test", "truthfulqa", "arc_easy", "arc_challenge", "hellaswag")
    questions_max: int = 60  # of each benchmark
    facts_max: int = 200
    options: int = 4  # of a cloze question


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """One experiment. `tokens` is every full arm's budget."""

    tokens: int
    phases: tuple[PhaseShare, ...]
    model: ModelShape = ModelShape()
    optimization: Optimization = Optimization()
    measuring: Measuring = Measuring()
    seeds: int = 5
    seed: int = 17
    epochs_max: int = 4  # of a tier within a phase; Muennighoff et al. 2023 (arXiv 2305.16264, section 6)
    budgets: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9)
    leave_out_domains: int = 5  # the largest ones
    characters_per_token: float = 12.0  # of training text kept of each tier for each token of the budget: some three epochs of it
    checkpoint_steps: int = 2_000  # between states written to disk
    headline: str = HEADLINE

    def __post_init__(self) -> None:
        if [share.phase for share in self.phases] != [phase.value for phase in Phase]:
            raise ValueError(f"phases must be {', '.join(Phase)}, in this order")
        if abs(sum(share.share for share in self.phases) - 1) > 1e-9:
            raise ValueError("the phases' shares must add up to 1")
        if self.headline != HEADLINE:
            raise ValueError(f"the headline is {HEADLINE}; it is fixed before any run")
        if self.seeds < 2 or self.steps < 10:
            raise ValueError("seeds must be at least 2, and tokens enough for 10 steps")

    @classmethod
    def load(cls, path: str | Path) -> TrainingRecipe:
        """From a YAML file; BadInput if a setting is missing, unknown or not allowed."""
        return load_recipe(cls, path, "training recipe")

    @property
    def steps(self) -> int:
        """Optimizer steps of a full run."""
        return self.tokens // (self.optimization.windows * self.model.context)

    @property
    def digest(self) -> str:
        """Of every setting."""
        return hashlib.sha256(repr(self).encode()).hexdigest()
