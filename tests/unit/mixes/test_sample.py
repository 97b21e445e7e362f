"""Mixes: shares, caps and order follow the recipe, nothing unpromoted gets in, and the manifest pins what was read."""

from collections import Counter
from itertools import groupby

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.mixes import MixRecipe, MixSource, Pool, read_pools
from tierline.mixes.draw import draw
from tierline.mixes.pools import CANDIDATES, pool_inputs
from tierline.mixes.recipe import CurriculumPart


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


def drawn_by(recipe, pools):
    """Draws with the ids of their rows, in the order of positions, and decisions."""
    with draw(recipe, pools) as found:
        rows = found.database.sql("select * from drawn join candidates using (source, shard, row) order by position").to_arrow_table()
        return rows.to_pylist(), pa.concat_tables(found.decisions()).to_pylist()


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
        {"row": index, "row_id": f"{number}_{index}", "tokens": size, "excluded": "x" if size == 13 else None}
        for number, sizes in enumerate((first, second))
        for index, size in enumerate(sizes)
    ]
    tables = [
        pa.Table.from_pylist([row for row in offered if row["row_id"][0] == str(number)], schema=CANDIDATES)
        for number in range(len(recipe.sources))
    ]
    pools = [Pool(source, (), (), lambda table=table: iter([table])) for source, table in zip(recipe.sources, tables, strict=True)]
    rows, decisions = drawn_by(recipe, pools)
    budgets = [sum(column) for column in zip(*recipe.budgets(), strict=True)]
    assert [row["position"] for row in rows] == list(range(len(rows))) and len(decisions) == len(offered)
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
    checks = {f"{table}/{shard}" for table in ("l1_contamination", "l1_rights") for shard in ("s1", "s2")}
    assert set(pool_inputs(read_pools(stocked, recipe))) == read | checks


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


@pytest.mark.parametrize(("exclude", "drawn"), [(True, {"psg_0", "doc_1"}), (False, {"psg_0", "doc_0", "doc_1"})])
def test_a_document_and_its_edit_are_not_both_in_a_mix_unless_the_recipe_says_so(lake, commit, exclude, drawn):
    rows = [{"doc_id": f"doc_{number}", "text": f"text {number}", "tokens": 5} for number in range(2)]
    commit(lake, "l2_selected", rows, "s1")
    edit = {"passage_id": "psg_0", "parents": ["doc_0"], "kind": "edit", "text": "text 0, edited", "tokens": 5}
    question = {"passage_id": "psg_1", "parents": ["doc_1"], "kind": "qa", "text": "text 1", "tokens": 5}
    commit(lake, "l3_refined", [edit, question], "s1")
    sources = (MixSource("l3_refined", 1.0, kinds=("edit",)), MixSource("l2_selected", 1.0))
    recipe = MixRecipe("midtrain", 100, sources, epochs_max=1, exclude_contaminated=False, exclude_edited=exclude)
    rows, decisions = drawn_by(recipe, read_pools(lake, recipe))
    assert {row["row_id"] for row in rows} == drawn
    rules = {row["related_id"]: row["rule"] for row in decisions}
    assert rules["doc_0"] == ("mix:edited" if exclude else None) and rules["doc_1"] is None
