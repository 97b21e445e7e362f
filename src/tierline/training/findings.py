"""Tests what was registered on the runs, in the registered order, and then says what the difference consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.training.arms import FLAT, ORDER, PLACEBO, REVERSED, TIER, at
from tierline.training.curation import Curation
from tierline.training.curve import Curve, crossing, fit_curve
from tierline.training.experiment import Run
from tierline.training.metric import PARTS, WEB, K
from tierline.training.recipe import BUDGETS, TESTED
from tierline.training.statistics import Interval, Resampled, minimum_detectable_effect, paired_effect, sign_test

Floats = npt.NDArray[np.float64]
SIGNIFICANT = 0.05
CURVE_DRAWS = 300  # of the joint resampling, for the curve's interval: each is a fit
BASE, TESTED_ARM = at(FLAT, 1.0), at(TIER, TESTED)
HOLDS, FAILS, UNDECIDED = "holds", "fails", "is undecided"


@dataclass(frozen=True, slots=True)
class Gain:
    """How much lower one arm's bits per byte are than another's: above 0 is better. `seeds` has each seed's."""

    name: str
    interval: Interval
    seeds: tuple[float, ...]

    @property
    def won(self) -> int:
        """Seeds with a gain."""
        return sum(value > 0 for value in self.seeds)

    @property
    def verdict(self) -> str:
        """better, worse or within noise."""
        if self.interval.within_noise:
            return "within noise"
        return "better" if self.interval.value > 0 else "worse"


@dataclass(frozen=True, slots=True)
class Secondary:
    """A score that decides nothing, higher is better: both arms', their difference, and the level of guessing."""

    name: str
    flat: float
    tier: float
    delta: Interval
    chance: float | None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything a report says. `gains` are of TIER with 60% over FLAT with 100%, for K, its parts, the web and each of its domains;
    `steps` at 60% of the compute each: selection, order, both together, the placebo and the reversed order."""

    registration: dict[str, Any]
    runs: list[Run]
    h1: str
    h2: str
    h3: str
    p: float
    gains: dict[str, Gain]
    steps: dict[str, Gain]
    ratio: Interval
    ratio_curve: Interval
    curve: Curve
    mde: float
    secondary: list[Secondary]
    curation: Curation | None

    @property
    def headline(self) -> Gain:
        """The gain that H1 is about."""
        return self.gains[K]

    @property
    def seeds(self) -> int:
        """Paired seeds."""
        return len(self.headline.seeds)

    def scores(self, arm: str, name: str = K) -> Floats:
        """Of an arm's runs, in the order of seeds."""
        return np.array([run["scores"][name] for run in sorted(self.runs, key=lambda run: run["seed"]) if run["arm"] == arm])


def find(
    registration: dict[str, Any], runs: Sequence[Run], sizes: dict[str, list[float]], chances: dict[str, float], curation: Curation | None
) -> Findings:
    """Tests and estimates. `sizes` are the metric's bytes of units."""
    table = _Table(runs, sizes)
    parts = [part for part in PARTS if part in table.parts]
    web = [name for name in table.parts if name.startswith(f"{WEB}:")]
    gains = {name: table.gain(name, BASE, TESTED_ARM, own) for name, own in {K: parts, **{part: [part] for part in parts}}.items()}
    if web:
        gains |= {name: table.gain(name, BASE, TESTED_ARM, own) for name, own in {WEB: web, **{part: [part] for part in web}}.items()}
    flat, placebo, order, backwards = at(FLAT, TESTED), at(PLACEBO, TESTED), at(ORDER, TESTED), at(REVERSED, TESTED)
    steps = {
        "selection": table.gain("selection", flat, order, parts),
        "order": table.gain("order", order, TESTED_ARM, parts),
        "both": table.gain("both", flat, TESTED_ARM, parts),
        "placebo": table.gain("placebo", flat, placebo, parts),
        "reversed": table.gain("reversed", flat, backwards, parts),
    }
    p = sign_test(gains[K].seeds)
    above = gains[K].interval.value > max(abs(value) for value in steps["placebo"].seeds)
    decidable = 0.5 ** len(gains[K].seeds) < SIGNIFICANT
    h1 = (HOLDS if p < SIGNIFICANT and gains[K].won == len(gains[K].seeds) and above else FAILS) if decidable else UNDECIDED
    other = [gains[part] for part in PARTS[1:] if part in gains]
    h2 = (HOLDS if len(other) == 2 and all(one.interval.value > 0 for one in other) else FAILS) if h1 == HOLDS else "is not tested"
    h3 = (HOLDS if steps["order"].won == len(steps["order"].seeds) else FAILS) if decidable else UNDECIDED
    ratio, ratio_curve, curve = _ratios(table, parts)
    secondary = [
        Secondary(name, float(one.mean()), float(other_.mean()), paired_effect(other_.tolist(), one.tolist()), chances.get(name))
        for name in sorted(runs[0]["scores"])
        if name.startswith("accuracy:") or name == "following"
        for one, other_ in [(table.scores(BASE, name), table.scores(TESTED_ARM, name))]
    ]
    mde = minimum_detectable_effect(gains[K].seeds)
    return Findings(registration, list(runs), h1, h2, h3, p, gains, steps, ratio, ratio_curve, curve, mde, secondary, curation)


def metrics_of(findings: Findings) -> dict[str, Any]:
    """Flat names and numbers, as benchmarks print them."""
    gain, order, ratio = findings.headline, findings.steps["order"], findings.ratio
    found: dict[str, Any] = {
        "h1_seeds_won": gain.won,
        "h1_seeds": findings.seeds,
        "h1_holds": int(findings.h1 == HOLDS),
        "h1_p": findings.p,
        **_named("gain_at_60", gain.interval),
        **_named("compute_ratio", ratio),
        **_named("compute_ratio_curve", findings.ratio_curve),
        **_named("order_gain", order.interval),
        **_named("selection_gain", findings.steps["selection"].interval),
        "placebo_gain": findings.steps["placebo"].interval.value,
        "reversed_gain": findings.steps["reversed"].interval.value,
        "mde": findings.mde,
        "seeds": findings.seeds,
    }
    for part in PARTS:
        if part in findings.gains:
            found |= _named(f"delta_{part}", _turned(findings.gains[part].interval))
    if WEB in findings.gains:
        found |= {
            name.replace(":", "_"): value
            for part in findings.gains
            if part.startswith(WEB)
            for name, value in _named(f"delta_{part}", _turned(findings.gains[part].interval)).items()
        }
    for one in findings.secondary:
        found |= _named(f"delta_{one.name.removeprefix('accuracy:').replace('-', '_')}", one.delta)
    if findings.curation:
        found["curation_compute_share"] = findings.curation.share
    return found


class _Table:
    """Scores and bits of all runs by arm, and the draws that all intervals share."""

    def __init__(self, runs: Sequence[Run], sizes: dict[str, list[float]]) -> None:
        self._runs: dict[str, list[Run]] = {}
        for run in sorted(runs, key=lambda run: run["seed"]):
            self._runs.setdefault(run["arm"], []).append(run)
        self._sizes = {name: np.array(own) for name, own in sizes.items()}
        self.parts = list(sizes)
        self.seeds = len(self._runs[BASE])
        self.drawn = Resampled.of(self.seeds, {name: len(own) for name, own in sizes.items()})
        self._draws: dict[tuple[str, str], Floats] = {}

    def scores(self, arm: str, name: str) -> Floats:
        """(seeds,)."""
        return np.array([run["scores"][name] for run in self._runs[arm]])

    def draws(self, arm: str, parts: Sequence[str]) -> Floats:
        """The mean of parts of each draw and seed, (draws, seeds)."""
        for part in parts:
            if (arm, part) not in self._draws:
                bits = np.array([run["bits"][part] for run in self._runs[arm]])
                self._draws[arm, part] = self.drawn.bits_per_byte(part, bits, self._sizes[part])
        return np.mean([self._draws[arm, part] for part in parts], 0)

    def gain(self, name: str, control: str, treated: str, parts: Sequence[str]) -> Gain:
        """Of an arm over another."""
        differences = self.draws(control, parts) - self.draws(treated, parts)
        return Gain(name, self.drawn.interval(differences.mean(1)), tuple(differences[0].tolist()))


def _ratios(table: _Table, parts: Sequence[str]) -> tuple[Interval, Interval, Curve]:
    """The share of FLAT's compute with which TIER reaches FLAT's score: by the line through TIER's own budgets, and by the compute that
    FLAT's fitted curve says TIER's score at 60% is worth."""
    tiers = np.stack([table.draws(at(TIER, budget), parts).mean(1) for budget in BUDGETS], 1)
    flats = np.stack([table.draws(at(FLAT, budget), parts) for budget in BUDGETS], 2)
    target = flats[:, :, 0].mean(1)
    rungs = np.array([crossing(BUDGETS, own.tolist(), float(goal)) for own, goal in zip(tiers, target, strict=True)])
    place = BUDGETS.index(TESTED)
    curves = [fit_curve(BUDGETS, own) for own in flats[: CURVE_DRAWS + 1]]
    by_curve = np.array([TESTED / curve.compute(float(own[place])) for curve, own in zip(curves, tiers, strict=False)])
    return table.drawn.interval(rungs), table.drawn.interval(by_curve), curves[0]


def _named(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, f"{name}_lo": interval.low, f"{name}_hi": interval.high}


def _turned(gain: Interval) -> Interval:
    """A gain as tiers minus flat."""
    return Interval(-gain.value, -gain.high, -gain.low, gain.pairs)
