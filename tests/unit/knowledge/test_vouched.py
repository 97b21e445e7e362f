"""Facts with knowledge bases: what a person vouches for stands, confirms and refutes; any other base is one more source."""

import pyarrow as pa
import pytest

from tests.conftest import rows_of
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import read_value

VOUCHED = {"vouched_by": "data team", "vouched_on": "2026-02-02"}


def statement(base: str, predicate: str, value: str, time: str | None = None, **more) -> dict:
    subject = more.pop("subject", "Norway")
    read = read_value(value, predicate, "en", True)
    typed = {"value_type": read.type, "value_normal": read.normal, "value_precision": read.precision}
    own = {
        "statement_id": f"stm_{base}_{predicate}_{value}_{time}",
        "base": base,
        "base_version": "1",
        "retrieved": "2026-02-01",
        "parents": [],
    }
    said = {"subject": subject, "subject_key": normal_key(subject), "predicate": predicate, "object": value, "source_value": value}
    return own | said | typed | {"language": "en", "time": time, "derived_from": [], "subject_shared": False} | more


def claim(domain: str, predicate: str, value: str, time: str | None = None, **more) -> dict:
    own = {"claim_id": f"clm_{domain}_{value}_{time}", "parents": [f"doc_{domain}"], "subject": "Norway", "subject_key": "norway"}
    said = {"predicate": predicate, "object": value, "object_key": normal_key(value), "domain": domain, "language": "en"}
    return own | said | {"time": time, "time_source": "value" if time else None} | more


def verified(statements: list[dict], claims: list[dict]) -> tuple[list[dict], list[dict], dict[str, dict]]:
    """(facts, sources, decision by claim or statement)."""
    tables = (rows_of(name, rows) for name, rows in (("l4_claims", claims), ("l4_statements", statements)))
    given, stated = (table.append_column("shard", pa.array(["s"] * table.num_rows, pa.string())) for table in tables)
    result = verify_facts(given, FactRules(), stated)
    result.check("l4_facts")
    decisions = {row["row_id"]: row for row in result.ledgers["l4_facts"][1].to_pylist()}
    return result.tables["l4_facts"].to_pylist(), result.tables["l4_sources"].to_pylist(), decisions


def test_a_vouched_statement_is_a_fact_by_itself_and_another_base_is_one_source():
    facts, sources, _ = verified([statement("atlas", "capital", "Oslo", **VOUCHED)], [])
    (fact,), (source,) = facts, sources
    assert (fact["text"], fact["independent_sources"], fact["vouched_by"]) == ("Norway, capital: Oslo.", 1, "data team")
    assert fact["parents"] == [source["statement_id"]] == [source["parent_id"]] and source["claim_id"] is None
    assert (source["source"], source["parent_table"], source["quote"], source["agreement"]) == ("atlas 1", "l4_statements", "Oslo", "words")
    facts, _, decisions = verified([statement("atlas", "capital", "Oslo")], [])
    assert facts == [] and [row["rule"] for row in decisions.values()] == ["facts:single_source"]


def test_an_unvouched_base_and_a_page_are_two_sources():
    facts, sources, _ = verified([statement("atlas", "capital", "Oslo")], [claim("a.example", "capital", "OSLO")])
    assert [(fact["independent_sources"], fact["vouched_by"]) for fact in facts] == [(2, None)]
    assert {source["source"] for source in sources} == {"atlas 1", "a.example"}


def test_a_page_that_agrees_confirms_and_one_that_contradicts_is_refuted():
    pages = [claim(f"{name}.example", "capital", value) for name, value in zip("abc", ("Oslo", "Bergen", "Bergen"), strict=True)]
    facts, sources, decisions = verified([statement("atlas", "capital", "Oslo", **VOUCHED)], pages)
    assert [(fact["object"], fact["independent_sources"], fact["contradictions"]) for fact in facts] == [("Oslo", 2, 1)]
    assert {source["source"] for source in sources} == {"atlas 1", "a.example"}
    refuted = decisions["clm_b.example_Bergen_None"]
    assert (refuted["outcome"], refuted["rule"], refuted["related_id"]) == ("dropped", "facts:refuted", "stm_atlas_capital_Oslo_None")
    assert refuted["detail"] == "refuted by atlas 1, for which data team vouches: Oslo"


def test_without_the_base_the_same_pages_would_have_been_believed():
    facts, _, _ = verified([], [claim(f"{name}.example", "capital", "Bergen") for name in "bc"])
    assert [fact["object"] for fact in facts] == ["Bergen"]


def test_other_values_of_a_property_with_several_are_not_refuted():
    pages = [claim(f"{name}.example", "official language", "Sami") for name in "ab"]
    facts, _, _ = verified([statement("atlas", "official language", "Norwegian", **VOUCHED)], pages)
    assert {(fact["object"], fact["vouched_by"]) for fact in facts} == {("Norwegian", "data team"), ("Sami", None)}


def test_a_base_may_state_several_capitals_and_pages_that_name_another_are_refuted():
    base = [statement("atlas", "capital", city, **VOUCHED) for city in ("Pretoria", "Cape Town")]
    facts, _, decisions = verified(base, [claim("a.example", "capital", "Pretoria"), claim("b.example", "capital", "Durban")])
    assert {(fact["object"], fact["independent_sources"]) for fact in facts} == {("Pretoria", 2), ("Cape Town", 1)}
    assert decisions["clm_b.example_Durban_None"]["rule"] == "facts:refuted"


def test_values_of_other_times_are_not_refuted_and_follow_each_other():
    base = [statement("census", "population", value, time, **VOUCHED) for value, time in (("4000000", "1990"), ("5000000", "2020"))]
    pages = [claim(f"{name}.example", "population", "4500000", "2005") for name in "ab"]
    pages += [claim("c.example", "population", "4100000", "1990"), claim("d.example", "population", "5000000")]
    facts, _, decisions = verified(base, pages)
    assert [
        (fact["object"], fact["valid_from"], fact["valid_until"], fact["state"])
        for fact in sorted(facts, key=lambda one: one["valid_from"])
    ] == [
        ("4000000", "1990", "2005", "superseded"),
        ("4500000", "2005", "2020", "superseded"),
        ("5000000", "2020", None, "current"),
    ]
    assert decisions["clm_c.example_4100000_1990"]["detail"] == "refuted by census 1, for which data team vouches: 4000000 (1990)"
    assert decisions["clm_d.example_5000000_None"]["outcome"] == "kept"


def test_a_page_without_a_time_is_not_refuted_where_the_property_changes():
    pages = [claim(f"{name}.example", "population", "4700000") for name in "ab"]
    facts, _, _ = verified([statement("census", "population", "4000000", "1990", **VOUCHED)], pages)
    assert {fact["object"] for fact in facts} == {"4000000", "4700000"}


def test_values_agree_by_their_type():
    pages = [
        claim("a.example", "area", "148,729 sq mi"),
        claim("b.example", "area", "385 000 km²"),
        claim("c.example", "area", "324,000 km²"),
    ]
    facts, sources, decisions = verified([statement("atlas", "area", "385207 km²", **VOUCHED)], pages)
    assert len(facts) == 1 and {source["agreement"] for source in sources} >= {"words", "unit conversion"}
    assert decisions["clm_c.example_324,000 km²_None"]["rule"] == "facts:refuted"


def test_vouched_bases_that_disagree_wait_for_a_person_unless_pages_decide():
    base = [statement("atlas", "capital", "Oslo", **VOUCHED), statement("gazette", "capital", "Bergen", **VOUCHED)]
    facts, _, decisions = verified(base, [])
    assert facts == [] and {row["rule"] for row in decisions.values()} == {"facts:bases_disagree"}
    assert {row["detail"] for row in decisions.values()} == {"atlas 1: Oslo; gazette 1: Bergen"}
    facts, _, _ = verified(base, [claim("a.example", "capital", "Oslo")])
    assert [(fact["object"], fact["independent_sources"]) for fact in facts] == [("Oslo", 2)]


def test_bases_of_one_lineage_and_their_sites_are_one_source():
    pair = [statement("atlas", "capital", "Oslo", derived_from=["gazette"]), statement("gazette", "capital", "Oslo")]
    facts, _, _ = verified(pair, [])
    assert facts == []
    facts, _, _ = verified([statement("atlas", "capital", "Oslo", derived_from=["a.example"])], [claim("a.example", "capital", "Oslo")])
    assert facts == []
    facts, _, _ = verified([statement("atlas", "capital", "Oslo"), statement("gazette", "capital", "Oslo")], [])
    assert [fact["independent_sources"] for fact in facts] == [2]


def test_a_lapsed_vouching_counts_no_more_and_says_so():
    why = "data team vouched on 2026-02-02 for other bytes of atlas.csv"
    facts, _, decisions = verified([statement("atlas", "capital", "Oslo", lapsed=why)], [])
    assert facts == [] and [row["detail"] for row in decisions.values()] == [why]


def test_a_name_that_several_things_of_a_base_have_states_nothing():
    facts, _, decisions = verified([statement("atlas", "capital", "Oslo", subject_shared=True, **VOUCHED)], [])
    assert facts == [] and [(row["outcome"], row["rule"]) for row in decisions.values()] == [("dropped", "facts:ambiguous_subject")]


@pytest.mark.parametrize("turn", [1, -1])
def test_the_order_of_rows_decides_nothing(turn):
    base = [statement(name, "capital", "Oslo", **VOUCHED) for name in ("atlas", "gazette")]
    pages = [claim("a.example", "capital", "Bergen"), claim("b.example", "capital", "Oslo")]
    assert verified(base, pages)[0] == verified(base[::turn], pages[::turn])[0]


def test_what_a_base_says_twice_as_written_agrees_with_a_page_of_two_readings():
    facts, sources, _ = verified([statement("table", "density", "7.874 g/cm³", **VOUCHED)], [claim("a.example", "density", "7.874 g/cm³")])
    assert len(facts) == 1 and len(sources) == 2 and facts[0]["value_normal"] == "7874 kilogram / meter^3"
