"""Summarizes the runs: effects with intervals, compute saved, and the one sentence at the top of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tierline.training.arms import FLAT, REVERSED, SHUFFLED, TIERED, Arm
from tierline.training.experiment import Outcome, Run
from tierline.training.recipe import HEADLINE
from tierline.training.statistics import PAIRS_MIN, Interval, compute_ratio, paired_effect

VERDICTS = ("worse", "better", "within noise")
LOWER_IS_BETTER = (HEADLINE, "domain:", "tier:")  # every other metric is an accuracy


@dataclass(frozen=True, slots=True)
class Effect:
    """One arm's score compared with another's, over the same seeds."""

    metric: str
    control: float
    treated: float
    delta: Interval  # treated - control
    detectable: float | None
    chance: float | None

    @property
    def better(self) -> bool:
        """The treated arm's score is the better one, noise or not."""
        return (self.delta.value < 0) == self.metric.startswith(LOWER_IS_BETTER)

    @property
    def verdict(self) -> str:
        """better, worse or within noise."""
        if self.delta.within_noise:
            return "within noise"
        return "better" if self.better else "worse"


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything a report says. `against_flat`: arm -> effects on every metric; `without`: arm -> effect of leaving out, on the
    headline and every domain, compared with tiered; `token_value`: tier -> how many tokens of the tiered order one of its tokens replaces
    (the setting `mixes.allocate.token_value` of the tier recipe)."""

    outcome: Outcome
    against_flat: dict[str, list[Effect]]
    without: dict[str, list[Effect]]
    ratio: Interval | None
    token_value: dict[str, Interval | None]

    @property
    def headline(self) -> Effect:
        """Tiered compared with flat on the headline score."""
        return next(effect for effect in self.against_flat[TIERED] if effect.metric == HEADLINE)

    @property
    def placebo(self) -> Effect:
        """The placebo compared with flat on the headline score."""
        return next(effect for effect in self.against_flat[SHUFFLED] if effect.metric == HEADLINE)

    @property
    def within_noise(self) -> bool:
        """The interval contains 0, or the placebo moved as far by chance alone."""
        return self.headline.delta.within_noise or abs(self.headline.delta.value) <= abs(self.placebo.delta.value)


def find(outcome: Outcome) -> Findings:
    """Compares the arms of an outcome."""
    scores = _by_arm(outcome.runs)
    before = outcome.before

    def effects(treated: str, control: str, metrics: Sequence[str]) -> list[Effect]:
        return [_effect(scores, metric, treated, control, before if control == FLAT else {}) for metric in metrics]

    metrics = list(outcome.runs[0]["scores"])
    domains = [HEADLINE, *(name for name in metrics if name.startswith("domain:"))]
    others = [arm.name for arm in outcome.arms if arm.name != FLAT and not _left_out(arm)]
    return Findings(
        outcome,
        {name: effects(name, FLAT, metrics) for name in others},
        {arm.name: effects(arm.name, TIERED, domains) for arm in outcome.arms if _left_out(arm)},
        _ratio(outcome, scores, FLAT),
        {arm.only_tier: _ratio(outcome, scores, arm.name) for arm in outcome.arms if arm.only_tier},
    )


def first_line(findings: Findings) -> str:
    """The one sentence for readers who read nothing else; an effect within noise is called that first."""
    effect, seeds = findings.headline, findings.outcome.recipe.seeds
    size = f"{effect.delta.value:+.4f} bits per byte (95% interval {effect.delta.low:+.4f} to {effect.delta.high:+.4f}; lower is better)"
    found = f"the smallest effect that {seeds} seeds find four times in five is {effect.detectable or 0:.4f}"
    if findings.within_noise:
        placebo = findings.placebo.delta.value
        why = f"; the placebo moved by {placebo:+.4f}" if not effect.delta.within_noise else ""
        why = f"; under {PAIRS_MIN} seeds nothing is beyond noise" if seeds < PAIRS_MIN else why
        return f"Within noise: the tiered order minus flat is {size}{why}; {found}."
    return f"The tiers {'pay' if effect.better else 'do not pay'}: the tiered order minus flat is {size}; {found}."


def domains_line(findings: Findings) -> str:
    """Which domains the tiered order makes worse, which better, and for which its effect is within noise."""
    own = [effect for effect in findings.against_flat[TIERED] if effect.metric.startswith("domain:")]
    groups = {verdict: [one.metric.partition(":")[2] for one in own if one.verdict == verdict] for verdict in VERDICTS}
    named = {verdict: ", ".join(names) or "none" for verdict, names in groups.items()}
    return f"Domains {'; '.join(f'{verdict}: {names}' for verdict, names in named.items())}."


def ratio_text(findings: Findings) -> str:
    """Compute that tiered needs to reach flat's final score, in words; a result beyond the budgets that were run is called extrapolated."""
    ratio = findings.ratio
    if ratio is None:
        return "no compute ratio: more budget did not improve the tiered arm"
    beyond = "" if min(findings.outcome.recipe.budgets) <= ratio.value <= 1 else ", extrapolated beyond the budgets that were run"
    seeds = f"{ratio.pairs} seeds" if ratio.pairs >= PAIRS_MIN else f"{ratio.pairs} seeds, too few to trust it"
    size = f"95% interval {ratio.low:.2f} to {ratio.high:.2f} over {seeds}{beyond}"
    return f"{ratio.value:.2f}x of flat's compute reaches flat's final score ({size})"


def metrics_of(findings: Findings) -> dict[str, Any]:
    """Flat names and numbers, as benchmarks print them: delta_* is tiered - flat."""
    ratio = findings.ratio
    found: dict[str, Any] = {
        "compute_ratio": ratio and ratio.value,
        "compute_ratio_lo": ratio and ratio.low,
        "compute_ratio_hi": ratio and ratio.high,
    }
    for effect in findings.against_flat[TIERED]:
        name = effect.metric.replace(":", "_").removeprefix("accuracy_")
        found |= {f"delta_{name}": effect.delta.value, f"delta_{name}_lo": effect.delta.low, f"delta_{name}_hi": effect.delta.high}
        if effect.detectable is not None:
            found[f"mde_{name}"] = effect.detectable
    for arm in (REVERSED, SHUFFLED):
        effect = next(one for one in findings.against_flat[arm] if one.metric == HEADLINE)
        found |= {f"delta_{HEADLINE}_{arm}": effect.delta.value}
    found |= {f"token_value_{tier}": token_value.value for tier, token_value in findings.token_value.items() if token_value}
    return found | {"seeds": findings.outcome.recipe.seeds, "runs": len(findings.outcome.runs), "within_noise": int(findings.within_noise)}


def _left_out(arm: Arm) -> bool:
    return bool(arm.without_tier or arm.without_domain)


def _by_arm(runs: Sequence[Run]) -> dict[str, list[dict[str, float]]]:
    """Arm -> scores in the order of seeds."""
    found: dict[str, list[dict[str, float]]] = {}
    for run in sorted(runs, key=lambda run: run["seed"]):
        found.setdefault(run["arm"], []).append(run["scores"])
    return found


def _effect(scores: dict[str, list[dict[str, float]]], metric: str, treated: str, control: str, before: dict[str, Any]) -> Effect:
    one, other = ([run[metric] for run in scores[arm]] for arm in (treated, control))
    detectable, chance = before.get("minimum_detectable_effect", {}).get(metric), before.get("chance", {}).get(metric)
    return Effect(metric, float(np.mean(other)), float(np.mean(one)), paired_effect(one, other), detectable, chance)


def _ratio(outcome: Outcome, scores: dict[str, list[dict[str, float]]], target: str) -> Interval | None:
    """The share of the budget with which the tiered arm reaches the target's final score."""
    arms = sorted((arm for arm in outcome.arms if arm.name == TIERED or arm.budget < 1), key=lambda arm: arm.budget)
    table = np.array([[run[HEADLINE] for run in scores[arm.name]] for arm in arms]).T
    return compute_ratio([arm.budget for arm in arms], table, [run[HEADLINE] for run in scores[target]])
