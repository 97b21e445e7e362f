"""Facts: independent sites must agree, a contradiction is never decided by a tie, and every claim gets its decision."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import rows_of
from tests.unit.knowledge.in_common import common_text
from tierline.knowledge import FactRules, properties, verify_facts
from tierline.knowledge.keys import normal_key
from tierline.knowledge.sources import sources_of


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


def pages(*statements: tuple[str, str], predicate: str = "founding date") -> list[dict]:
    """Claims of (domain, value), one page a domain."""
    rows = claims([(domain, "Oslo", predicate, value) for domain, value in statements])
    return [row | {"parents": [f"page_{row['domain']}"]} for row in rows]


def facts_found(rows: list[dict]) -> set[tuple]:
    return {(fact["object"], fact["independent_sources"], fact["contradictions"]) for fact in verified(rows).tables["l4_facts"].to_pylist()}


def test_a_page_with_two_values_does_not_switch_off_what_other_pages_contradict():
    tie = [("a.com", "1048"), ("b.com", "1048"), ("c.com", "1050"), ("d.com", "1050")]
    assert facts_found(pages(*tie)) == set()
    assert facts_found(pages(*tie, ("list.com", "1048"), ("list.com", "1050"))) == set()
    assert facts_found(pages(*tie, ("e.com", "1048"), ("list.com", "1048"), ("list.com", "1050"))) == {("1048", 4, 1)}


def test_a_list_on_one_page_is_no_vote_against_what_others_say():
    rows = pages(("a.com", "1048"), ("b.com", "1048"), ("list.com", "1050"), ("list.com", "1051"))
    assert facts_found(rows) == {("1048", 2, 0)}
    rows = pages(("a.com", "1048"), ("b.com", "1050"), ("list.com", "1048"), ("list.com", "1050"))
    assert facts_found(rows) == set()


def test_where_most_domains_give_lists_a_page_with_one_value_takes_none_away():
    lists = [(domain, value) for domain in ("a.com", "b.com") for value in ("Aa", "Bb")]
    assert facts_found(pages(*lists, ("c.com", "Aa"), predicate="twin")) == {("Aa", 3, 0), ("Bb", 2, 1)}
    assert facts_found(pages(*lists, ("c.com", "Cc"), predicate="twin")) == {("Aa", 2, 1), ("Bb", 2, 1)}


def test_a_page_that_gives_one_value_twice_gives_no_list():
    rows = pages(("a.com", "1945"), ("a.com", "24 October 1945"), ("b.com", "October 24, 1945"), ("c.com", "1946"), ("d.com", "1946"))
    assert facts_found(rows) == set()


def test_values_agree_in_any_form_and_the_fact_says_by_which_rule():
    rows = claims([("a.com", "Oslo", "area", "454 km²"), ("b.com", "Oslo", "area", "175.3 sq mi"), ("c.com", "Oslo", "area", "300 km²")])
    result = verified(rows)
    (fact,) = result.tables["l4_facts"].to_pylist()
    assert (fact["object"], fact["independent_sources"], fact["contradictions"]) == ("454 km²", 2, 1)
    assert (fact["value_type"], fact["value_normal"], fact["value_precision"]) == ("number", "454000000 meter^2", "±500000")
    by_claim = {row["claim_id"]: row["agreement"] for row in result.tables["l4_sources"].to_pylist()}
    assert [by_claim[row["claim_id"]] for row in rows[:2]] == ["words", "unit conversion"]


def test_a_fact_is_as_precise_as_two_domains_state_it():
    assert facts_found(pages(("a.com", "24 October 1945"), ("b.com", "1945"))) == {("1945", 2, 0)}
    assert facts_found(pages(("a.com", "24 October 1945"), ("b.com", "1945-10-24"), ("c.com", "1945"))) == {("24 October 1945", 2, 0)}


def test_what_is_ambiguous_neither_supports_nor_contradicts():
    rows = pages(("a.com", "3 April 1945"), ("b.com", "3 April 1945"), ("c.com", "03/04/1945"), ("d.com", "03/04/1945"))
    assert facts_found(rows) == {("3 April 1945", 2, 0)} and ("dropped", "facts:ambiguous") in decided(rows, FactRules())
    assert facts_found(rows[2:]) == {("03/04/1945", 2, 0)}


def test_truth_that_is_written_in_ways_that_do_not_agree_votes_together():
    wrong = [("a.com", "39 461 sq km"), ("b.com", "39,461 km²")]
    assert facts_found(pages(*wrong, ("c.com", "30.355 km²"), ("d.com", "30355 km²"), predicate="area")) == set()
    assert facts_found(pages(*wrong, ("c.com", "11,720 sq mi"), ("d.com", "30355"), predicate="area")) == set()
    assert facts_found(pages(*wrong, ("c.com", "30.355 km²"), ("d.com", "50000 km²"), predicate="area")) == {("39 461 sq km", 2, 2)}


def test_of_very_many_values_each_contradicts_all_others(monkeypatch):
    monkeypatch.setattr(properties, "MOST_CENTERS", 3)
    values = [("a.com", "1048"), ("b.com", "1048"), *((f"{number}.com", f"{number}") for number in range(1050, 1060))]
    assert facts_found(pages(*values)) == {("1048", 2, 10)}


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
    rows = claims([(host, "Oslo", "country", "Norway") for host in hosts])
    assert len(sources_of(rows_of("l4_claims", rows).to_pylist(), common_text(())).sites) == count


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
