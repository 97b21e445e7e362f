"""Leaves one pool, domain or form out of the tiers: the arms that lack it, the pools they draw on, and what the arms cost."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from tierline.training.arms import FLAT, TIER, Arm, at, attribution_arms, main_arms, replayed
from tierline.training.evaluate import Span, lay_out
from tierline.training.evidence import DOMAIN, FORM, POOL
from tierline.training.forms import FORMS, forms_of
from tierline.training.metric import Metric
from tierline.training.model import Decoder
from tierline.training.pilot import TOKENS_ROUNDED, cost
from tierline.training.pools import assign_pools
from tierline.training.prepare import Prepared
from tierline.training.recipe import BUDGETS, TESTED, TrainingRecipe
from tierline.training.windows import END_ID, Pools, pack

SHARE_MIN = 0.02  # of its tier's tokens: what a smaller form brings is beyond an experiment of this size
USED = 0.7  # of the seconds that are given: the rest is for measuring, which takes more of a short arm than of a long one
WITHOUT = "without_"
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What an arm lacks. `share` is a pool's of the decay's tokens that are not replayed, a domain's of L1's, a form's of its tier's."""

    name: str
    kind: str
    share: float
    arm: Arm


@dataclass(frozen=True, eq=False, slots=True)
class Reduced(Prepared):
    """An experiment's inputs with more pools: `L3-cloze` is L3 without cloze. `lacking` has, by name, the rows that are left out."""

    lacking: Mapping[str, Mask]

    def pools(self, seed: int) -> Pools:
        """Every pool, and every one of the tiers' that lacks something, in the seed's order of rows."""
        found = dict(Prepared.pools(self, seed).sources)
        for name, rows in reduced_pools(self, self.lacking).items():
            ids, tokens = [self.rows.ids[row] for row in rows], [self.tokens[row] for row in rows]
            found[name] = pack(ids, tokens, self.recipe.model.context, seed, END_ID)
        return Pools(found)


class RightAnswers(Metric):
    """The metric without what decides nothing: wrong answers and instructions take longer than a short arm's training."""

    __slots__ = ()

    @classmethod
    def of(cls, metric: Metric) -> RightAnswers:
        """The same texts and right answers."""
        starts = np.cumsum([0, *(len(question.choices) for question in metric.questions)])
        gold = [int(start) + question.gold for start, question in zip(starts, metric.questions, strict=False)]
        spans: dict[int, Span] = {}
        for batch in metric.choices:
            for number, tokens, counted in zip(batch.numbers.tolist(), batch.tokens, batch.counted, strict=True):
                places = np.flatnonzero(counted)
                spans[number] = Span(tokens[: places[-1] + 2].astype(np.uint16), int(places[0]) + 1)
        questions = tuple(replace(one, choices=(one.choices[one.gold],), gold=0) for one in metric.questions)
        choices = lay_out([spans[number] for number in gold])
        return cls(metric.texts, questions, choices, tuple(metric.sizes[number] for number in gold), (), metric.overlapping)

    def measure(self, model: Decoder, tokenizer: Tokenizer, device: str = "cpu") -> dict[str, Any]:
        """As the metric, without accuracies: there is one answer to choose from."""
        measured = Metric.measure(self, model, tokenizer, device)
        scores = {name: value for name, value in measured["scores"].items() if not name.startswith("accuracy:")}
        return measured | {"scores": scores}


def reduced(prepared: Prepared, lacking: Mapping[str, Mask]) -> Reduced:
    """The same inputs, for arms that lack something."""
    inputs: dict[str, Any] = {field.name: getattr(prepared, field.name) for field in fields(Prepared)}
    inputs |= {"metric": RightAnswers.of(prepared.metric), "lacking": lacking}
    return Reduced(**inputs)


def rows_left_out(prepared: Prepared, kinds: Mapping[str, str]) -> dict[str, Mask]:
    """Name -> rows: of each domain, and of each form that has SHARE_MIN of its tier's tokens, or all the others of its table together.
    `kinds` is id -> kind, as forms.py reads it; without it there are no forms."""
    rows = prepared.rows
    domains = np.array(rows.domains)
    found = {name: domains == name for name in sorted(set(rows.domains)) if name} if len(set(rows.domains)) > 1 else {}
    own = [forms_of(kinds.get(row_id), tier) for row_id, tier in zip(rows.ids, rows.tiers, strict=True)]
    forms = {name: np.array([name in of_row for of_row in own]) for name in FORMS}
    lengths, tiers = np.array(rows.lengths), np.array(rows.tiers)
    for name, mask in forms.items():
        same = [other for other, theirs in forms.items() if other != name and other in found and np.array_equal(theirs, mask)]
        if not same and lengths[mask].sum() >= SHARE_MIN * lengths[tiers == FORMS[name].tier].sum() > 0:
            found[name] = mask
    return found


def reduced_pools(prepared: Prepared, lacking: Mapping[str, Mask]) -> dict[str, Rows]:
    """`POOL-NAME` -> the rows of a tiers' pool that NAME leaves, where it leaves fewer."""
    rows, phases = prepared.rows, prepared.recipe.phases
    pools = assign_pools(rows.ids, rows.tiers, rows.lengths, rows.usefulness, phases.best_share, sorted(phases.decay))
    return {
        f"{pool}-{name}": pools[pool][~mask[pools[pool]]]
        for name, mask in lacking.items()
        for pool in sorted({*phases.stable, *phases.decay})
        if mask[pools[pool]].any()
    }


def left_out(prepared: Prepared, lacking: Mapping[str, Mask]) -> list[LeftOut]:
    """Every arm that lacks something: a pool or a form in the tiers' decay, a domain in both phases. What would leave a phase without
    text is not left out."""
    recipe, rows, phases = prepared.recipe, prepared.rows, prepared.recipe.phases
    lengths, tiers, domains = np.array(rows.lengths), np.array(rows.tiers), set(rows.domains)
    whole = sum(phases.decay.values())
    found = [
        LeftOut(pool, POOL, phases.decay[pool] / whole, arm)
        for arm in attribution_arms(recipe)
        if (pool := arm.name.removeprefix(WITHOUT)) in phases.decay
    ]
    smaller = reduced_pools(prepared, lacking)
    context = recipe.model.context

    def without(weights: Mapping[str, float], name: str) -> dict[str, float]:
        renamed = {f"{pool}-{name}" if f"{pool}-{name}" in smaller else pool: weight for pool, weight in weights.items()}
        return {pool: weight for pool, weight in renamed.items() if pool not in smaller or lengths[smaller[pool]].sum() > context}

    for name, mask in lacking.items():
        kind = DOMAIN if name in domains else FORM
        stable, decay = without(phases.stable, name) if kind == DOMAIN else phases.stable, without(phases.decay, name)
        if not stable or not decay:
            continue
        arm = Arm(
            f"{WITHOUT}{name}",
            f"{at(TIER, TESTED)} without the {kind} {name}",
            TIER,
            TESTED,
            stable,
            replayed(decay, stable, phases.replay),
        )
        beside = tiers == ("L1" if kind == DOMAIN else FORMS[name].tier)
        found.append(LeftOut(name, kind, float(lengths[mask & beside].sum() / lengths[beside].sum()), arm))
    return found


def arms_of(recipe: TrainingRecipe, lacking: Sequence[LeftOut]) -> list[Arm]:
    """What is trained: the arms, what they are compared with, which shares their trunks, and the flat mix at every budget for its curve."""
    main = {arm.name: arm for arm in main_arms(recipe)}
    only = [arm for arm in attribution_arms(recipe) if not arm.name.startswith(WITHOUT)]
    return [*(main[at(FLAT, budget)] for budget in BUDGETS), *only, main[at(TIER, TESTED)], *(one.arm for one in lacking)]


def affordable(recipe: TrainingRecipe, lacking: Sequence[LeftOut], seeds: int, seconds: float, speed: float) -> int:
    """The tokens of a whole run with which all arms and seeds fit into the seconds, at a speed in tokens per second; at most the
    experiment's. An arm that lacks a domain has no trunk to share."""
    decays = [one for one in lacking if one.kind != DOMAIN]
    shares = cost(arms_of(recipe, decays), recipe) + sum(one.arm.budget for one in lacking if one.kind == DOMAIN)
    tokens = USED * seconds * speed / (shares * seeds)
    return min(recipe.tokens, max(TOKENS_ROUNDED, math.floor(tokens / TOKENS_ROUNDED) * TOKENS_ROUNDED))


def digest_of_masks(lacking: Mapping[str, Mask]) -> str:
    """SHA-256 of what is left out."""
    found = hashlib.sha256()
    for name, mask in sorted(lacking.items()):
        found.update(f"{name}\0".encode() + np.packbits(mask).tobytes())
    return found.hexdigest()
