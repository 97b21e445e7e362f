"""Runs the pilot: with seeds that are never used again it settles what the registration fixes, and says whether the test has power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tierline.training.arms import FLAT, TIER, Arm, Rates, at, families, main_arms
from tierline.training.experiment import Progress, Run, Workers, jobs_of
from tierline.training.metric import K
from tierline.training.prepare import Prepared
from tierline.training.recipe import TESTED, TrainingRecipe

USED = 0.8  # of the seconds that are given: the rest is for measuring
TOKENS_ROUNDED = 4_096
DECISIVE = {FLAT: at(FLAT, 1.0), TIER: at(TIER, TESTED)}  # the two runs that the claim compares


@dataclass(frozen=True, slots=True)
class PilotResult:
    """What the registration takes from the pilot. `gain` is K of the flat mix less K of the tiers with TESTED of its tokens; `spread` the
    standard deviation of it over the pilot's seeds; `slope` what an e-fold of compute brings the flat mix; all in bits per byte."""

    tokens: int
    tokens_per_second: float
    rates: Rates
    gain: float
    spread: float
    slope: float
    powered: bool
    runs: list[dict[str, Any]]


def run_pilot(prepared: Prepared, workers: Workers, progress: Progress) -> PilotResult:
    """Speed and budget first, then each curriculum's learning rate, at last the floor of the decay, which is everybody's."""
    recipe, rules = prepared.recipe, prepared.recipe.pilot
    speed = workers.speed()
    tokens = recipe.tokens or affordable_tokens(recipe, speed)
    arms = [arm for arm in main_arms(recipe) if arm.name in {*DECISIVE.values(), at(FLAT, TESTED)}]
    short = max(1, round(rules.share * tokens))
    done: list[Run] = []
    first = [Rates({FLAT: rate, TIER: rate}, rules.floors[0]) for rate in rules.learning_rates]
    whole = len(arms) * len(rules.seeds) * (len(first) + len(rules.floors) - 1)

    def measure(rates: Sequence[Rates]) -> None:
        jobs = [
            job for one in rates for job in jobs_of(arms, rules.seeds, short, one, _name(prepared, short, one), f"pilot-{_label(one)}-")
        ]
        for runs in workers.carry_out(jobs):
            done.extend(runs)
            progress(len(done), whole)

    measure(first)
    best = Rates({trunk: _best(done, trunk, rules.learning_rates) for trunk in DECISIVE}, rules.floors[0])
    others = [replace(best, floor=floor) for floor in rules.floors[1:]]
    measure(others)
    chosen = min([best, *others], key=lambda one: sum(_mean(done, name, one.rates[trunk], one.floor) for trunk, name in DECISIVE.items()))
    return _result(done, chosen, tokens, speed, recipe)


def affordable_tokens(recipe: TrainingRecipe, speed: float) -> int:
    """The budget of a whole run with which pilot and experiment fit into the recipe's seconds, at a speed in tokens per second."""
    pilot = [arm for arm in main_arms(recipe) if arm.name in {*DECISIVE.values(), at(FLAT, TESTED)}]
    rules = recipe.pilot
    tries = len(rules.learning_rates) + len(rules.floors) - 1
    share = cost(main_arms(recipe), recipe) * recipe.seeds + cost(pilot, recipe) * len(rules.seeds) * tries * rules.share
    affordable = USED * recipe.seconds * speed / share
    return max(TOKENS_ROUNDED, min(recipe.tokens_max, math.floor(affordable / TOKENS_ROUNDED) * TOKENS_ROUNDED))


def cost(arms: Sequence[Arm], recipe: TrainingRecipe) -> float:
    """What arms cost with one seed, in whole runs: the longest of each family, and of the others what they do not share with it."""
    share = recipe.optimization.decay_share
    return sum(family[0].budget + sum(share * arm.budget for arm in family[1:]) for family in families(list(arms)))


def _result(runs: Sequence[Run], chosen: Rates, tokens: int, speed: float, recipe: TrainingRecipe) -> PilotResult:
    def scores(name: str, trunk: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        own = [run for run in runs if run["arm"] == name and run["learning_rate"] == chosen.rates[trunk] and run["floor"] == chosen.floor]
        return np.array([run["scores"][K] for run in sorted(own, key=lambda run: run["seed"])])

    gains = scores(DECISIVE[FLAT], FLAT) - scores(DECISIVE[TIER], TIER)
    slope = float((scores(at(FLAT, TESTED), FLAT) - scores(DECISIVE[FLAT], FLAT)).mean() / math.log(1 / TESTED))
    spread = float(gains.std(ddof=1)) if len(gains) > 1 else math.nan
    powered = slope <= recipe.pilot.slope_max and abs(float(gains.mean())) >= 2 * spread
    kept = [{name: run[name] for name in ("arm", "seed", "tokens", "learning_rate", "floor")} | {K: run["scores"][K]} for run in runs]
    kept.sort(key=lambda run: (run["arm"], run["learning_rate"], run["floor"], run["seed"]))
    return PilotResult(tokens, speed, chosen, float(gains.mean()), spread, slope, powered, kept)


def _best(runs: Sequence[Run], trunk: str, rates: Sequence[float]) -> float:
    return min(rates, key=lambda rate: _mean(runs, DECISIVE[trunk], rate, None))


def _mean(runs: Sequence[Run], arm: str, rate: float, floor: float | None) -> float:
    own = [run["scores"][K] for run in runs if run["arm"] == arm and run["learning_rate"] == rate and floor in (None, run["floor"])]
    return float(np.mean(own))


def _label(rates: Rates) -> str:
    return "-".join([*(f"{trunk}{rate:g}" for trunk, rate in sorted(rates.rates.items())), f"floor{rates.floor:g}"])


def _name(prepared: Prepared, tokens: int, rates: Rates) -> str:
    return f"pilot {prepared.digest} {tokens} {asdict(rates)!r} {prepared.recipe.optimization!r} {prepared.recipe.phases!r}"
