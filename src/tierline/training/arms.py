"""The arms of the experiment: which windows a model sees in which order, on one pool of admitted documents and one schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tierline.errors import BadInput
from tierline.training.pools import DEALT, FLAT
from tierline.training.recipe import BUDGETS, PASSES_MAX, TESTED, Optimization, TrainingRecipe
from tierline.training.schedule import learning_rates
from tierline.training.windows import Draw, Indices, Pools

TIER, ORDER, PLACEBO, REVERSED = "tier", "order", "placebo", "reversed"
STABLE, DECAY = 0, 1  # phases, for seeding
Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Arm:
    """One run of every seed. `stable` and `decay` say what its phases draw on; `trunk` names the curriculum whose learning rate and
    stable phase it has; `order` what is done to its windows: `""`, `shuffled` or `reversed`."""

    name: str
    why: str
    trunk: str
    budget: float
    stable: dict[str, float]
    decay: dict[str, float]
    order: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """One arm with one seed: the global window numbers of every step, (steps, windows), and its learning rates, (steps,)."""

    arm: str
    seed: int
    batches: Indices
    rates: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def steps(self) -> int:
        """Optimizer steps."""
        return len(self.rates)


@dataclass(frozen=True, slots=True)
class Rates:
    """The learning rate of each curriculum, `flat` and `tier`, and floor and length of the decay, which are everybody's."""

    rates: dict[str, float] = field(default_factory=dict[str, float])
    floor: float | None = None
    decay_share: float | None = None

    def of(self, trunk: str, rules: Optimization) -> Optimization:
        """The recipe's optimization with these."""
        own = {name: value for name, value in (("floor", self.floor), ("decay_share", self.decay_share)) if value is not None}
        return replace(rules, learning_rate=self.rates.get(trunk, rules.learning_rate), **own)


def at(name: str, budget: float) -> str:
    """The name of a curriculum's run with a share of the compute, such as `tier_60`."""
    return f"{name}_{round(100 * budget)}"


def main_arms(recipe: TrainingRecipe) -> list[Arm]:
    """Every arm of the claim, the flat mix first."""
    flat, stable, decay = {FLAT: 1.0}, recipe.phases.stable, tier_decay(recipe)
    dealt = replayed({DEALT: 1.0}, flat, recipe.phases.replay)
    return [
        *(
            Arm(at(FLAT, share), f"every admitted document, as they come, {share:.0%} of the compute", FLAT, share, flat, flat)
            for share in BUDGETS
        ),
        *(Arm(at(TIER, share), f"the tiers, {share:.0%} of the compute", TIER, share, stable, decay) for share in BUDGETS),
        Arm(
            at(ORDER, TESTED), f"exactly the windows of {at(TIER, TESTED)}, shuffled over the run", TIER, TESTED, stable, decay, "shuffled"
        ),
        Arm(
            at(PLACEBO, TESTED),
            f"{at(FLAT, TESTED)}, its decay under labels dealt at random: repeats and replay without better rows",
            FLAT,
            TESTED,
            flat,
            dealt,
        ),
        Arm(at(REVERSED, TESTED), f"the windows of {at(TIER, TESTED)}, its decay's first", TIER, TESTED, stable, decay, "reversed"),
    ]


def attribution_arms(recipe: TrainingRecipe) -> list[Arm]:
    """Arms that say what single tiers are worth: the flat mix with one of them alone in its decay, and the tiers without one in theirs."""
    flat, phases = {FLAT: 1.0}, recipe.phases
    only = [
        Arm(
            f"only_{pool}",
            f"{at(FLAT, TESTED)}, its decay from {pool} alone, with replay",
            FLAT,
            TESTED,
            flat,
            replayed({pool: 1.0}, flat, phases.replay),
        )
        for pool in sorted(phases.decay)
    ]
    without: list[Arm] = []
    for pool in sorted(phases.decay):
        others = {name: weight for name, weight in phases.decay.items() if name != pool}
        if others:
            decay = replayed(others, phases.stable, phases.replay)
            without.append(Arm(f"without_{pool}", f"{at(TIER, TESTED)}, its decay without {pool}", TIER, TESTED, phases.stable, decay))
    return [*only, *without]


def tier_decay(recipe: TrainingRecipe) -> dict[str, float]:
    """What the tiers' decay draws on: upper tiers and replay."""
    return replayed(recipe.phases.decay, recipe.phases.stable, recipe.phases.replay)


def replayed(weights: Weights, stable: Weights, share: float) -> dict[str, float]:
    """The weights, with `share` of the whole for the stable phase's mix."""
    found = {pool: (1 - share) * weight / sum(weights.values()) for pool, weight in weights.items()}
    for pool, weight in stable.items():
        found[pool] = found.get(pool, 0.0) + share * weight / sum(stable.values())
    return found


def make_plan(arm: Arm, seed: int, pools: Pools, recipe: TrainingRecipe, rates: Rates) -> Plan:
    """The windows that the arm sees, step by step. Arms of one trunk and seed have the same beginning: the stable phase is a prefix of
    the longest one's, and the decay goes on in each pool where it ended.

    BadInput if a pool is empty, or too small for PASSES_MAX.
    """
    rules = rates.of(arm.trunk, recipe.optimization)
    steps, width = max(1, round(recipe.steps * arm.budget)), rules.windows
    last = max(1, round(rules.decay_share * steps))
    if steps - last < 1:
        raise BadInput(f"{recipe.tokens} tokens are too few for the arm's phases", arm.name, "set tokens higher")
    draw = Draw(pools, PASSES_MAX, [recipe.seed, seed])
    phases = [draw.take(arm.stable, (steps - last) * width, STABLE), draw.take(arm.decay, last * width, DECAY)]
    order = np.concatenate(phases[::-1] if arm.order == "reversed" else phases)
    if arm.order == "shuffled":
        order = order[np.random.default_rng([recipe.seed, seed, steps]).permutation(len(order))]
    if (most := pools.most_passes(order)) > PASSES_MAX:
        raise BadInput(f"reads a row {most} times", arm.name, f"{PASSES_MAX} is the most: lower tokens or give more text")
    return Plan(arm.name, seed, order.reshape(steps, width), learning_rates(steps, recipe.steps, rules))


def shared_steps(one: Plan, other: Plan) -> int:
    """How many first steps two plans have in common: same windows, same learning rates, same seed."""
    if one.seed != other.seed:
        return 0
    length = min(one.steps, other.steps)
    same = (one.batches[:length] == other.batches[:length]).all(1) & (one.rates[:length] == other.rates[:length])
    return length if same.all() else int(np.argmin(same))


def families(arms: list[Arm]) -> list[list[Arm]]:
    """Arms that are trained together, for they have a beginning in common; the longest is the first of each."""
    together: dict[tuple[str, str], list[Arm]] = {}
    for arm in sorted(arms, key=lambda arm: -arm.budget):
        together.setdefault((arm.trunk, arm.order), []).append(arm)
    return list(together.values())
