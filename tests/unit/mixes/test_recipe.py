"""A mix's recipe: shares add up however they are written, caps and labels fall back, and every contradiction is refused by name."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.mixes import MixRecipe, MixSource
from tierline.mixes.recipe import CURRICULUM, CurriculumPart
from tierline.tables import TABLES
from tierline.tables.tiers import PHASE_TIERS, Phase

L1, L2 = MixSource("l1_filtered", 1.0), MixSource("l2_selected", 3.0)


def recipe(**changes) -> MixRecipe:
    return MixRecipe(**{"phase": "pretrain", "token_budget": 1000, "sources": (L1, L2)} | changes)


def test_weights_and_shares_are_relative():
    parts = (CurriculumPart("warm", 1, {"l2_selected": 0.0}), CurriculumPart("stable", 3))
    assert recipe(curriculum=parts).budgets() == [[250.0, 0.0], [187.5, 562.5]]
    assert recipe().budgets() == [[250.0, 750.0]]


@given(
    st.lists(st.floats(0.01, 100), min_size=1, max_size=5),
    st.lists(st.floats(0.01, 100), min_size=1, max_size=3),
    st.integers(1, 10**12),
)
def test_the_budget_is_shared_out_completely(weights, shares, budget):
    sources = tuple(MixSource("l1_filtered", weight, name=f"s{number}") for number, weight in enumerate(weights))
    parts = tuple(CurriculumPart(part, share) for part, share in zip(CURRICULUM, shares, strict=False))
    budgets = recipe(sources=sources, curriculum=parts, token_budget=budget).budgets()
    assert sum(map(sum, budgets)) == pytest.approx(budget)
    for row, share in zip(budgets, shares, strict=True):
        assert sum(row) == pytest.approx(budget * share / sum(shares))


def test_a_source_has_its_own_cap_or_the_recipes():
    own = MixSource("l1_filtered", 1.0, epochs_max=1)
    assert (recipe(sources=(own, L2)).cap(own), recipe(epochs_max=7).cap(L2), recipe().cap(L2)) == (1, 7, 4)


def test_a_name_tells_two_sources_of_one_table_apart_also_in_the_curriculum():
    sources = (MixSource("l1_filtered", 1.0, name="news"), MixSource("l1_filtered", 1.0))
    part = CurriculumPart("stable", 1.0, {"news": 3.0})
    assert recipe(sources=sources, curriculum=(part,)).budgets() == [[750.0, 250.0]]
    with pytest.raises(ValueError, match="weighs l2_selected, which is no source"):
        recipe(sources=sources, curriculum=(CurriculumPart("stable", 1.0, {"l2_selected": 1.0}),))


def test_answers_of_models_have_no_more_of_the_budget_than_the_recipe_allows():
    edits, answers = MixSource("l3_refined", 9.0), MixSource("l3_feedback", 1.0, name="answers", kinds=("answer",))
    assert recipe(phase="midtrain", sources=(edits, answers)).answers_share_max == 0.1
    corrections = MixSource("l3_feedback", 9.0, name="corrections", kinds=("correction",))
    assert recipe(phase="midtrain", sources=(corrections, answers))
    for wrong in ((MixSource("l3_refined", 8.0), answers), (MixSource("l3_feedback", 1.0),)):
        with pytest.raises(ValueError, match=r"answers of models have .* of the budget: answers_share_max is 10%"):
            recipe(phase="midtrain", sources=wrong)


def test_derived_forms_have_a_share_of_the_budget_at_most():
    edits, derived = MixSource("l3_refined", 7.0), MixSource("l3_derived", 3.0)
    assert recipe(phase="midtrain", sources=(edits, derived)).derived_share_max == 0.3
    with pytest.raises(ValueError, match=r"derived forms have 38% of the budget: derived_share_max is 30%"):
        recipe(phase="midtrain", sources=(MixSource("l3_refined", 5.0), derived))


@pytest.mark.parametrize("phase", list(Phase))
def test_a_phase_draws_on_its_tiers_alone(phase):
    for name, spec in TABLES.items():
        if spec.tier is None:
            continue
        if spec.tier in PHASE_TIERS[phase]:
            assert (
                recipe(phase=phase, sources=(MixSource(name, 1.0),), answers_share_max=1.0, derived_share_max=1.0).stage == f"mix_{phase}"
            )
        else:
            with pytest.raises(ValueError, match=f"{phase} does not draw on {name}; its tiers are"):
                recipe(phase=phase, sources=(MixSource(name, 1.0),))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": ()}, "there must be a source"),
        ({"epochs_max": 0}, "must be at least 1"),
        ({"curriculum": (CurriculumPart("warm", 1), CurriculumPart("warm", 1))}, "come once each"),
        ({"curriculum": (CurriculumPart("warm", 1, {"l2_selected": 0.0}),)}, "a source has the weight 0 in every part of the curriculum"),
        ({"curriculum": (CurriculumPart("warm", 1, {"a": 1.0, "b": 1.0}),)}, "weighs a, b, which is no source"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        recipe(**changes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MixSource("l1_signals", 1.0), "'l1_signals' is no table of a tier"),
        (lambda: MixSource("l1_filtered", -1.0), "the weight of l1_filtered must be above 0"),
        (lambda: MixSource("l4_facts", 1.0, domains=("a.example",)), "l4_facts has no domain to choose by"),
        (lambda: MixSource("l4_facts", 1.0, kinds=("qa",), domains_excluded=("a",)), "l4_facts has no kind and no domain to choose by"),
        (lambda: CurriculumPart("stable", -1.0), "the share must be above 0"),
        (lambda: CurriculumPart("stable", 1.0, {"a": -0.5}), "no weight below 0"),
    ],
)
def test_a_source_or_part_that_cannot_be_drawn_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


RECIPE, SOURCE = "phase: pretrain\ntoken_budget: 10\n", "sources: [{table: l1_filtered, weight: 1}]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l4_facts, weight: 1}]", "pretrain does not draw on l4_facts"),
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l9, weight: 1}]", "'l9' is no table of a tier"),
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l1_filtered, weight: 0}]", "must be above 0"),
        ("phase: pretrain\ntoken_budget: 0\nsources: [{table: l1_filtered, weight: 1}]", "must be at least 1"),
        ("phase: cooking\ntoken_budget: 10\nsources: [{table: l1_filtered, weight: 1}]", "'cooking' is not a valid Phase"),
        ("phase: pretrain\nbudget: 10", "unknown setting budget"),
        (RECIPE + "sources: [{table: l1_filtered, weight: 1, kinds: [qa]}]", "l1_filtered has no kind to choose by"),
        (RECIPE + "sources: [{table: l1_filtered, weight: 1, epochs_max: 0}]", "epochs_max of l1_filtered must be at least 1"),
        (RECIPE + "sources: [{table: l1_filtered, weight: 1}, {table: l1_filtered, weight: 2}]", "two sources bear the same name"),
        (RECIPE + SOURCE + "curriculum: [{part: boil, share: 1}]", "not 'boil'"),
        (RECIPE + SOURCE + "curriculum: [{part: warm, share: 0}]", "the share must be above 0"),
        (RECIPE + SOURCE + "curriculum: [{part: decay, share: 1}, {part: warm, share: 1}]", "in the order warm, stable, decay"),
        (RECIPE + SOURCE + "curriculum: [{part: warm, share: 1, weights: {books: 1}}]", "weighs books, which is no source"),
        (RECIPE + SOURCE + "curriculum: [{part: warm, share: 1, weights: {l1_filtered: 0}}]", "gives every source the weight 0"),
        ("phase: pretrain", "missing"),
        ("phase: [", "not valid YAML"),
    ],
)
def test_a_wrong_recipe_is_one_clear_line(tmp_path, text, message):
    path = tmp_path / "mix.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=message) as raised:
        MixRecipe.load(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("phase", list(Phase))
def test_the_recipes_that_ship_are_valid(phase):
    assert MixRecipe.load(folder("recipes") / "mixes" / f"{phase}.yaml").phase == phase


@pytest.mark.parametrize("phase", list(Phase))
def test_the_recipes_that_ship_do_without_l3_and_what_nobody_has_approved(phase):
    sources = MixRecipe.load(folder("recipes") / "mixes" / f"{phase}.yaml").sources
    assert all(source.optional for source in sources if source.table.startswith("l3_") or source.table in ("l4_forms", "l4_manuals"))


def test_the_recipe_in_the_documentation_is_one(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "mixes.md").read_text("utf-8")
    block = page.split("`recipes/mixes/<phase>.yaml`:\n\n")[1].split("\n\n|")[0]
    (tmp_path / "pretrain.yaml").write_text(dedent(block))
    recipe = MixRecipe.load(tmp_path / "pretrain.yaml")
    assert [recipe.cap(source) for source in recipe.sources] == [2, 4] and len(recipe.curriculum) == 3
