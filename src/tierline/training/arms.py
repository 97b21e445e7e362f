"""The arms of the experiment: which windows a model sees in which order, with everything else equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tierline.tables.tiers import Tier
from tierline.training.recipe import TrainingRecipe
from tierline.training.schedule import learning_rates
from tierline.training.windows import Indices, Tiers, draw

FLAT, TIERED, REVERSED, SHUFFLED = "flat", "tiered", "reversed", "shuffled"
ORDERS = (FLAT, TIERED, REVERSED, SHUFFLED)  # the same windows in four orders


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to spend the budget. `phases` gives each phase's tiers and weights; empty for a single tier."""

    name: str
    why: str
    budget: float = 1.0
    without_tier: str = ""
    without_domain: str = ""
    only_tier: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """One arm with one seed: the global window numbers of every step, (steps, windows), and its learning rates, (steps,)."""

    arm: Arm
    seed: int
    batches: Indices
    rates: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def steps(self) -> int:
        """Optimizer steps."""
        return len(self.rates)


def all_arms(recipe: TrainingRecipe, tiers: Sequence[str], domains: Sequence[str]) -> list[Arm]:
    """Every arm that the recipe, the tiers with text and the largest domains (in that order) allow."""
    used = sorted({tier for share in recipe.phases for tier in share.tiers})
    removable = [tier for tier in used if all(set(share.tiers) != {tier} for share in recipe.phases)]
    return [
        Arm(FLAT, "the tiered arm's windows, all in one random order"),
        Arm(TIERED, "pretrain, then midtrain, then alignment"),
        Arm(REVERSED, "the tiered arm's windows, alignment first"),
        Arm(SHUFFLED, "the tiered arm's windows with tier labels dealt at random: a placebo, which should equal flat"),
        *(Arm(f"only_{tier}", f"{tier} alone", only_tier=tier) for tier in Tier if tier in tiers),
        *(Arm(f"tiered_{round(100 * part)}", f"tiered with {part:.0%} of the budget", budget=part) for part in recipe.budgets),
        *(Arm(f"without_{tier}", f"tiered without {tier}", without_tier=tier) for tier in removable),
        *(
            Arm(f"without_{domain}", f"tiered without rows of {domain}", without_domain=domain)
            for domain in domains[: recipe.leave_out_domains]
        ),
    ]


def make_plan(arm: Arm, seed: int, tiers: Tiers, recipe: TrainingRecipe) -> Plan:
    """The windows that the arm sees, step by step. BadInput if a tier it needs is empty or too small."""
    steps, width = max(1, round(recipe.steps * arm.budget)), recipe.optimization.windows
    if arm.only_tier:  # repeated as often as needed; the report says how often
        order = draw(tiers, {arm.only_tier: 1.0}, steps * width, float("inf"), [recipe.seed, seed, 9])
    else:
        order = _ordered(arm, seed, [_phase(arm, number, seed, steps, tiers, recipe) for number in range(len(recipe.phases))])
    rates = learning_rates(steps, recipe.steps, recipe.optimization)
    return Plan(arm, seed, order[: steps * width].reshape(steps, width), rates)


def shared_steps(one: Plan, other: Plan) -> int:
    """How many first steps two plans have in common: same windows, same learning rates, same seed and same texts."""
    if one.seed != other.seed or one.arm.without_domain != other.arm.without_domain:
        return 0
    length = min(one.steps, other.steps)
    same = (one.batches[:length] == other.batches[:length]).all(1) & (one.rates[:length] == other.rates[:length])
    return length if same.all() else int(np.argmin(same))


def composition(plan: Plan, tiers: Tiers) -> dict[str, float]:
    """Tier -> its share of the windows."""
    names = sorted(tiers.offsets, key=tiers.offsets.__getitem__)
    owners = np.searchsorted([tiers.offsets[name] for name in names], plan.batches.ravel(), side="right") - 1
    return {name: float((owners == number).mean()) for number, name in enumerate(names) if (owners == number).any()}


def _phase(arm: Arm, number: int, seed: int, steps: int, tiers: Tiers, recipe: TrainingRecipe) -> Indices:
    ends = np.round(np.cumsum([0.0, *(share.share for share in recipe.phases)]) * steps).astype(int)
    count = int(ends[number + 1] - ends[number]) * recipe.optimization.windows
    return draw(tiers, _weights(arm, recipe.phases[number].tiers, tiers), count, recipe.epochs_max, [recipe.seed, seed, number])


def _weights(arm: Arm, weights: Mapping[str, float], tiers: Tiers) -> dict[str, float]:
    """Weights without the tier that the arm leaves out, and without tiers that contained only the domain that it leaves out."""
    emptied = {tier for tier, source in tiers.sources.items() if arm.without_domain and not len(source)}
    return {tier: weight for tier, weight in weights.items() if tier != arm.without_tier and tier not in emptied}


def _ordered(arm: Arm, seed: int, phases: Sequence[Indices]) -> Indices:
    """The phases in order, or the same windows in the arm's order."""
    if arm.name == REVERSED:
        return np.concatenate(phases[::-1])
    order = np.concatenate(phases)
    if arm.name in (FLAT, SHUFFLED):
        return order[np.random.default_rng([seed, ORDERS.index(arm.name)]).permutation(len(order))]
    return order
