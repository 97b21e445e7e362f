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
from tierline.training.recipe import TESTED, Phases, TrainingRecipe

USED = 0.8  # of the seconds that are given: the rest is for measuring
TOKENS_ROUNDED = 4_096
LABEL = "pilot"  # the names of its runs begin with it
DECISIVE = {FLAT: at(FLAT, 1.0), TIER: at(TIER, TESTED)}  # the two runs that the claim compares
SLOPE = at(FLAT, TESTED)  # beside flat's whole run it says what compute is worth
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class PilotResult:
    """What the registration takes from the pilot. `gain` is K of the flat mix less K of the tiers with TESTED of its tokens; `spread` the
    standard deviation of it over the pilot's seeds; `slope` what an e-fold of compute brings the flat mix; all in bits per byte. `runs`
    lists everything that was tried; its `mix` is a place in `mixes`, the recipe's own and then those of `pilot.phases`."""

    tokens: int
    tokens_per_second: float
    rates: Rates
    phases: Phases
    gain: float
    spread: float
    slope: float
    powered: bool
    mixes: tuple[Phases, ...]
    runs: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to train: learning rates and schedule, and the number of the tiers' mix."""

    rates: Rates
    mix: int = 0

    def settings(self, trunk: str) -> tuple[float, float | None, float | None, int]:
        """What the runs of a curriculum depend on. The flat mix does not depend on the tiers'."""
        return self.rates.rates[trunk], self.rates.floor, self.rates.decay_share, self.mix if trunk == TIER else 0


def run_pilot(prepared: Prepared, workers: Workers, progress: Progress) -> PilotResult:
    """Speed and budget first, then each curriculum's learning rate, then floor and length of the decay, which are everybody's, at last the
    tiers' mix; each with what was settled before it."""
    speed = workers.speed()
    tokens = prepared.recipe.tokens or affordable_tokens(prepared.recipe, speed)
    tried, rules = Trials(prepared, workers, progress, tokens), prepared.recipe.pilot
    same_rate = [Trial(Rates({FLAT: rate, TIER: rate}, rules.floors[0], rules.decay_shares[0])) for rate in rules.learning_rates]
    tried.run(same_rate)
    own_rates = {trunk: min(same_rate, key=lambda one: tried.mean(trunk, one)).rates.rates[trunk] for trunk in DECISIVE}
    best = Trial(replace(same_rate[0].rates, rates=own_rates))
    for name, others in (("floor", rules.floors[1:]), ("decay_share", rules.decay_shares[1:])):
        trials = [Trial(replace(best.rates, **{name: value})) for value in others]
        tried.run(trials)
        best = min([best, *trials], key=lambda one: sum(tried.mean(trunk, one) for trunk in DECISIVE))
    mixes = [replace(best, mix=number) for number in range(1, len(rules.phases) + 1)]
    tried.run(mixes, TIER)
    return tried.result(min([best, *mixes], key=lambda one: tried.mean(TIER, one)), speed)


class Trials:
    """Runs of the pilot's seeds with a share of the budget, by what they depend on."""

    def __init__(self, prepared: Prepared, workers: Workers, progress: Progress, tokens: int) -> None:
        self._prepared, self._workers, self._progress, self._tokens = prepared, workers, progress, tokens
        self._recipe = prepared.recipe
        self._mixes = (self._recipe.phases, *self._recipe.pilot.phases)
        self._runs: dict[tuple[str, tuple[Any, ...]], list[Run]] = {}  # by arm and settings, as the seeds are ordered
        self._done, self._whole = 0, pilot_runs(self._recipe)

    def run(self, trials: Sequence[Trial], trunk: str = "") -> None:
        """Trains and measures each trial's arms, or those of one curriculum."""
        rules, short = self._recipe.pilot, max(1, round(self._recipe.pilot.share * self._tokens))
        named = {self._name(one, short): one for one in trials}
        jobs = [
            job
            for name, one in named.items()
            for job in jobs_of(_arms(self._recipe, self._mixes[one.mix], trunk), rules.seeds, short, one.rates, name, _label(one))
        ]
        found: list[Run] = []
        for runs in self._workers.carry_out(jobs):
            found += runs
            self._done += len(runs)
            self._progress(self._done, self._whole)
        for run in sorted(found, key=lambda run: rules.seeds.index(run["seed"])):
            one, of = named[run["experiment"]], TIER if run["arm"] == DECISIVE[TIER] else FLAT
            self._runs.setdefault((run["arm"], one.settings(of)), []).append(run)

    def scores(self, arm: str, trial: Trial) -> Floats:
        """K of an arm with every seed, (seeds,)."""
        own = self._runs[arm, trial.settings(TIER if arm == DECISIVE[TIER] else FLAT)]
        return np.array([run["scores"][K] for run in own])

    def mean(self, trunk: str, trial: Trial) -> float:
        """K of a curriculum's decisive run, the mean over seeds."""
        return float(self.scores(DECISIVE[trunk], trial).mean())

    def result(self, chosen: Trial, speed: float) -> PilotResult:
        """What the chosen trial shows, with everything that was tried."""
        rules = self._recipe.pilot
        flat, tier = (self.scores(DECISIVE[trunk], chosen) for trunk in (FLAT, TIER))
        gains = flat - tier
        slope = float((self.scores(SLOPE, chosen) - flat).mean() / math.log(1 / TESTED))
        spread = float(gains.std(ddof=1))
        powered = slope <= rules.slope_max and abs(float(gains.mean())) >= 2 * spread
        kept = [
            {name: run[name] for name in ("arm", "seed", "tokens")}
            | dict(zip(("learning_rate", "floor", "decay_share", "mix"), settings, strict=True))
            | {K: run["scores"][K]}
            for (_, settings), runs in sorted(self._runs.items())
            for run in runs
        ]
        return PilotResult(
            tokens=self._tokens,
            tokens_per_second=speed,
            rates=chosen.rates,
            phases=self._mixes[chosen.mix],
            gain=float(gains.mean()),
            spread=spread,
            slope=slope,
            powered=powered,
            mixes=self._mixes,
            runs=kept,
        )

    def _name(self, trial: Trial, tokens: int) -> str:
        rates, mix = asdict(trial.rates), self._mixes[trial.mix]
        return f"pilot {self._prepared.digest} {tokens} {rates!r} {self._recipe.optimization!r} {mix!r}"


def _arms(recipe: TrainingRecipe, mix: Phases, trunk: str = "") -> list[Arm]:
    arms = main_arms(replace(recipe, phases=mix, pilot=replace(recipe.pilot, phases=())))
    return [arm for arm in arms if arm.name in {*DECISIVE.values(), SLOPE} and trunk in ("", arm.trunk)]


def _label(trial: Trial) -> str:
    rates = [f"{trunk}{rate:g}" for trunk, rate in sorted(trial.rates.rates.items())]
    return "-".join([LABEL, *rates, f"floor{trial.rates.floor:g}", f"decay{trial.rates.decay_share:g}", f"mix{trial.mix}", ""])


def pilot_runs(recipe: TrainingRecipe) -> int:
    """How many runs a pilot has."""
    rules = recipe.pilot
    whole = len(rules.learning_rates) + len(rules.floors[1:]) + len(rules.decay_shares[1:])
    return len(rules.seeds) * (whole * len(_arms(recipe, recipe.phases)) + len(rules.phases))


def affordable_tokens(recipe: TrainingRecipe, speed: float) -> int:
    """The budget of a whole run with which pilot and experiment fit into the recipe's seconds, at a speed in tokens per second."""
    rules = recipe.pilot
    tries = len(rules.learning_rates) + len(rules.floors[1:]) + len(rules.decay_shares[1:])
    tried = tries * cost(_arms(recipe, recipe.phases), recipe) + len(rules.phases) * TESTED
    share = cost(main_arms(recipe), recipe) * recipe.seeds + tried * len(rules.seeds) * rules.share
    affordable = USED * recipe.seconds * speed / share
    return max(TOKENS_ROUNDED, min(recipe.tokens_max, math.floor(affordable / TOKENS_ROUNDED) * TOKENS_ROUNDED))


def cost(arms: Sequence[Arm], recipe: TrainingRecipe) -> float:
    """What arms cost with one seed, in whole runs: the longest of each family, and of the others what they do not share with it."""
    share = recipe.optimization.decay_share
    return sum(family[0].budget + sum(share * arm.budget for arm in family[1:]) for family in families(list(arms)))
