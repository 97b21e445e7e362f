"""Computes the cost of a model call: prices per token as a provider bills them, or per accelerator hour."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

ANY_MODEL = "*"


@dataclass(frozen=True, slots=True)
class Price:
    """Money for a model's calls; all given prices are added."""

    prompt_per_million: float = 0.0  # tokens read
    output_per_million: float = 0.0  # tokens written
    per_accelerator_hour: float = 0.0  # of the hours that calls took
    accelerators: int = 1  # occupied by the model

    def __post_init__(self) -> None:
        """ValueError if a price is not valid."""
        for name in ("prompt_per_million", "output_per_million", "per_accelerator_hour"):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} is {value}: give money as a number of at least 0")
        if self.accelerators < 1:
            raise ValueError(f"accelerators is {self.accelerators}: give at least 1")

    def of(self, prompt_tokens: int, output_tokens: int, seconds: float) -> float:
        """Money for so many tokens and so long."""
        tokens = (prompt_tokens * self.prompt_per_million + output_tokens * self.output_per_million) / 1e6
        return tokens + seconds / 3600 * self.per_accelerator_hour * self.accelerators


@dataclass(frozen=True, slots=True)
class PriceRules:
    """Prices by model id as activities record it ("*": every other model). Without any, calls cost nothing."""

    SECTION: ClassVar[str] = "llm.prices"
    currency: str = "USD"
    models: dict[str, Price] = field(default_factory=dict[str, Price])

    def of(self, model_id: str) -> Price:
        """The price of one model."""
        return self.models.get(model_id) or self.models.get(ANY_MODEL) or Price()
