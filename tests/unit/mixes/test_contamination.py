"""Rows that copy a benchmark, what was made from them, and documents nobody checked stay out of every mix, unless wanted."""

import pyarrow as pa

from tests.unit.mixes.conftest import QUESTION
from tierline.filters import decontaminate
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


def test_a_document_that_no_code_could_check_is_not_drawn_nor_what_was_made_of_it(lake, commit, check, sampled, monkeypatch):
    def fails(doc_id, *rest):
        raise ZeroDivisionError(doc_id)

    texts = {"doc_odd": f"{QUESTION} The bell of Saint Oda.", "doc_good": "The mill grinds rye on Thursdays."}
    commit(lake, "l1_filtered", [{"doc_id": name, "text": text, "tokens": 10} for name, text in texts.items()], "s1")
    monkeypatch.setattr(decontaminate, "_densest", fails)
    check(lake, "s1", [(QUESTION, "the bell of Saint Oda")])
    commit(
        lake,
        "l3_refined",
        [{"passage_id": f"psg_{name}", "parents": [name], "text": "x", "tokens": 5, "kind": "qa"} for name in texts],
        "s1",
    )
    for phase, table in (("pretrain", "l1_filtered"), ("midtrain", "l3_refined")):
        recipe, result = sampled(lake, phase=phase, token_budget=1000, sources=(MixSource(table, 1.0),))
        assert [name[-4:] for name in set(result.tables[recipe.stage]["doc_id"].to_pylist())] == ["good"]
        rules = {row["related_id"]: row["rule"] for row in result.ledgers[recipe.stage][1].to_pylist()}
        assert [rule for name, rule in rules.items() if name.endswith("odd")] == ["mix:not_checked_for_contamination"]


def test_a_table_without_rows_has_nothing_to_exclude(lake, sampled):
    exclusions = read_exclusions(lake, ["l3_refined"])
    empty = pa.chunked_array([], pa.string())
    assert exclusions.rules("l3_refined", empty, empty).to_pylist() == []
