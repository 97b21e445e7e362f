"""A mix's recipe: tables, weights, token budget, epochs cap and seed, checked against the phase it is for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tierline.document import TABLES
from tierline.errors import BadInput
from tierline.recipe import build
from tierline.tiers import PHASE_TIERS, Phase


@dataclass(frozen=True, slots=True)
class MixSource:
    """One table's share of the token budget; `kinds` narrows l3_refined to edits or questions."""

    table: str
    weight: float
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        spec = TABLES.get(self.table)
        if spec is None or spec.tier is None:
            raise ValueError(f"{self.table!r} is no table of a tier")
        if self.weight <= 0:
            raise ValueError(f"the weight of {self.table} must be above 0")


@dataclass(frozen=True, slots=True)
class MixRecipe:
    """What one phase trains on. Weights need not add up to one.

    Repeating data more than about four times stops paying (Muennighoff et al. 2023, arXiv 2305.16264, section 6): hence the
    default cap.
    """

    phase: str
    token_budget: int
    sources: tuple[MixSource, ...]
    epochs_max: int = 4
    seed: int = 0
    exclude_contaminated: bool = True  # rows with an ancestor that copies a benchmark, and documents not checked for it

    def __post_init__(self) -> None:
        phase = Phase(self.phase)
        if self.token_budget < 1 or self.epochs_max < 1 or not self.sources:
            raise ValueError("token_budget and epochs_max must be at least 1, and there must be a source")
        foreign = [source.table for source in self.sources if TABLES[source.table].tier not in PHASE_TIERS[phase]]
        if foreign:
            raise ValueError(f"{phase} does not draw on {', '.join(foreign)}; its tiers are {', '.join(sorted(PHASE_TIERS[phase]))}")

    @classmethod
    def load(cls, path: str | Path) -> MixRecipe:
        """From a YAML file; BadInput where a setting is missing, unknown or not allowed in the phase."""
        try:
            values: Any = yaml.safe_load(Path(path).read_text("utf-8"))
        except FileNotFoundError:
            raise BadInput("no such mix recipe", str(path)) from None
        except yaml.YAMLError as error:
            raise BadInput(f"not valid YAML ({error})", str(path)) from None
        return build(cls, values, str(path))

    @property
    def stage(self) -> str:
        """The lake's table of this mix."""
        return f"mix_{self.phase}"
