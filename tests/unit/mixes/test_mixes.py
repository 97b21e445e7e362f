"""Mixes: shares, caps and order follow the recipe, nothing unpromoted gets in, and the manifest pins what was read."""

from collections import Counter
from itertools import groupby
from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.mixes import MixRecipe, MixSource, Pool, read_pools
from tierline.mixes.contamination import read_exclusions
from tierline.mixes.recipe import CurriculumPart
from tierline.mixes.sample import draw, pool_inputs
from tierline.tables.tiers import Phase


def test_weights_share_the_budget_and_sources_interleave(stocked, sampled):
    _, result = sampled(stocked)
    rows = result.tables["mix_pretrain"].to_pylist()
    assert Counter(row["source_table"] for row in rows) == {"l1_filtered": 4, "l2_selected": 8}
    assert [row["position"] for row in rows] == list(range(12))
    assert len({row["source_table"] for row in rows[:6]}) == 2
    assert sum(row["weight"] for row in rows) == pytest.approx(1)


def test_a_row_is_repeated_only_after_a_whole_pass_and_never_beyond_the_cap(stocked, sampled):
    _, result = sampled(stocked, token_budget=10_000, epochs_max=3)
    counts = Counter(row["doc_id"] for row in result.tables["mix_pretrain"].to_pylist())
    assert set(counts.values()) == {3} and len(counts) == 25
    _, result = sampled(stocked)
    chosen = Counter(row["doc_id"] for row in result.tables["mix_pretrain"].to_pylist() if row["source_table"] == "l2_selected")
    assert sorted(chosen.values()) == [1, 1, 2, 2, 2]


CURRICULUM = (
    CurriculumPart("warm", 0.25, {"l2_selected": 0.0}),
    CurriculumPart("stable", 0.5, {"l2_selected": 1.0}),
    CurriculumPart("decay", 0.25, {"l1_filtered": 0.0}),
)


def test_the_curriculum_shares_the_budget_in_training_order(stocked, sampled):
    _, result = sampled(stocked, token_budget=200, epochs_max=4, curriculum=CURRICULUM)
    rows = result.tables["mix_pretrain"].to_pylist()
    assert [part for part, _ in groupby(row["curriculum"] for row in rows)] == ["warm", "stable", "decay"]
    drawn = Counter((row["curriculum"], row["source"]) for row in rows)
    assert drawn == {("warm", "l1_filtered"): 5, ("stable", "l1_filtered"): 5, ("stable", "l2_selected"): 5, ("decay", "l2_selected"): 5}


def test_a_source_that_runs_out_keeps_its_shares_for_every_part(stocked, sampled):
    _, result = sampled(stocked, token_budget=2000, epochs_max=2, curriculum=CURRICULUM)
    drawn = Counter((row["curriculum"], row["source"]) for row in result.tables["mix_pretrain"].to_pylist())
    assert drawn["stable", "l2_selected"] == drawn["decay", "l2_selected"] == 5
    assert drawn["warm", "l1_filtered"] == drawn["stable", "l1_filtered"] == 20


def test_a_source_takes_only_the_rows_it_is_narrowed_to_and_has_its_own_cap(stocked, sampled):
    sources = (
        MixSource("l1_filtered", 1.0, name="one site", domains=("d0.example",), epochs_max=1),
        MixSource("l1_filtered", 1.0, name="the rest", languages=("en",), domains_excluded=("d0.example",), epochs_max=3),
    )
    _, result = sampled(stocked, token_budget=2000, sources=sources)
    times = Counter((row["source"], row["domain"], row["epoch"]) for row in result.tables["mix_pretrain"].to_pylist())
    assert times == {("one site", "d0.example", 0): 10, **{("the rest", "d1.example", epoch): 10 for epoch in range(3)}}


SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(first=SIZES, second=SIZES, budget=st.integers(1, 3000), epochs=st.integers(1, 4), seed=st.integers(0, 9), curriculum=st.booleans())
def test_rows_are_drawn_pass_by_pass_within_budget_and_cap(first, second, budget, epochs, seed, curriculum):
    recipe = MixRecipe(
        "pretrain",
        budget,
        (MixSource("l1_filtered", 1.0), MixSource("l2_selected", 2.0)),
        epochs,
        seed,
        **({"curriculum": CURRICULUM} if curriculum else {}),
    )
    offered = [
        {"row_id": f"{number}_{index}", "shard": "s", "tokens": size, "excluded": "x" if size == 13 else None}
        for number, sizes in enumerate((first, second))
        for index, size in enumerate(sizes)
    ]
    schema = pa.schema({"row_id": pa.string(), "shard": pa.string(), "tokens": pa.int64(), "excluded": pa.string()})
    pools = [
        Pool(source, pa.Table.from_pylist([row for row in offered if row["row_id"][0] == str(number)], schema=schema), ())
        for number, source in enumerate(recipe.sources)
    ]
    decisions, drawn = draw(recipe, pools)
    rows, budgets = drawn.to_pylist(), [sum(column) for column in zip(*recipe.budgets(), strict=True)]
    assert [row["position"] for row in rows] == list(range(len(rows))) and decisions.num_rows == len(offered)
    assert [row["part"] for row in rows] == sorted(row["part"] for row in rows)
    for number, total in enumerate(budgets):
        mine = [row for row in rows if row["source"] == number]
        fitting = {
            row["row_id"]: row["tokens"]
            for row in offered
            if row["row_id"][0] == str(number) and row["tokens"] <= total and not row["excluded"]
        }
        times = Counter(row["row_id"] for row in mine)
        assert set(times) <= set(fitting) and all(count <= epochs for count in times.values())
        counts = [times[row_id] for row_id in fitting]
        assert not counts or max(counts) - min(counts) <= 1  # pass by pass: no row again before all others
        spent = sum(row["tokens"] for row in mine)
        assert spent <= total
        if fitting and min(counts) < epochs:  # what is left is less than the next row
            assert spent + max(fitting.values()) > total


def test_an_unjudged_shard_is_not_in_any_mix(stocked, sampled):
    recipe, result = sampled(stocked, token_budget=10_000)
    assert "unjudged" not in result.tables["mix_pretrain"]["doc_id"].to_pylist()
    read = {"l1_filtered/s1", "l1_filtered/s2", "l2_selected/s1"}
    assert set(pool_inputs(read_pools(stocked, recipe))) == read | {"l1_contamination/s1", "l1_contamination/s2"}


def test_the_seed_decides_and_a_rerun_is_identical(stocked, sampled):
    first, again, other = (sampled(stocked, seed=seed)[1].tables["mix_pretrain"] for seed in (1, 1, 2))
    assert first == again and first["doc_id"].to_pylist() != other["doc_id"].to_pylist()


def test_questions_stand_before_their_answers(lake, commit, sampled):
    rows = [
        {"passage_id": "p1", "kind": "qa", "question": "Why?", "text": "Because.", "tokens": 3},
        {"passage_id": "p2", "kind": "edit", "text": "x", "tokens": 3},
    ]
    commit(lake, "l3_refined", rows)
    _, result = sampled(lake, phase="alignment", sources=(MixSource("l3_refined", 1.0, kinds=("qa",)),), epochs_max=1)
    assert result.tables["mix_alignment"]["text"].to_pylist() == ["Why?\nBecause."]


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


def test_a_leak_and_everything_made_from_it_stay_out_of_every_mix(contaminated, sampled):
    for phase, tables in (("pretrain", ("l1_filtered", "l2_selected")), ("midtrain", ("l3_refined",)), ("alignment", ("l4_facts",))):
        recipe, result = sampled(contaminated, phase=phase, token_budget=1000, sources=tuple(MixSource(table, 1.0) for table in tables))
        drawn = set(result.tables[recipe.stage]["doc_id"].to_pylist())
        assert drawn and all(name.endswith("good") for name in drawn)
        decisions = result.ledgers[recipe.stage][1].to_pylist()
        excluded = {row["related_id"] for row in decisions if row["rule"] == "mix:contaminated"}
        assert excluded and all(name.endswith(("bad", "both")) for name in excluded)


def test_a_recipe_may_draw_contaminated_rows_on_purpose(contaminated, sampled):
    recipe, result = sampled(contaminated, token_budget=1000, exclude_contaminated=False)
    assert "doc_bad" in result.tables[recipe.stage]["doc_id"].to_pylist()


def test_documents_that_changed_after_the_check_are_not_drawn(contaminated, commit, sampled):
    commit(contaminated, "l1_filtered", [{"doc_id": "doc_new", "text": "Fresh words.", "tokens": 10}], "s1")
    _, result = sampled(contaminated, token_budget=1000, sources=(MixSource("l1_filtered", 1.0),))
    assert [row["rule"] for row in result.ledgers["mix_pretrain"][1].to_pylist()] == ["mix:not_checked_for_contamination"]


def test_a_table_without_rows_has_nothing_to_exclude(lake, sampled):
    exclusions = read_exclusions(lake, ["l3_refined"])
    empty = pa.chunked_array([], pa.string())
    assert exclusions.rules("l3_refined", empty, empty).to_pylist() == []


def test_the_recipe_in_the_documentation_is_one(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "mixes.md").read_text("utf-8")
    block = page.split("`recipes/mixes/<phase>.yaml`:\n\n")[1].split("\n\n|")[0]
    (tmp_path / "pretrain.yaml").write_text(dedent(block))
    recipe = MixRecipe.load(tmp_path / "pretrain.yaml")
    assert [recipe.cap(source) for source in recipe.sources] == [2, 4] and len(recipe.curriculum) == 3
