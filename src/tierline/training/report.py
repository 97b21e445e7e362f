"""Writes one page about an experiment, the registered test first, as HTML with its figure inside."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tierline.display import TextTable
from tierline.pages import render_page
from tierline.training.agreement import TESTS, WHERE, Agreement, outcomes, ran_on, read_agreement
from tierline.training.arms import FLAT, ORDER, TIER, at
from tierline.training.figures import draw_figure, name_of
from tierline.training.findings import FAILS, UNDECIDED, Findings, Gain, metrics_of
from tierline.training.metric import MEANING, PARTS, WEB
from tierline.training.recipe import BUDGETS, PASSES_MAX, TESTED
from tierline.training.rows import FINDINGS
from tierline.training.scaling import Scaling, read_scaling
from tierline.training.scaling_report import scaling_section
from tierline.training.statistics import Interval

TITLE = "Do the tiers save training compute?"
PAGE, FIGURE = "report.html", "report.png"


def write_report(findings: Findings, folder: str | Path, command: str) -> Path:
    """`report.html`, `report.png` and `findings.json` (outcomes of the tests, metrics) in a folder; `command` is what reruns the
    experiment. The page shows what was found there with other sizes, and by comparison with another run, if it is of the same
    registration. Returns the page's path."""
    target, digest = Path(folder), findings.registration["digest"]
    target.mkdir(parents=True, exist_ok=True)
    draw_figure(findings, target / FIGURE)
    picture = base64.b64encode((target / FIGURE).read_bytes()).decode()
    (target / FINDINGS).write_text(json.dumps(summary(findings), indent=2) + "\n", "utf-8")
    page = target / PAGE
    scaling, agreement = read_scaling(target, digest), read_agreement(target, digest)
    page.write_text(render(findings, picture, command, scaling, agreement), "utf-8")
    return page


def summary(findings: Findings) -> dict[str, Any]:
    """What other programs read: the finding, the outcome of every test, metrics, and where the runs were made."""
    tests = {name: asdict(own) for name, own in outcomes(findings).items()}
    found: dict[str, Any] = {"finding": first_line(findings), "registration": findings.registration["digest"]}
    return found | {WHERE: ran_on(findings), TESTS: tests, "metrics": metrics_of(findings)}


def render(findings: Findings, picture: str, command: str, scaling: Scaling | None = None, agreement: Agreement | None = None) -> str:
    """The page; `picture` is a PNG in base64."""
    return render_page(
        "tierline.training",
        "report.html.jinja",
        title=TITLE,
        claim=findings.registration["registered"]["claim"],
        finding=first_line(findings),
        explained=[*explanation(findings), *([agreement.line] if agreement else [])],
        picture=picture,
        sections=(
            ("Tiers with 60% of the compute against flat with 100%, bits per byte", gains_table(findings)),
            ("What the difference consists of, at 60% of the compute each", steps_table(findings)),
            ("Compute", compute_table(findings)),
            ("Secondary: these decide nothing", secondary_table(findings)),
            ("Every arm", arms_table(findings)),
            ("What was trained on", scale_table(findings)),
        ),
        scaling=scaling_section(scaling) if scaling else None,
        tests=registered(findings),
        method=method(findings),
        digest=findings.registration["digest"],
        command=command,
    )


def first_line(findings: Findings) -> str:
    """The registered headline, whichever way it went."""
    gain = findings.headline
    size = f"on average {abs(gain.interval.value):.4f} bits per byte {'better' if gain.interval.value > 0 else 'worse'}"
    test = f"sign test p = {findings.p:.3f}; 95% interval of the gain {_range(gain.interval)}"
    won = f"in {gain.won} of {findings.seeds} seeds"
    line = f"H1 {findings.h1}: tiers with {TESTED:.0%} of the compute beat the flat mix with 100% {won}, {size}"
    return f"{line} ({test}).{' Too few seeds for any verdict.' if findings.h1 == UNDECIDED else ''}"


def explanation(findings: Findings) -> list[str]:
    """What of it is selection, order and a match of domains; what the web pays; what compute it is worth, and what curation costs."""
    steps, gains = findings.steps, findings.gains
    lines = [
        f"At equal compute ({TESTED:.0%}) the tiers gain {_amount(steps['both'])}: {_amount(steps['selection'])} by selection (the same "
        f"windows, shuffled), and {_amount(steps['order'])} by order (H3 {findings.h3}). Labels dealt at random gain "
        f"{_amount(steps['placebo'])}, the reversed order {_amount(steps['reversed'])}.",
        "By part of K: "
        + "; ".join(f"{MEANING[part]} {_amount(gains[part])}" for part in PARTS if part in gains)
        + f". H2 {findings.h2}"
        + (": what is gained on books alone is a match of domains, and not knowledge." if findings.h2 == FAILS else "."),
    ]
    if WEB in gains:
        lines.append(f"Held-out web, which is no part of K: {_amount(gains[WEB])}.")
    lines.append(f"{ratio_text(findings)} {cost_text(findings)}")
    if not findings.registration["registered"]["pilot"]["powered"]:
        lines.append("The pilot did not show that this size has power (its rule is below): a failure may be the size's.")
    return lines


def ratio_text(findings: Findings) -> str:
    """Compute that the tiers need to reach flat's score; a result beyond the budgets that were run is called extrapolated."""
    ratio, other = findings.ratio, findings.ratio_curve
    beyond = "" if min(BUDGETS) <= ratio.value <= 1 else ", extrapolated beyond the budgets that were run"
    fit = findings.curve.lack_of_fit
    lacking = "cannot be tested" if fit is None else f"p = {fit:.2f}"
    return (
        f"Compute to flat's score: {ratio.value:.2f}x by the tiers' own budgets (95% interval {ratio.low:.2f} to {ratio.high:.2f}"
        f"{beyond}); "
        f"{other.value:.2f}x by the curve fitted to flat ({other.low:.2f} to {other.high:.2f}; asymptote {findings.curve.asymptote:.3f}, "
        f"exponent {findings.curve.exponent:.2f}, lack of fit {lacking})."
    )


def cost_text(findings: Findings) -> str:
    """What curation cost beside what it saves."""
    own = findings.curation
    if own is None:
        return "What curation cost is not known here: the corpus came without its report."
    times = own.pays_from(findings.ratio.value)
    pays = "it saves nothing" if times is None else f"it pays for a run from {times:,.0f} times as dear as the one here"
    took = f"{own.seconds:,.0f} s, {own.model_seconds:,.0f} s of them language models"
    return f"Curation of the whole pool took {took}: {own.share:.1%} of what it and one flat run cost together; {pays}."


def gains_table(findings: Findings) -> TextTable:
    """K, its parts and the web, each with flat's and the tiers' score."""
    rows: list[tuple[str, ...]] = []
    for name, gain in findings.gains.items():
        flat, tier = (float(findings.scores(arm, name).mean()) for arm in (at(FLAT, 1.0), at(TIER, TESTED)))
        rows.append((name_of(name), f"{flat:.4f}", f"{tier:.4f}", *_gain(gain), gain.verdict))
    return TextTable(("", "flat, 100%", "tiers, 60%", "gain", "95% interval", "seeds won", "verdict"), rows, frozenset({6}))


def steps_table(findings: Findings) -> TextTable:
    """Selection, order, both, placebo, reversed."""
    meaning = {
        "both": f"{at(TIER, TESTED)} over {at(FLAT, TESTED)}",
        "selection": f"{at(ORDER, TESTED)} over {at(FLAT, TESTED)}",
        "order": f"{at(TIER, TESTED)} over {at(ORDER, TESTED)}",
        "placebo": f"placebo over {at(FLAT, TESTED)}",
        "reversed": f"reversed over {at(FLAT, TESTED)}",
    }
    rows = [(name, words, *_gain(findings.steps[name]), findings.steps[name].verdict) for name, words in meaning.items()]
    return TextTable(("", "compared", "gain", "95% interval", "seeds won", "verdict"), rows, frozenset({1, 5}))


def compute_table(findings: Findings) -> TextTable:
    """Score by budget of both curricula, and what flat's curve says the tiers' is worth."""
    rows: list[tuple[str, ...]] = []
    for budget in sorted(BUDGETS):
        flat, tier = (float(findings.scores(at(name, budget)).mean()) for name in (FLAT, TIER))
        worth = findings.curve.compute(tier)
        rows.append(
            (f"{budget:.0%}", f"{flat:.4f}", f"{findings.curve.at(budget):.4f}", f"{tier:.4f}", f"{worth:.2f}x", f"{budget / worth:.2f}x")
        )
    return TextTable(("compute", "flat, K", "its curve", "tiers, K", "flat's compute for that", "ratio"), rows)


def secondary_table(findings: Findings) -> TextTable:
    """Accuracies and instruction following."""
    rows: list[tuple[str, ...]] = []
    for one in findings.secondary:
        name = "instructions followed, by rule" if one.name == "following" else f"accuracy, {name_of(one.name)}"
        chance = f"{one.chance:.3f}" if one.chance is not None else ""
        rows.append((name, f"{one.flat:.3f}", f"{one.tier:.3f}", f"{one.delta.value:+.3f}", _range(one.delta, 3), chance))
    return TextTable(("", "flat, 100%", "tiers, 60%", "tiers - flat", "95% interval", "chance"), rows)


def arms_table(findings: Findings) -> TextTable:
    """Every arm with its tokens, score and passes over its pools."""
    rows: list[tuple[str, ...]] = []
    for arm in findings.registration["registered"]["arms"]:
        runs = [run for run in findings.runs if run["arm"] == arm["name"]]
        passes = ", ".join(f"{pool} {count:.2f}" for pool, count in runs[0]["passes"].items())
        scores = findings.scores(arm["name"])
        rows.append(
            (
                arm["name"],
                f"{runs[0]['tokens']:,}",
                f"{scores.mean():.4f}",
                f"{scores.std(ddof=1):.4f}",
                str(runs[0]["row_passes_max"]),
                passes,
            )
        )
    return TextTable(("arm", "tokens", "K", "spread", "most passes", "passes over its pools"), rows, frozenset({5}))


def scale_table(findings: Findings) -> TextTable:
    """Rows and tokens by tier, of L1 by domain, and by pool; what is held out of a domain."""
    registered_ = findings.registration["registered"]
    held = registered_["metric"]["held_out"]
    rows = [
        (kind, name, f"{own['rows']:,}", f"{own['tokens']:,}", _sources(held.get(name, [])) if kind == "domain" else "")
        for kind, names in registered_["scale"].items()
        for name, own in names.items()
    ]
    return TextTable(("", "name", "training rows", "training tokens", "held out"), rows, frozenset({1, 4}))


def registered(findings: Findings) -> list[str]:
    """What was written down before the first run."""
    own = findings.registration["registered"]
    pilot = own["pilot"]
    return [
        *(f"{name}: {words}" for name, words in own["tests"].items()),
        own["stopping"],
        f"Pilot with seeds {', '.join(map(str, own['pilot_seeds']))}, which are not used again: gain {pilot['gain']:+.4f}, its spread over "
        f"seeds {pilot['spread']:.4f}, slope of flat {pilot['slope']:.3f} bits per e-fold of compute. Its rule, a slope of at most "
        f"{own['recipe']['pilot']['slope_max']:g} and a gain of at least twice the spread, is {'met' if pilot['powered'] else 'not met'}.",
        f"From the pilot: learning rates {_listed(pilot['rates']['rates'])}; the decay takes the last {pilot['rates']['decay_share']:.0%} "
        f"of the steps and ends at {pilot['rates']['floor']:.0%} of them. Of {len(pilot['mixes'])} mixes it took the one below.",
    ]


def method(findings: Findings) -> list[str]:
    """The method, as far as a reader must know it to trust or doubt the figures."""
    own = findings.registration["registered"]
    recipe, metric = own["recipe"], own["metric"]
    model, phases = recipe["model"], recipe["phases"]
    stable, decay = _listed(phases["stable"]), _listed(phases["decay"])
    return [
        f"A decoder of {model['layers']} layers, width {model['width']}, vocabulary {model['vocabulary']}, context {model['context']}; "
        f"{recipe['tokens']:,} tokens a whole run. What holds here need not hold for models that people use.",
        f"FLAT reads every admitted document (L1) in natural share. TIER reads L1 and L2 ({stable}), then, while the learning rate decays, "
        f"{1 - phases['replay']:.0%} upper tiers ({decay}) and {phases['replay']:.0%} of the stable mix. `best` is the most useful "
        f"{phases['best_share']:.0%} of L2. No row is read more than {PASSES_MAX} times.",
        "Both have the same schedule (warm-up, stable, decay), their own learning rate from the pilot, and the mean weights of the last "
        f"{recipe['optimization']['averaged']} checkpoints. Budgets branch from one trunk per seed, each with its own decay.",
        f"K: {'; '.join(metric['K'].values())}, each weighing the same. Whole books, works and sites are held out. Left out because "
        f"training rows have most of their word 5-grams: {_listed(metric['left_out_for_overlap'])}.",
        "Intervals resample seeds and texts together, the same draws for all arms. "
        f"The gain that {findings.seeds} such seeds find four times in five is {findings.mde:.4f}.",
    ]


def _gain(gain: Gain) -> tuple[str, str, str]:
    return f"{gain.interval.value:+.4f}", _range(gain.interval), f"{gain.won} of {len(gain.seeds)}"


def _amount(gain: Gain) -> str:
    return f"{gain.interval.value:+.4f} {_range(gain.interval)}"


def _range(interval: Interval, places: int = 4) -> str:
    return f"[{interval.low:+.{places}f}, {interval.high:+.{places}f}]"


def _listed(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {number:g}" for name, number in numbers.items())


def _sources(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
