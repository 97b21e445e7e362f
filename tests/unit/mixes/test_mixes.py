"""Mixes: shares, caps and order follow the recipe, nothing unpromoted gets in, and the manifest pins what was read."""

from collections import Counter

import pyarrow as pa
import pytest

from tierline.errors import BadInput
from tierline.mixes import MixRecipe, MixSource, read_pools
from tierline.mixes.contamination import read_exclusions
from tierline.mixes.sample import pool_inputs
from tierline.project import folder
from tierline.tiers import Phase


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l4_facts, weight: 1}]", "pretrain does not draw on l4_facts"),
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l9, weight: 1}]", "'l9' is no table of a tier"),
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l1_filtered, weight: 0}]", "must be above 0"),
        ("phase: pretrain\ntoken_budget: 0\nsources: [{table: l1_filtered, weight: 1}]", "must be at least 1"),
        ("phase: cooking\ntoken_budget: 10\nsources: [{table: l1_filtered, weight: 1}]", "'cooking' is not a valid Phase"),
        ("phase: pretrain\nbudget: 10", "unknown setting budget"),
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
