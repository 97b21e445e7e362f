"""Weights that evidence moves: only beyond the interval, one step, not against the web, and within the recipe's own bounds."""

import pytest

from tierline.config.bundled import folder
from tierline.mixes.proposal import effect_of, proposal_table, propose
from tierline.mixes.recipe import MixRecipe, MixSource
from tierline.training.evidence import FORM, POOL, Effect, Evidence
from tierline.training.statistics import Interval

HELPS, HARMS, NOISE = Interval(0.02, 0.01, 0.03, 5), Interval(-0.02, -0.03, -0.01, 5), Interval(0.02, -0.01, 0.05, 5)
FEW = Interval(0.02, 0.01, 0.03, 4)  # seeds: too few for any interval
RECIPE = MixRecipe("midtrain", 1_000, (MixSource("l3_refined", 3.0), MixSource("l2_selected", 1.0), MixSource("l3_derived", 1.0)))


def evidence(*effects):
    return Evidence("x", 1_000, 5, effects)


@pytest.mark.parametrize(
    ("knowledge", "web", "weight", "why"),
    [
        (HELPS, HELPS, 6, "helps K"),
        (HELPS, NOISE, 6, "helps K"),
        (HELPS, None, 6, "helps K"),
        (HELPS, HARMS, 3, "helps K, harms the web"),
        (HARMS, NOISE, 1.5, "harms K"),
        (HARMS, HELPS, 3, "harms K, helps the web"),
        (NOISE, HARMS, 3, "within noise"),
        (FEW, NOISE, 3, "within noise"),
    ],
)
def test_only_what_the_interval_supports_moves_a_weight(knowledge, web, weight, why):
    first, *others = propose(RECIPE, evidence(Effect("edits", FORM, 0.5, knowledge, web)))
    assert (first.weight, first.why) == (weight, why)
    assert [(one.weight, one.why) for one in others] == [(1, "not measured")] * 2


def test_a_weight_that_breaks_a_bound_of_the_recipe_stays():
    found = propose(RECIPE, evidence(Effect("derived", FORM, 0.5, HELPS)))[2]
    assert (found.weight, found.why) == (1, "helps K, but another weight breaks a bound of the recipe")
    assert propose(RECIPE, evidence(Effect("derived", FORM, 0.5, HARMS)))[2].weight == 0.5
    both = propose(RECIPE, evidence(Effect("edits", FORM, 0.5, HELPS), Effect("derived", FORM, 0.5, HELPS)))
    assert [one.weight for one in both] == [6, 1, 2]  # of nine now, not of six: within the bound


def test_a_source_rests_on_its_form_before_its_tier():
    found = evidence(
        Effect("L3", POOL, 0.3, HELPS),
        Effect("best", POOL, 0.3, NOISE),
        Effect("cloze", FORM, 0.1, HARMS),
        Effect("derived", FORM, 0.4, HELPS),
    )
    names = {
        MixSource("l3_derived", 1.0, kinds=("cloze",)): "cloze",
        MixSource("l3_derived", 1.0): "derived",
        MixSource("l3_refined", 1.0): "L3",
        MixSource("l3_refined", 1.0, kinds=("qa",)): None,
        MixSource("l2_selected", 1.0): "best",
        MixSource("l1_filtered", 1.0): None,
    }
    for source, name in names.items():
        effect = effect_of(source, found)
        assert (effect.name if effect else None) == name, source


def test_a_tier_that_is_mostly_another_form_says_nothing_of_a_source():
    facts = MixSource("l4_facts", 1.0)
    pool, less, most = Effect("L4", POOL, 0.3, HELPS), Effect("manuals", FORM, 0.4, HELPS), Effect("manuals", FORM, 0.9, HELPS)
    assert effect_of(facts, evidence(pool, less)) == pool
    assert effect_of(facts, evidence(pool, most)) is None
    assert effect_of(MixSource("l4_manuals", 1.0), evidence(pool, most)) == most


@pytest.mark.parametrize("phase", ["pretrain", "midtrain", "alignment"])
def test_nothing_measured_leaves_every_default(phase):
    recipe = MixRecipe.load(folder("recipes") / "mixes" / f"{phase}.yaml")
    proposed = propose(recipe, evidence())
    assert [one.weight for one in proposed] == [source.weight for source in recipe.sources]
    assert [row[-1] for row in proposal_table(proposed).rows] == ["not measured"] * len(proposed)
