"""Writes one page about an experiment, as HTML with its figure inside, and the figure as PNG."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

from tierline.display import TextTable
from tierline.pages import render_page
from tierline.training.arms import FLAT, ORDERS, REVERSED, TIERED
from tierline.training.findings import Effect, Findings, domains_line, first_line, metrics_of, ratio_text
from tierline.training.recipe import HEADLINE
from tierline.training.rows import FINDINGS
from tierline.training.statistics import Interval

COLORS = {"flat": "#6b7280", "tiered": "#2e7d4f", "reversed": "#b3403a", "shuffled": "#c99a2e"}
NAMES = {HEADLINE: "bits per byte, all domains"}
TITLE = "Do the tiers pay?"


def write_report(findings: Findings, folder: str | Path, command: str) -> Path:
    """`report.html`, `report.png` and `findings.json` (the metrics) in a folder; `command` is what reruns the experiment. Returns the
    page's path."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    draw_curves(findings, target / "report.png")
    picture = base64.b64encode((target / "report.png").read_bytes()).decode()
    found = {"finding": first_line(findings), "metrics": metrics_of(findings)}
    (target / FINDINGS).write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    page = target / "report.html"
    page.write_text(render(findings, picture, command), "utf-8")
    return page


def render(findings: Findings, picture: str, command: str) -> str:
    """The page; `picture` is a PNG in base64."""
    sections = (
        ("Flat and tiered", paper_table(findings)),
        ("Domains, those that get worse first", domain_table(findings)),
        ("Every arm against flat, bits per byte", arms_table(findings)),
        ("What leaving out costs, bits per byte above tiered", attribution_table(findings)),
        ("What a token of one tier alone is worth, in tokens of the tiered order", token_value_table(findings)),
        ("What was trained on", scale_table(findings)),
    )
    placebo = f"{findings.placebo.delta.value:+.4f} {_range(findings.placebo.delta)}"
    return render_page(
        "tierline.training",
        "report.html.jinja",
        title=TITLE,
        finding=first_line(findings),
        domains=domains_line(findings),
        compute=ratio_text(findings),
        placebo=placebo,
        picture=picture,
        sections=sections,
        method=method(findings),
        recipe=findings.outcome.recipe.digest[:12],
        experiment=findings.outcome.before["experiment"][:12],
        command=command,
    )


def paper_table(findings: Findings) -> TextTable:
    """As in arXiv 2602.09003, "Results & Findings": a row each measure, flat beside tiered; the compute row is a ratio."""
    ratio = findings.ratio
    compute = (
        "compute to flat's final score",
        "1.00x",
        *((f"{ratio.value:.2f}x", "", _range(ratio, 2)) if ratio else ("-", "", "")),
        "",
        "",
    )
    rows: list[tuple[str, ...]] = [(*compute, "")]
    for effect in findings.against_flat[TIERED]:
        if not effect.metric.startswith("domain:"):
            rows.append((*_cells(effect), _number(effect.detectable), _number(effect.chance, 3), effect.verdict))
    heads = ("", "flat", "tiered", "tiered - flat", "95% interval", "detectable", "chance", "verdict")
    return TextTable(heads, rows, frozenset({7}))


def domain_table(findings: Findings) -> TextTable:
    """Every domain's bits per byte, the largest loss first."""
    own = [effect for effect in findings.against_flat[TIERED] if effect.metric.startswith("domain:")]
    rows = [(*_cells(effect), _number(effect.detectable), effect.verdict) for effect in sorted(own, key=lambda one: -one.delta.value)]
    return TextTable(("", "flat", "tiered", "tiered - flat", "95% interval", "detectable", "verdict"), rows, frozenset({6}))


def arms_table(findings: Findings) -> TextTable:
    """Every arm's headline score beside flat's, with its tokens and its tiers."""
    runs = {run["arm"]: run for run in findings.outcome.runs}
    flat = findings.headline.control
    rows = [(FLAT, f"{runs[FLAT]['tokens']:,}", f"{flat:.4f}", "", "", "", _drawn(runs[FLAT]))]
    for name, effects in findings.against_flat.items():
        effect = next(one for one in effects if one.metric == HEADLINE)
        tail = (effect.verdict, _drawn(runs[name]))
        rows.append((name, f"{runs[name]['tokens']:,}", f"{effect.treated:.4f}", f"{effect.delta.value:+.4f}", _range(effect.delta), *tail))
    heads = ("arm", "tokens", "bits per byte", "- flat", "95% interval", "verdict", "passes over each tier")
    return TextTable(heads, rows, frozenset({5, 6}))


def attribution_table(findings: Findings) -> TextTable:
    """What each tier and domain is worth: the tiered arm without it, on all domains and on the one where it is missed most."""
    rows: list[tuple[str, ...]] = []
    for name, effects in findings.without.items():
        whole, *domains = effects
        most = max(domains, key=lambda one: one.delta.value)
        there = f"{most.delta.value:+.4f} {_range(most.delta)}"
        rows.append((name, f"{whole.delta.value:+.4f}", _range(whole.delta), whole.verdict, most.metric.partition(":")[2], there))
    return TextTable(("arm", "all domains", "95% interval", "verdict", "missed most in", "there"), rows, frozenset({3, 4}))


def token_value_table(findings: Findings) -> TextTable:
    """How many tokens of the tiered order do as much as one of a tier alone."""
    rows: list[tuple[str, ...]] = []
    for tier, token_value in findings.token_value.items():
        rows.append((tier, f"{token_value.value:.2f}", _range(token_value, 2)) if token_value else (tier, "-", ""))
    return TextTable(("tier", "token value", "95% interval"), rows)


def scale_table(findings: Findings) -> TextTable:
    """Rows and tokens of each tier, and how many held-out rows there are."""
    rows: list[tuple[str, ...]] = []
    for tier, scale in findings.outcome.before["scale"].items():
        rows.append((tier, *(f"{scale[name]:,}" for name in ("rows", "tokens", "held_out", "overlapping"))))
    return TextTable(("tier", "training rows", "training tokens", "held-out rows", "left out: too like training rows"), rows)


def method(findings: Findings) -> list[str]:
    """The method, as far as a reader must know it to trust or doubt the figures."""
    recipe, before = findings.outcome.recipe, findings.outcome.before
    model, rules = recipe.model, recipe.measuring
    phases = "; ".join(
        f"{one.phase} {one.share:.0%} of the steps from {', '.join(f'{tier} {weight:g}' for tier, weight in one.tiers.items())}"
        for one in recipe.phases
    )
    questions = ", ".join(f"{name} {count}" for name, count in before["questions"].items()) or "none"
    return [
        f"{before['parameters']:,} parameters ({model.layers} layers, width {model.width}, vocabulary {model.vocabulary}, context "
        f"{model.context}); {recipe.tokens:,} tokens an arm; {recipe.seeds} seeds, each with one initialization and one order of rows "
        "that all arms share.",
        f"Tiered: {phases}. Flat, reversed and shuffled see exactly the same windows in another order.",
        "The score that decides was fixed beforehand: mean bits per byte over the held-out texts of every domain, each weighing the same. "
        "All other comparisons are exploratory and not corrected for their number.",
        f"Held out: {rules.heldout_share:.0%} of the source documents, by a hash of their address, with all their tiers' versions; a text "
        f"with more than {rules.overlap_max:.0%} of its word 5-grams in training rows is not measured on.",
        *(f"Not run: {name} ({why})." for name, why in before["impossible"].items()),
        f"Questions: {questions}. The answer with the highest log-probability per byte counts; a model this small is near chance.",
        "Intervals: expanded percentile bootstrap over the paired differences of seeds. Detectable: the effect that a paired test finds "
        "four times in five, from the spread of flat alone, written down before any other arm was trained.",
        "Compute: whole runs with 50% of the budget and up, each with its own decay; a line through score against log budget. "
        "Ratios and token values outside 0.5 to 1 are extrapolated, and cut at 0.25 and 4.",
    ]


def draw_curves(findings: Findings, path: Path) -> None:
    """Loss and score against tokens of the four orders, score of whole runs by budget, and the effect on each domain."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7.5), dpi=110, layout="constrained")
    (losses, curves), (budgets, domains) = figure.subplots(2, 2)
    for name in ORDERS:
        runs = [run for run in findings.outcome.runs if run["arm"] == name]
        spent = [point for point, _ in runs[0]["losses"]]
        losses.plot(spent, np.mean([[loss for _, loss in run["losses"]] for run in runs], 0), color=COLORS[name], linewidth=0.9)
        values = np.array([[score for _, score in run["curve"]] for run in runs])
        tokens = [point for point, _ in runs[0]["curve"]]
        curves.plot(tokens, values.mean(0), color=COLORS[name], label=name, marker="o", markersize=3)
        curves.fill_between(tokens, values.min(0), values.max(0), color=COLORS[name], alpha=0.15, linewidth=0)
    curves.set(xlabel="tokens seen", ylabel="bits per byte, part of the held-out text", title="score during training; bands span the seeds")
    losses.set(xlabel="tokens seen", ylabel="nats per token of the batch", title="training loss, mean over seeds")
    for panel in (curves, losses):
        panel.xaxis.set_major_formatter("{x:,.0f}")
        panel.locator_params(axis="x", nbins=5)
    curves.legend(frameon=False)
    arms = sorted((arm for arm in findings.outcome.arms if arm.name == TIERED or arm.budget < 1), key=lambda arm: arm.budget)
    for seed in range(findings.outcome.recipe.seeds):
        found = {run["arm"]: run["scores"][HEADLINE] for run in findings.outcome.runs if run["seed"] == seed}
        budgets.plot(
            [arm.budget for arm in arms], [found[arm.name] for arm in arms], color=COLORS[TIERED], alpha=0.6, marker="o", markersize=3
        )
    budgets.axhline(findings.headline.control, color=COLORS[FLAT], label="flat, whole budget")
    budgets.set(
        xlabel="share of flat's tokens", ylabel="bits per byte, all domains", title="tiered by budget, a line a seed: where it meets flat"
    )
    budgets.legend(frameon=False)
    own = sorted((one for one in findings.against_flat[TIERED] if one.metric.startswith("domain:")), key=lambda one: one.delta.value)
    for place, effect in enumerate(own):
        spread = [[effect.delta.value - effect.delta.low], [effect.delta.high - effect.delta.value]]
        color = COLORS[{"better": TIERED, "worse": REVERSED}.get(effect.verdict, FLAT)]
        domains.errorbar(effect.delta.value, place, xerr=spread, fmt="o", color=color, capsize=2)
    domains.axvline(0, color="#1f2933", linewidth=0.8)
    title = "domains: right is worse; gray: within noise"
    domains.set(xlabel="bits per byte, tiered - flat", yticks=range(len(own)), yticklabels=[_name(one.metric) for one in own], title=title)
    figure.savefig(path)


def _cells(effect: Effect) -> tuple[str, ...]:
    return (_name(effect.metric), f"{effect.control:.4f}", f"{effect.treated:.4f}", f"{effect.delta.value:+.4f}", _range(effect.delta))


def _name(metric: str) -> str:
    kind, _, name = metric.partition(":")
    return NAMES.get(metric) or {"domain": name, "tier": f"bits per byte, {name}", "accuracy": f"accuracy, {name}"}.get(kind, metric)


def _range(interval: Interval, places: int = 4) -> str:
    sign = "+" if places > 2 else ""
    return f"[{interval.low:{sign}.{places}f}, {interval.high:{sign}.{places}f}]"


def _number(value: float | None, places: int = 4) -> str:
    """Empty if there is none, or if seeds did not differ at all: then the detectable effect is unknown."""
    return f"{value:.{places}f}" if value else ""


def _drawn(run: dict[str, object]) -> str:
    epochs = run["epochs"]
    return ", ".join(f"{tier} {count:.2f}" for tier, count in epochs.items()) if isinstance(epochs, dict) else ""
