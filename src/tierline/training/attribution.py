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
    if not 2 <= seeds <= session.prepared.recipe.seeds:
        raise BadInput(f"{seeds} seeds", "--seeds", f"2 to {session.prepared.recipe.seeds}, of the registered ones")
    rates = build(Rates, registered["rates"], "registration")
    recipe = replace(session.prepared.recipe, tokens=int(registered["recipe"]["tokens"]), seeds=seeds)
    masks = rows_left_out(session.prepared, kinds)
    lacking = left_out(session.prepared, masks)
    recipe = replace(recipe, tokens=affordable(recipe, lacking, seeds, seconds, registered["pilot"]["tokens_per_second"]))
    prepared = reduced(replace(session.prepared, recipe=recipe), masks)
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
    scores = _Scores(runs, sizes)
    flat, tier = at(FLAT, TESTED), at(TIER, TESTED)
    effects = [
        *(scores.effect(pool, ALONE, 1.0, flat, f"only_{pool}") for pool in sorted(recipe.phases.decay)),
        *(scores.effect(one.name, one.kind, one.share, one.arm.name, tier) for one in lacking),
    ]
    chosen = TESTED * recipe.optimization.decay_share * (1 - recipe.phases.replay)  # the share of a run's tokens that a decay chooses
    weights, values = recipe.phases.decay, dict[str, Interval]()
    worth = {name: 1 + scores.compute(f"only_{name}", flat) / chosen for name in sorted(weights) if name in list(Tier)}
    values |= {name: scores.drawn.interval(np.maximum(0.0, own)) for name, own in worth.items()}
    for one in (one for one in lacking if one.kind == FORM and FORMS[one.name].tier in worth and one.share < 1):
        pool = FORMS[one.name].tier
        # Left out, the form's tokens are the rest's: p of a tier's w are worth (v_form - v_rest) more, and v = p v_form + (1 - p) v_rest.
        apart = scores.compute(tier, one.arm.name) / (one.share * chosen * weights[pool] / sum(weights.values()))
        values[one.name] = scores.drawn.interval(np.maximum(0.0, worth[pool] + (1 - one.share) * apart))
    return Evidence(registration, recipe.tokens, recipe.seeds, tuple(effects), values)


class _Scores:
    """Scores of all arms in each draw of seeds and texts, and the flat mix's curve in the first of them."""

    def __init__(self, runs: Sequence[Run], sizes: Mapping[str, Sequence[float]]) -> None:
        self._bits: dict[str, list[Run]] = {}
        for run in sorted(runs, key=lambda run: run["seed"]):
            self._bits.setdefault(run["arm"], []).append(run["bits"])
        self._sizes = {name: np.array(own) for name, own in sizes.items()}
        parts = [name for name in PARTS if name in sizes]
        web = [name for name in sizes if name.startswith(f"{WEB}:")]
        self._names = {K: parts, **{part: [part] for part in parts}} | ({WEB: web, **{part: [part] for part in web}} if web else {})
        self.drawn = Resampled.of(len(self._bits[at(FLAT, 1.0)]), {name: len(own) for name, own in sizes.items()})
        flats = np.stack([self._of(at(FLAT, budget), K) for budget in BUDGETS], 2)
        self._curves = [fit_curve(BUDGETS, own) for own in flats[: CURVE_DRAWS + 1]]

    def effect(self, name: str, kind: str, share: float, without: str, having: str) -> Effect:
        """Of what one arm has and another has not."""
        found = {part: self.drawn.interval((self._of(without, part) - self._of(having, part)).mean(1)) for part in self._names}
        return Effect(name, kind, share, found.pop(K), found.pop(WEB, None), found)

    def compute(self, better: str, worse: str) -> Floats:
        """How much more of the flat mix's whole compute reaches the first arm's K than the second's, (draws,)."""
        pairs = zip(self._curves, self._of(better, K).mean(1).tolist(), self._of(worse, K).mean(1).tolist(), strict=False)
        return np.array([curve.compute(one) - curve.compute(other) for curve, one, other in pairs])

    def _of(self, arm: str, name: str) -> Floats:
        drawn = [
            self.drawn.bits_per_byte(part, np.array([bits[part] for bits in self._bits[arm]]), self._sizes[part])
            for part in self._names[name]
        ]
        return np.mean(drawn, 0)


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
