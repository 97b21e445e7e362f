"""Mixes keep out rows that rest on reserved documents, at any number of steps, and draw only what is permitted where a recipe asks for that."""

import pytest

from tierline.errors import BadInput
from tierline.mixes import MixRecipe, MixSource
from tierline.rights.rules import RightsTerms


@pytest.fixture
def stated(lake, commit):
    """Three documents with a passage each: one reserved, one under a license, one of which nothing is stated; a fact of all, one of a base."""
    names = ("reserved", "licensed", "silent")
    documents = [{"doc_id": f"doc_{name}", "parents": [f"doc_{name}"], "text": f"Words of {name}.", "tokens": 10} for name in names]
    said = {"reserved": ("tdm_reservation", "1"), "licensed": ("license", "cc-by-4.0")}
    rights = [
        {"statement_id": f"rgt_{name}", "doc_id": f"doc_{name}", "kind": kind, "value": value, "agent": "*", "stated_in": "header"}
        for name, (kind, value) in said.items()
    ]
    commit(lake, "l1_filtered", documents, "s1", l1_rights=rights)
    passages = [
        {"passage_id": f"psg_{name}", "parents": [f"doc_{name}"], "text": f"Of {name}.", "tokens": 5, "kind": "qa"} for name in names
    ]
    commit(lake, "l3_refined", passages, "s1")
    commit(lake, "l4_claims", [{"claim_id": f"clm_{name}", "parents": [f"doc_{name}"]} for name in names], "s1")
    bases = [{"statement_id": "stm_free", "license": "CC BY 4.0"}, {"statement_id": "stm_other", "license": "ask us"}]
    commit(lake, "l4_statements", bases, "all")
    facts = {
        "fct_licensed": ["clm_licensed"],
        "fct_mixed": ["clm_licensed", "clm_reserved"],
        "fct_silent": ["clm_silent"],
        "fct_free": ["stm_free"],
        "fct_other": ["stm_other"],
    }
    commit(lake, "l4_facts", [{"fact_id": name, "parents": of, "text": name, "tokens": 5} for name, of in facts.items()], "all")
    return lake


def outcome(sampled, lake, table, phase, **rights):
    recipe, result = sampled(
        lake, phase=phase, token_budget=1_000, sources=(MixSource(table, 1.0),), exclude_contaminated=False, rights=RightsTerms(**rights)
    )
    rules = {row["related_id"]: row["rule"] for row in result.ledgers[recipe.stage][1].to_pylist()}
    return {name: rule for name, rule in rules.items() if rule}


def test_a_reserved_document_and_what_rests_on_it_are_in_no_mix_by_default(stated, sampled):
    assert outcome(sampled, stated, "l1_filtered", "pretrain") == {"doc_reserved": "mix:reserved"}
    assert outcome(sampled, stated, "l3_refined", "midtrain") == {"psg_reserved": "mix:reserved"}
    assert outcome(sampled, stated, "l4_facts", "alignment") == {"fct_mixed": "mix:reserved"}


def test_a_recipe_may_allow_it_in_one_phase(stated, sampled):
    assert outcome(sampled, stated, "l1_filtered", "pretrain", forbid=()) == {}


def test_of_several_sources_each_has_to_be_permitted(stated, sampled):
    terms = {"forbid": (), "require": ("license:cc-by",)}
    assert set(outcome(sampled, stated, "l1_filtered", "pretrain", **terms)) == {"doc_reserved", "doc_silent"}
    refused = outcome(sampled, stated, "l4_facts", "alignment", **terms)
    assert refused == dict.fromkeys(("fct_mixed", "fct_silent", "fct_other"), "mix:not_permitted")


def test_a_mix_recipe_names_its_terms_and_a_wrong_one_is_refused(tmp_path):
    path = tmp_path / "pretrain.yaml"
    text = "phase: pretrain\ntoken_budget: 10\nsources: [{table: l1_filtered, weight: 1}]\nrights: {forbid: [noai], require: ['license:cc0']}\n"
    path.write_text(text)
    assert MixRecipe.load(path).rights == RightsTerms(("noai",), ("license:cc0",))
    path.write_text(text.replace("noai", "nope"))
    with pytest.raises(BadInput, match="no statement about rights"):
        MixRecipe.load(path)
