"""Facts: independent sites must agree, a contradiction is never decided by a tie, and every claim gets its decision."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import rows_of
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.facts import independent_domains
from tierline.knowledge.keys import normal_key


def facts_of(make_rows, *statements: tuple[str, str, str, str]):
    rows = []
    for number, (domain, subject, predicate, value) in enumerate(statements):
        row = {"claim_id": f"clm_{number}", "parents": [f"doc_{number}"], "subject": subject, "predicate": predicate, "object": value}
        rows.append(row | {"subject_key": normal_key(subject), "object_key": normal_key(value), "domain": domain, "language": "en"})
    table = make_rows("l4_claims", rows)
    table = table.append_column("shard", [["s"] * len(rows)])
    result = verify_facts(table, FactRules())
    result.check("l4_facts")
    decisions = {row["row_id"]: (row["outcome"], row["rule"]) for row in result.ledgers["l4_facts"][1].to_pylist()}
    return result.tables["l4_facts"].to_pylist(), result.tables["l4_sources"].to_pylist(), list(decisions.values())


def test_two_domains_make_a_fact_and_two_hosts_of_one_domain_do_not(make_rows):
    facts, sources, _ = facts_of(make_rows, ("a.example", "Oslo", "country", "Norway"), ("b.example", "oslo", "country", "NORWAY"))
    assert [fact["independent_sources"] for fact in facts] == [2] and len(sources) == 2
    facts, _, decisions = facts_of(make_rows, ("www.a.com", "Oslo", "country", "Norway"), ("shop.a.com", "Oslo", "country", "Norway"))
    assert facts == [] and decisions == [("dropped", "facts:single_source")] * 2


def test_a_contradiction_quarantines_a_tie_and_marks_a_majority(make_rows):
    tie = [
        (f"{name}.example", "Oslo", "founding date", value) for name, value in zip("abcd", ("1048", "1048", "1050", "1050"), strict=True)
    ]
    facts, _, decisions = facts_of(make_rows, *tie)
    assert facts == [] and decisions == [("quarantined", "facts:contradicted")] * 4
    facts, _, decisions = facts_of(make_rows, *tie[:3])
    assert [(fact["object"], fact["contradictions"]) for fact in facts] == [("1048", 1)]
    assert sorted(decisions, key=str)[0] == ("dropped", "facts:single_source")


def test_several_values_on_one_page_are_a_list_and_no_contradiction(make_rows):
    rows = [
        ("a.example", "Oslo", "twin", "Aa"),
        ("b.example", "Oslo", "twin", "Aa"),
        ("a.example", "Oslo", "twin", "Bb"),
        ("b.example", "Oslo", "twin", "Bb"),
    ]
    made = [
        {
            "claim_id": f"clm_{n}",
            "parents": [row[0]],
            "subject": row[1],
            "predicate": row[2],
            "object": row[3],
            "subject_key": "oslo",
            "object_key": row[3].lower(),
            "domain": row[0],
            "language": "en",
        }
        for n, row in enumerate(rows)
    ]
    table = make_rows("l4_claims", made).append_column("shard", [["s"] * 4])
    facts = verify_facts(table, FactRules()).tables["l4_facts"].to_pylist()
    assert {(fact["object"], fact["contradictions"]) for fact in facts} == {("Aa", 0), ("Bb", 0)}


@pytest.mark.parametrize(
    ("hosts", "count"),
    [
        (["www.a.com", "shop.a.com", "a.com"], 1),
        (["a.co.uk", "b.co.uk"], 2),
        (["one.github.io", "two.github.io"], 1),  # a host that lends names to many counts once
        ([None, "", "a.com"], 1),
        ([None], 0),
        (["192.0.2.1", "192.0.2.2"], 2),
    ],
)
def test_a_source_is_a_registrable_domain(hosts, count):
    assert len(independent_domains(hosts)) == count


def test_how_many_sources_a_fact_needs_is_a_rule_and_the_decision_shows_both_numbers(make_rows):
    rows = claims([(f"{name}.example", "Oslo", "country", "Norway") for name in "ab"])
    assert decided(rows, FactRules(independent_sources_min=2)) == {("kept", None)}
    (decision, _) = decisions_of(rows, FactRules(independent_sources_min=3))
    assert (decision["rule"], decision["value"], decision["threshold"]) == ("facts:single_source", 2, 3)


def test_the_first_spelling_by_claim_id_is_the_facts_and_its_text_says_it_whole():
    rows = claims([("a.example", "OSLO", "country", "Norway"), ("b.example", "Oslo", "country", "norway")])
    (fact,) = verified(rows).tables["l4_facts"].to_pylist()
    assert fact["text"] == "OSLO, country: Norway." and fact["tokens"] > 0 and fact["parents"] == ["clm_0", "clm_1"]


@pytest.mark.parametrize(("languages", "expected"), [(("de", "en"), "en"), (("fr", "de"), "de"), (("no", "no"), "no")])
def test_a_fact_is_english_if_one_source_is(languages, expected):
    rows = claims([(f"{name}.example", "Oslo", "country", "Norway") for name in "ab"])
    rows = [row | {"language": language} for row, language in zip(rows, languages, strict=True)]
    assert verified(rows).tables["l4_facts"]["language"].to_pylist() == [expected]


def test_sources_carry_the_quote_and_where_it_stands():
    rows = claims([(f"{name}.example", "Oslo", "country", "Norway") for name in "ab"])
    rows = [row | {"quote": "Oslo, Norway", "span_start": 3, "span_end": 15, "parent_table": "l2_selected"} for row in rows]
    result = verified(rows)
    (fact,) = result.tables["l4_facts"].to_pylist()
    sources = result.tables["l4_sources"].to_pylist()
    assert {source["fact_id"] for source in sources} == {fact["fact_id"]} and {source["claim_id"] for source in sources} == {
        "clm_0",
        "clm_1",
    }
    assert all((one["quote"], one["span_start"], one["span_end"], one["parent_shard"]) == ("Oslo, Norway", 3, 15, "s") for one in sources)
    assert [source["parent_id"] for source in sources] == ["doc_0", "doc_1"]


STATEMENTS = st.lists(
    st.tuples(
        st.sampled_from(["a.com", "www.a.com", "b.com", "c.com"]),
        st.just("X"),
        st.sampled_from(["p", "q"]),
        st.sampled_from(["1", "2", "3"]),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(STATEMENTS, st.randoms(use_true_random=False))
def test_the_order_of_claims_decides_nothing_and_each_is_decided_once(statements, chance):
    rows = claims(statements)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    one, other = verified(rows), verified(shuffled)
    assert one.tables["l4_facts"].sort_by("fact_id") == other.tables["l4_facts"].sort_by("fact_id")
    ledger = one.ledgers["l4_facts"][1].to_pylist()
    assert sorted(row["row_id"] for row in ledger) == sorted(row["claim_id"] for row in rows)
    for fact in one.tables["l4_facts"].to_pylist():
        assert fact["independent_sources"] >= 2
        kept = {row["row_id"] for row in ledger if row["related_id"] == fact["fact_id"]}
        assert kept == set(fact["parents"])


def test_another_supporting_claim_makes_another_fact_id():
    few = claims([(f"{name}.example", "Oslo", "country", "Norway") for name in "ab"])
    more = claims([(f"{name}.example", "Oslo", "country", "Norway") for name in "abc"])
    ids = [verified(rows).tables["l4_facts"]["fact_id"].to_pylist() for rows in (few, few, more)]
    assert ids[0] == ids[1] != ids[2]


def claims(statements: list[tuple[str, str, str, str]]) -> list[dict]:
    """A claim for each (domain, subject, predicate, object), each of a page of its own."""
    return [
        {
            "claim_id": f"clm_{number}",
            "parents": [f"doc_{number}"],
            "domain": domain,
            "language": "en",
            "subject": subject,
            "predicate": predicate,
            "object": value,
            "subject_key": normal_key(subject),
            "object_key": normal_key(value),
        }
        for number, (domain, subject, predicate, value) in enumerate(statements)
    ]


def verified(rows: list[dict], rules: FactRules | None = None):
    result = verify_facts(rows_of("l4_claims", rows).append_column("shard", [["s"] * len(rows)]), rules or FactRules())
    result.check("l4_facts")
    return result


def decisions_of(rows: list[dict], rules: FactRules) -> list[dict]:
    return verified(rows, rules).ledgers["l4_facts"][1].to_pylist()


def decided(rows: list[dict], rules: FactRules) -> set[tuple]:
    return {(row["outcome"], row["rule"]) for row in decisions_of(rows, rules)}
