"""Says what single tiers are worth: the flat mix with one of them in its decay, and the tiers without one; no part of the headline."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from tierline.display import TextTable
from tierline.tables.tiers import Tier
from tierline.training.arms import FLAT, TIER, at, attribution_arms
from tierline.training.findings import Findings
from tierline.training.metric import K
from tierline.training.recipe import TESTED
from tierline.training.registration import read_registration, verify
from tierline.training.rows import FINDINGS
from tierline.training.session import Session
from tierline.training.statistics import Interval, bootstrap_mean, paired_effect


@dataclass(frozen=True, slots=True)
class Attribution:
    """`effects`: arm -> gain in K over the curriculum that it changes. `token_values`: tier -> how many tokens of the flat mix one of its
    tokens replaces in the decay (the setting `mixes.allocate.token_value` of the tier recipe)."""

    effects: dict[str, Interval]
    token_values: dict[str, Interval]


def attribute(session: Session, findings: Findings) -> Attribution:
    """Trains the arms with the registered seeds and rates, and adds the token values to the findings that `tierline allocate` reads."""
    document = read_registration(session.folder)
    prepared, rates = verify(document, session.prepared)
    recipe = prepared.recipe
    arms = attribution_arms(recipe)
    runs = session.train(arms, range(recipe.seeds), rates, prepared, document["digest"])
    decay = TESTED * rates.of(FLAT, recipe.optimization).decay_share * (1 - recipe.phases.replay)  # of a whole run's tokens: the pool's
    effects: dict[str, Interval] = {}
    values: dict[str, Interval] = {}
    for arm in arms:
        own = np.array([run["scores"][K] for run in runs if run["arm"] == arm.name])
        base = findings.scores(at(FLAT if arm.trunk == FLAT else TIER, TESTED))
        effects[arm.name] = paired_effect(base.tolist(), own.tolist())
        tier = arm.name.removeprefix("only_")
        if tier in list(Tier):  # the flat mix is worth its own compute: what is beyond it came from the pool's tokens
            worth = [findings.curve.compute(findings.curve.at(TESTED) - float(gain)) for gain in base - own]
            values[tier] = bootstrap_mean(np.maximum(0.0, 1 + (np.array(worth) - TESTED) / decay))
    path = session.folder / FINDINGS
    if path.is_file():
        kept = json.loads(path.read_text("utf-8"))
        kept["metrics"] |= {f"token_value_{tier}": value.value for tier, value in values.items()}
        path.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    return Attribution(effects, values)


def attribution_table(found: Attribution) -> TextTable:
    """A line an arm; a gain above 0 says that the change helps."""
    rows: list[tuple[str, ...]] = []
    for name, gain in found.effects.items():
        value = found.token_values.get(name.removeprefix("only_"))
        worth = f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]" if value else ""
        rows.append((name, f"{gain.value:+.4f}", f"[{gain.low:+.4f}, {gain.high:+.4f}]", worth))
    return TextTable(("decay", "gain in K", "95% interval", "flat tokens that one of its replaces"), rows)
