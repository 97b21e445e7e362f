"""The cost ledger: spending on models by tier, stage, model and day, cost per kept token, and what is left of the budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tierline.config.recipe import Recipe
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.llm.budget import Budget, spent_by_stage
from tierline.llm.prices import PriceRules
from tierline.sql import Models
from tierline.stages import BY_NAME
from tierline.tables import TABLES
from tierline.tables.tiers import Tier

KEYS = ("tier", "stage", "model", "day")
SUMS = ("calls", "failed", "retries", "prompt_tokens", "output_tokens", "seconds", "money")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows of marts/model_cost summed by `keys`, of marts/stage_cost and of marts/open_calls; limits and how much of each is spent."""

    keys: tuple[str, ...]
    rows: Sequence[dict[str, Any]]
    stages: Sequence[dict[str, Any]]
    unfinished: Sequence[dict[str, Any]]
    limits: Sequence[dict[str, Any]]
    currency: str

    @classmethod
    def read(cls, lake: Lake, models: Models, recipe: Recipe, by: str) -> Ledger:
        """`by`: some of KEYS, with commas. BadInput if it names anything else."""
        keys = tuple(part.strip() for part in by.split(","))
        wrong = [key for key in keys if key not in KEYS]
        if wrong or len(set(keys)) < len(keys):
            raise BadInput(f"cannot be summed by {', '.join(wrong) or 'the same twice'}", f"--by {by}", f"give some of {', '.join(KEYS)}")
        rows = _summed(models.run(lake, "model_cost").to_pylist(), keys)
        stages = models.run(lake, "stage_cost").to_pylist()
        unfinished = models.run(lake, "open_calls").to_pylist()
        return cls(keys, rows, stages, unfinished, _limits(lake, recipe.rules(Budget)), recipe.rules(PriceRules).currency)

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return asdict(self) | {"tiers": self.tiers(), "total": self.total()}

    def total(self) -> dict[str, Any]:
        """All calls together."""
        return {name: sum(row[name] for row in self.rows) for name in SUMS}

    def tiers(self) -> list[dict[str, Any]]:
        """By tier: wall seconds of the newest activities of its stages, the cost of their newest calls, and both per kept token."""
        found: list[dict[str, Any]] = []
        for tier in Tier:
            own = [row for row in self.stages if row["stage"] in BY_NAME and BY_NAME[row["stage"]].tier == tier]
            kept = sum(row["kept_tokens"] for row in own if TABLES[row["stage"]].tier == tier)
            sums = {name: sum(row[name] for row in own) for name in ("seconds", "model_seconds", "money")}
            each = {f"{name}_per_million_kept": 1e6 * sums[name] / kept if kept else None for name in ("seconds", "money")}
            found += [{"tier": tier, **sums, "kept_tokens": kept, **each}] if own else []
        return found


def _summed(rows: Sequence[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        group = tuple(row[key] for key in keys)
        kept = sums.setdefault(group, dict(zip(keys, group, strict=True)) | dict.fromkeys(SUMS, 0))
        for name in SUMS:
            kept[name] += row[name]
    return [sums[group] for group in sorted(sums)]


def _limits(lake: Lake, budget: Budget) -> list[dict[str, Any]]:
    if not budget.given:
        return []
    spent = spent_by_stage(lake)
    found: list[dict[str, Any]] = []
    for stage, limits in budget.limits.items():
        own = [part for name, part in spent.items() if not stage or name == stage]
        for what, limit in asdict(limits).items():
            if limit is not None:
                used = sum(getattr(part, what) for part in own)
                found.append({"stage": stage, "what": what, "spent": used, "limit": limit, "reached": used >= limit})
    return found
