"""Draws the report's figure: what every seed gained, how far the compute goes, what the gain consists of, and where it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tierline.training.arms import FLAT, TIER, at
from tierline.training.findings import Findings, Gain
from tierline.training.metric import PARTS, WEB, K
from tierline.training.recipe import BUDGETS, TESTED

FLAT_COLOR, TIER_COLOR, WORSE_COLOR, PLACEBO_COLOR = "#6b7280", "#2e7d4f", "#b3403a", "#c99a2e"
NAMES = {K: "knowledge (K)", "works": "held-out books", "outside": "source of no tier", "answers": "right answers", WEB: "held-out web"}


def draw_figure(findings: Findings, path: Path) -> None:
    """Four panels as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.5, 8), dpi=110, layout="constrained")
    (seeds, budgets), (steps, domains) = figure.subplots(2, 2)
    _gains(seeds, [findings.gains[name] for name in (K, *PARTS, WEB) if name in findings.gains])
    seeds.set_title(f"1. Tiers with {TESTED:.0%} of the compute against flat with 100%\n(a dot a seed; right of 0: the tiers are better)")
    _budgets(budgets, findings)
    _steps(steps, findings)
    _gains(domains, [one for name, one in findings.gains.items() if name.startswith(f"{WEB}:")] or [findings.headline])
    domains.set_title("4. As 1, on held-out web by domain")
    figure.savefig(path)


def name_of(score: str) -> str:
    """A score for people."""
    return NAMES.get(score) or score.removeprefix(f"{WEB}:").removeprefix("accuracy:")


def _gains(panel: Any, gains: Sequence[Gain]) -> None:
    for place, gain in enumerate(reversed(gains)):
        color = {"better": TIER_COLOR, "worse": WORSE_COLOR}.get(gain.verdict, FLAT_COLOR)
        spread = [[max(0.0, gain.interval.value - gain.interval.low)], [max(0.0, gain.interval.high - gain.interval.value)]]
        panel.errorbar(gain.interval.value, place, xerr=spread, fmt="D", markersize=5, color=color, capsize=3)
        panel.plot(gain.seeds, np.full(len(gain.seeds), place + 0.22), "o", markersize=3.5, color=color, alpha=0.6)
    panel.set(yticks=range(len(gains)), yticklabels=[name_of(gain.name) for gain in reversed(gains)], ylim=(-0.6, len(gains) - 0.3))
    panel.axvline(0, color="#1f2933", linewidth=0.8)
    panel.set_xlabel("gain in bits per byte (95% interval)")
    panel.locator_params(axis="x", nbins=5)  # labels of small steps would touch


def _budgets(panel: Any, findings: Findings) -> None:
    for name, color, label in ((FLAT, FLAT_COLOR, "flat mix"), (TIER, TIER_COLOR, "tiers")):
        scores = np.stack([findings.scores(at(name, budget)) for budget in BUDGETS], 1)
        panel.plot(BUDGETS, scores.T, color=color, alpha=0.25, linewidth=0.8)
        panel.plot(BUDGETS, scores.mean(0), "o-" if name == TIER else "o", color=color, label=label)
    shares = np.linspace(min(BUDGETS), 1.0, 60)
    panel.plot(shares, [findings.curve.at(float(share)) for share in shares], "--", color=FLAT_COLOR, label="fitted to flat")
    target = float(findings.scores(at(FLAT, 1.0)).mean())
    panel.axhline(target, color=FLAT_COLOR, linewidth=0.7)
    ratio = findings.ratio
    if min(BUDGETS) <= ratio.value <= 1:
        panel.axvline(ratio.value, color=TIER_COLOR, linewidth=0.7, linestyle=":")
    panel.annotate("flat's final score", (min(BUDGETS), target), ha="left", va="bottom", fontsize=8, color=FLAT_COLOR)
    panel.set_title(f"2. Compute: {ratio.value:.2f}x reaches flat's score ({ratio.low:.2f} to {ratio.high:.2f})")
    panel.set(xlabel="share of the compute, each point with its own decay", ylabel="K, bits per byte (lower is better)")
    panel.legend(frameon=False)


def _steps(panel: Any, findings: Findings) -> None:
    names = {
        "both": "tiers\nover flat",
        "selection": "of it\nselection",
        "order": "of it order\n(equal windows)",
        "placebo": "placebo:\nrandom labels",
        "reversed": "reversed:\ndecay first",
    }
    colors = {"placebo": PLACEBO_COLOR, "reversed": FLAT_COLOR}
    for place, name in enumerate(names):
        gain = findings.steps[name]
        spread = [[max(0.0, gain.interval.value - gain.interval.low)], [max(0.0, gain.interval.high - gain.interval.value)]]
        panel.bar(place, gain.interval.value, yerr=spread, color=colors.get(name, TIER_COLOR), alpha=0.8, capsize=3, width=0.6)
    panel.axhline(0, color="#1f2933", linewidth=0.8)
    panel.set(xticks=range(len(names)), xticklabels=list(names.values()), ylabel="gain over flat, bits per byte")
    panel.tick_params(axis="x", labelsize=8)
    panel.set_title(f"3. What it consists of, all at {TESTED:.0%} of the compute")
