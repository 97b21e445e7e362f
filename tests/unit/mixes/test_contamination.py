"""Rows that copy a benchmark, what was made from them, and documents nobody checked stay out of every mix, unless wanted."""

import pyarrow as pa

from tierline.mixes import MixSource
from tierline.mixes.contamination import read_exclusions


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


def test_a_page_that_is_kept_for_its_data_is_in_no_mix(lake, commit, sampled):
    rows = [
        {"doc_id": "doc_data", "text": "| a | b |", "tokens": 10, "lane": "data"},
        {"doc_id": "doc_good", "text": "Fresh words.", "tokens": 10},
    ]
    commit(lake, "l1_filtered", rows, "s1")
    recipe, result = sampled(lake, token_budget=1000, sources=(MixSource("l1_filtered", 1.0),), exclude_contaminated=False)
    assert set(result.tables[recipe.stage]["doc_id"].to_pylist()) == {"doc_good"}
    assert "mix:data" in {row["rule"] for row in result.ledgers[recipe.stage][1].to_pylist()}


def test_a_table_without_rows_has_nothing_to_exclude(lake, sampled):
    exclusions = read_exclusions(lake, ["l3_refined"])
    empty = pa.chunked_array([], pa.string())
    assert exclusions.rules("l3_refined", empty, empty).to_pylist() == []
