"""Values: each claim is part of one, with a state that says how it stands and the sources on both sides."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import rows_of
from tests.unit.knowledge.test_vouched import VOUCHED, claim, statement
from tierline.knowledge import FactRules, verify_facts

WORDS = ("Oslo", "Bergen", "Tromsø")


def stated(claims: list[dict], statements: list[dict] | None = None, before: pa.Table | None = None) -> pa.Table:
    """`l4_values` of claims and statements; every claim is in one of them or has a decision that says why of none."""
    tables = (rows_of(name, rows) for name, rows in (("l4_claims", claims), ("l4_statements", statements or [])))
    given, bases = (table.append_column("shard", pa.array(["s"] * table.num_rows, pa.string())) for table in tables)
    result = verify_facts(given, FactRules(), bases, before.to_batches() if before is not None else ())
    result.check("l4_facts")
    values, decisions = result.tables["l4_values"], result.ledgers["l4_facts"][1].to_pylist()
    parents = [claim for row in values.to_pylist() for claim in row["parents"]]
    unclear = [row["row_id"] for row in decisions if row["rule"] == "facts:ambiguous_subject"]
    assert sorted([*parents, *unclear]) == sorted(row["row_id"] for row in decisions)
    promoted = {row["fact_id"] for row in values.to_pylist() if row["state"] in ("verified", "superseded")}
    assert promoted == {row["fact_id"] for row in result.tables["l4_facts"].to_pylist()}
    return values


def states(values: pa.Table) -> dict[str, tuple[str, str]]:
    """Object -> (state, reason)."""
    return {row["object"]: (row["state"], row["reason"]) for row in values.to_pylist()}


def sides(values: pa.Table) -> dict[str, tuple[list[str], list[str]]]:
    """Object -> (sources for it, sources against it)."""
    return {row["object"]: (row["sources_for"], row["sources_against"]) for row in values.to_pylist()}


def pages(*values: str, predicate: str = "capital", time: str | None = None, host: str = "site") -> list[dict]:
    return [claim(f"{host}{number}.example", predicate, value, time) for number, value in enumerate(values)]


def test_what_two_state_is_verified_and_what_they_outweigh_is_refuted():
    values = stated(pages("Oslo", "Oslo", "Bergen"))
    assert states(values) == {"Oslo": ("verified", "facts:agreed"), "Bergen": ("refuted", "facts:outweighed")}
    assert sides(values)["Oslo"] == (["site0.example", "site1.example"], ["site2.example"])
    assert sides(values)["Bergen"] == (["site2.example"], ["site0.example", "site1.example"])
    verified, refuted = sorted(values.to_pylist(), key=lambda row: row["object"], reverse=True)
    assert refuted["decided_by"] == verified["fact_id"] and refuted["fact_id"] is None


def test_a_tie_is_contradicted_on_both_sides_and_so_is_one_source_against_another():
    assert states(stated(pages("Oslo", "Oslo", "Bergen", "Bergen"))) == dict.fromkeys(
        ("Oslo", "Bergen"), ("contradicted", "facts:contradicted")
    )
    values = stated(pages("Oslo", "Bergen"))
    assert states(values) == dict.fromkeys(("Oslo", "Bergen"), ("contradicted", "facts:disputed"))
    assert sides(values) == {"Oslo": (["site0.example"], ["site1.example"]), "Bergen": (["site1.example"], ["site0.example"])}


def test_of_a_property_with_several_values_one_source_says_nothing_against_another():
    values = stated(pages("Norwegian", "Sami", predicate="official language"))
    assert states(values) == dict.fromkeys(("Norwegian", "Sami"), ("single_source", "facts:single_source"))


def test_a_page_with_several_values_is_for_each_and_against_none():
    listed = [claim("list.example", "capital", value) for value in ("Oslo", "Bergen")]
    values = stated([*pages("Oslo", "Bergen"), *listed])
    assert states(values) == dict.fromkeys(("Oslo", "Bergen"), ("contradicted", "facts:contradicted"))
    assert sides(values)["Oslo"] == (["list.example", "site0.example"], ["site1.example"])
    assert [row["listing"] for row in values.to_pylist()] == [1, 1]
    assert states(stated(listed)) == dict.fromkeys(("Oslo", "Bergen"), ("single_source", "facts:single_source"))


@settings(max_examples=30)
@given(st.lists(st.sampled_from(WORDS), min_size=3, max_size=8), st.sets(st.sampled_from(WORDS), min_size=2))
def test_no_list_switches_off_what_other_pages_say(said, listed):
    """Beside a list, what was refuted or contradicted by others still has them against it, and nothing loses a source."""
    alone = stated(pages(*said))
    beside = stated([*pages(*said), *(claim("list.example", "capital", value) for value in sorted(listed))])
    before, after = sides(alone), sides(beside)
    for value, (own, against) in before.items():
        assert set(own) <= set(after[value][0]) and set(against) == set(after[value][1])


def test_a_vouched_base_refutes_and_is_named_against():
    values = stated(pages("Bergen", "Bergen"), [statement("atlas", "capital", "Oslo", **VOUCHED)])
    assert states(values) == {"Oslo": ("verified", "facts:vouched"), "Bergen": ("refuted", "facts:refuted")}
    (refuted,) = (row for row in values.to_pylist() if row["object"] == "Bergen")
    assert (refuted["sources_for"], refuted["sources_against"]) == (["site0.example", "site1.example"], ["atlas 1"])
    assert refuted["decided_by"] == "stm_atlas_capital_Oslo_None" and len(refuted["parents"]) == 2


def test_values_of_other_times_are_superseded_and_not_refuted():
    now = pages("5,500,000", "5,500,000", predicate="population", time="2024")
    then = pages("4,300,000", "4,300,000", predicate="population", time="1994", host="old")
    lone = pages("3,900,000", predicate="population", time="1970", host="older")
    values = stated([*now, *then, *lone])
    assert states(values) == {
        "5,500,000": ("verified", "facts:agreed"),
        "4,300,000": ("superseded", "facts:superseded"),
        "3,900,000": ("single_source", "facts:single_source"),
    }
    assert all(not against for _, against in sides(values).values())
    rows = {row["state"]: row for row in values.to_pylist()}
    assert rows["superseded"]["decided_by"] == rows["verified"]["fact_id"] and rows["superseded"]["valid_until"] == "2024"


def test_what_nothing_dates_is_contradicted_and_no_fact():
    values = stated(
        [*pages("5,500,000", "5,500,000", predicate="population"), *pages("4,300,000", "4,300,000", predicate="population", host="old")]
    )
    assert states(values) == dict.fromkeys(("5,500,000", "4,300,000"), ("contradicted", "facts:undated"))


def test_a_closer_value_that_one_source_states_is_a_value_of_its_own():
    values = stated(pages("1 May 1048", "1048", "3 June 1048", predicate="founding date"))
    assert sum(len(row["parents"]) for row in values.to_pylist()) == 3
    assert {row["state"] for row in values.to_pylist()} <= {"verified", "single_source", "contradicted", "refuted"}
    assert states(values)["1048"] == ("verified", "facts:agreed")
