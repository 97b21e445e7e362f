"""Says what pools, domains and forms bring: the tiers without one of them, and flat with one pool in its decay; no part of the headline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.config.recipe import build
from tierline.display import TextTable
from tierline.errors import BadInput
from tierline.tables.tiers import Tier
from tierline.training.arms import FLAT, TIER, Rates, at
from tierline.training.curve import fit_curve
from tierline.training.evidence import ALONE, FILE, FORM, Effect, Evidence, verdict
from tierline.training.experiment import Run
from tierline.training.findings import CURVE_DRAWS
from tierline.training.forms import FORMS
from tierline.training.left_out import LeftOut, affordable, arms_of, digest_of_masks, left_out, reduced, rows_left_out
from tierline.training.metric import PARTS, WEB, K
from tierline.training.recipe import BUDGETS, TESTED, TrainingRecipe
from tierline.training.registration import FILE as REGISTRATION
from tierline.training.registration import code_digest, read_registration
from tierline.training.session import Session
from tierline.training.statistics import PAIRS_MIN, Interval, Resampled

SEEDS = PAIRS_MIN  # the fewest of which an interval says anything
SECONDS = 900.0  # of all workers together
RUNS = "attribution"  # below the experiment's folder: its runs have a budget of their own
Floats = npt.NDArray[np.float64]


def attribute(session: Session, kinds: Mapping[str, str], seeds: int = SEEDS, seconds: float = SECONDS) -> Evidence:
    """Trains every arm with the registered learning rates and the first seeds, each with a budget that fits into the seconds, and writes
    what came out beside the registration, for `tierline allocate`. `kinds` is id -> kind of rows of L3 and L4; without it no form is
    left out.

    BadInput if the corpus is not the registered one, or if there are fewer than two seeds. The code may be another: all arms, and those
    that they are compared with, are trained here.
    """
    document = read_registration(session.folder)
    registered = document["registered"]
    if registered["corpus"] != session.prepared.digest:
        raise BadInput("is not the registered one", "corpus", "name the corpus that the experiment was registered with")
    recipe, rates = build(TrainingRecipe, registered["recipe"], REGISTRATION), build(Rates, registered["rates"], REGISTRATION)
    if not 2 <= seeds <= recipe.seeds:
        raise BadInput(f"{seeds} seeds", "--seeds", f"2 to {recipe.seeds}, of the registered ones")
    # As the learning rates, the schedule may be the pilot's.
    recipe = replace(recipe, seeds=seeds, optimization=rates.of(TIER, recipe.optimization))
    prepared = replace(session.prepared, recipe=recipe)
    masks = rows_left_out(prepared, kinds)
    lacking = left_out(prepared, masks)
    recipe = replace(recipe, tokens=affordable(recipe, lacking, seeds, seconds, registered["pilot"]["tokens_per_second"]))
    prepared = reduced(replace(prepared, recipe=recipe), masks)
    own = replace(session, prepared=prepared, folder=session.folder / RUNS)
    name = f"attribution {document['digest']} {code_digest()} {recipe.tokens} {digest_of_masks(masks)}"
    runs = own.train(arms_of(recipe, lacking), range(seeds), rates, prepared, name)
    evidence = weigh(runs, prepared.metric.bytes_of_units, lacking, recipe, document["digest"])
    (session.folder / FILE).write_text(json.dumps(asdict(evidence), indent=2) + "\n", "utf-8")
    return evidence


def weigh(
    runs: Sequence[Run], sizes: Mapping[str, Sequence[float]], lacking: Sequence[LeftOut], recipe: TrainingRecipe, registration: str
) -> Evidence:
    """What the runs say: all intervals are over the same draws of seeds and texts together. `sizes` are the metric's bytes of units."""
    of_arm: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run["seed"]):
        of_arm.setdefault(run["arm"], []).append(run)
    scores = Scores(of_arm, sizes)
    flat, tier = at(FLAT, TESTED), at(TIER, TESTED)
    flats = np.stack([scores.of(at(FLAT, budget), K) for budget in BUDGETS], 2)
    curves = [fit_curve(BUDGETS, own) for own in flats[: CURVE_DRAWS + 1]]

    def compute(better: str, worse: str) -> Floats:
        """How much more of flat's whole compute reaches the first arm's K than the second's, (draws,)."""
        pairs = zip(curves, scores.of(better, K).mean(1).tolist(), scores.of(worse, K).mean(1).tolist(), strict=False)
        return np.array([curve.compute(one) - curve.compute(other) for curve, one, other in pairs])

    def effect(name: str, kind: str, share: float, without: str, having: str) -> Effect:
        found = scores.brings(without, having)
        return Effect(name, kind, share, found.pop(K), found.pop(WEB, None), found)

    effects = [
        *(effect(pool, ALONE, 1.0, flat, f"only_{pool}") for pool in sorted(recipe.phases.decay)),
        *(effect(one.name, one.kind, one.share, one.arm.name, tier) for one in lacking),
    ]
    chosen = TESTED * recipe.optimization.decay_share * (1 - recipe.phases.replay)  # the share of a run's tokens that a decay chooses
    weights, values = recipe.phases.decay, dict[str, Interval]()
    worth = {name: 1 + compute(f"only_{name}", flat) / chosen for name in sorted(weights) if name in list(Tier)}
    values |= {name: scores.drawn.interval(np.maximum(0.0, own)) for name, own in worth.items()}
    for one in (one for one in lacking if one.kind == FORM and FORMS[one.name].tier in worth and one.share < 1):
        pool = FORMS[one.name].tier
        # Left out, the form's tokens are the rest's: p of a tier's w are worth (v_form - v_rest) more, and v = p v_form + (1 - p) v_rest.
        apart = compute(tier, one.arm.name) / (one.share * chosen * weights[pool] / sum(weights.values()))
        values[one.name] = scores.drawn.interval(np.maximum(0.0, worth[pool] + (1 - one.share) * apart))
    return Evidence(registration, recipe.tokens, recipe.seeds, tuple(effects), values)


class Scores:
    """Bits per byte of arms in each of the same draws of seeds and texts."""

    def __init__(self, runs: Mapping[str, Sequence[Run]], sizes: Mapping[str, Sequence[float]]) -> None:
        """`runs` of each arm, as many of each and in an order that pairs them; `sizes` are the metric's bytes of units."""
        self._bits = {arm: [run["bits"] for run in own] for arm, own in runs.items()}
        self._sizes = {name: np.array(own) for name, own in sizes.items()}
        parts = [name for name in PARTS if name in sizes]
        web = [name for name in sizes if name.startswith(f"{WEB}:")]
        self._names = {K: parts, **{part: [part] for part in parts}} | ({WEB: web, **{part: [part] for part in web}} if web else {})
        self.drawn = Resampled.of(len(next(iter(runs.values()))), {name: len(own) for name, own in sizes.items()})

    def of(self, arm: str, name: str) -> Floats:
        """K, the web, a part of K or a domain of the web, (draws, seeds)."""
        found = [
            self.drawn.bits_per_byte(part, np.array([bits[part] for bits in self._bits[arm]]), self._sizes[part])
            for part in self._names[name]
        ]
        return np.mean(found, 0)

    def brings(self, without: str, having: str) -> dict[str, Interval]:
        """By how much lower the second arm's are, by name."""
        return {name: self.drawn.interval((self.of(without, name) - self.of(having, name)).mean(1)) for name in self._names}


def attribution_table(found: Evidence) -> TextTable:
    """A line an effect; above 0 it helps."""
    rows: list[tuple[str, ...]] = []
    for one in found.effects:
        value = found.token_values.get(one.name) if one.kind in (ALONE, FORM) else None
        worth = f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]" if value else ""
        web = (_said(one.web), verdict(one.web)) if one.web else ("", "")
        rows.append((one.kind, one.name, f"{one.share:.0%}", _said(one.knowledge), verdict(one.knowledge), *web, worth))
    heads = ("what", "name", "share", "brings in K, 95% interval", "K", "brings on the web", "web", "flat tokens that one of its replaces")
    return TextTable(heads, rows, frozenset({1, 3, 4, 5, 6}))


def attribution_metrics(found: Evidence) -> dict[str, Any]:
    """Flat names and numbers, as benchmarks print them."""
    metrics: dict[str, Any] = {"tokens": found.tokens, "seeds": found.seeds}
    named = {f"token_value_{name}": value for name, value in found.token_values.items()}
    for one in found.effects:
        named |= {f"{one.kind}_{one.name}_{part}": own for part, own in ((K, one.knowledge), (WEB, one.web)) if own}
    for name, own in named.items():
        metrics |= {name: own.value, f"{name}_lo": own.low, f"{name}_hi": own.high}
    return metrics


def _said(own: Interval) -> str:
    return f"{own.value:+.4f} [{own.low:+.4f}, {own.high:+.4f}]"
