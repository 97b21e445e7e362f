"""Proposes a recipe's weights from what an experiment found its sources to bring: only what an interval supports moves one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tierline.display import TextTable
from tierline.mixes.recipe import MixRecipe, MixSource
from tierline.tables import TABLES
from tierline.training.evidence import FORM, HARMS, HELPS, POOL, UNDECIDED, Effect, Evidence, verdict
from tierline.training.forms import FORMS, form_of_rows
from tierline.training.pools import BEST
from tierline.training.statistics import Interval

STEP = 2.0  # a weight is doubled or halved: the experiment left the source out, and says nothing of weights that are far from today's
HALF = 0.5  # of a tier's tokens
POOL_OF_TIER = {"L2": BEST}  # where a tier's pool in the decay has another name


@dataclass(frozen=True, slots=True)
class Proposed:
    """A source's weight today and proposed, the effect that it rests on (none: nothing was measured), and why."""

    source: MixSource
    weight: float
    effect: Effect | None
    why: str


def propose(recipe: MixRecipe, evidence: Evidence) -> list[Proposed]:
    """For each source in the recipe's order.

    A weight is doubled if the source helps K, and halved if it harms it, each beyond the interval. It stays if the web says the opposite,
    if nothing was measured, or if the recipe would then break one of its own bounds.
    """
    found: list[Proposed] = []
    for place, source in enumerate(recipe.sources):
        effect = effect_of(source, evidence)
        weight, why = _moved(source.weight, effect)
        kept = [one.weight for one in found]
        if weight != source.weight and not _is_valid(recipe, [*kept, weight, *(one.weight for one in recipe.sources[place + 1 :])]):
            weight, why = source.weight, f"{why}, but another weight breaks a bound of the recipe"
        found.append(Proposed(source, weight, effect, why))
    return found


def effect_of(source: MixSource, evidence: Evidence) -> Effect | None:
    """What says most of a source: its form, or else its tier's pool, left out; not a pool that is mostly a form of another source."""
    forms = {one.name: one for one in evidence.effects if one.kind == FORM}
    own = form_of_rows(source.table, source.kinds, list(forms))
    if own:
        return forms[own]
    tier = str(TABLES[source.table].tier)
    others = any(FORMS[name].tier == tier and one.share > HALF for name, one in forms.items())
    return None if source.kinds or others else evidence.effect(POOL_OF_TIER.get(tier, tier), POOL)


def proposal_table(proposed: Sequence[Proposed]) -> TextTable:
    """Today's weights beside the proposed ones, with the evidence."""
    rows: list[tuple[str, ...]] = []
    for one in proposed:
        left_out = f"{one.effect.kind} {one.effect.name}" if one.effect else ""
        said = [_said(own) for own in ((one.effect.knowledge, one.effect.web) if one.effect else (None, None))]
        rows.append((one.source.label, f"{one.source.weight:g}", f"{one.weight:g}", left_out, *said, one.why))
    heads = ("source", "weight", "proposed", "left out", "brings in K", "brings on the web", "why")
    return TextTable(heads, rows, frozenset({3, 4, 5, 6}))


def _moved(weight: float, effect: Effect | None) -> tuple[float, str]:
    if effect is None:
        return weight, "not measured"
    said, web = verdict(effect.knowledge), verdict(effect.web) if effect.web else ""
    if said == UNDECIDED:
        return weight, said
    if web == {HELPS: HARMS, HARMS: HELPS}[said]:
        return weight, f"{said} K, {web} the web"
    return (weight * STEP if said == HELPS else weight / STEP), f"{said} K"


def _is_valid(recipe: MixRecipe, weights: Sequence[float]) -> bool:
    try:
        replace(recipe, sources=tuple(replace(one, weight=weight) for one, weight in zip(recipe.sources, weights, strict=True)))
    except ValueError:
        return False
    return True


def _said(own: Interval | None) -> str:
    return f"{own.value:+.4f} [{own.low:+.4f}, {own.high:+.4f}]" if own else ""
