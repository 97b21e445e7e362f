"""What changes: the newest value that enough sources state is the present one, older ones end, and what nothing orders is no fact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.knowledge.test_facts import claims, verified
from tierline.knowledge import FactRules

NEW, OLD, OTHER = "5,379,475", "4,300,000", "4,900,000"
BARE = ("", "", "")


def stated(value, *datings, predicate="population", host="site"):
    """A claim for each (time, date of the page, what that is of), each of a site of its own."""
    rows = []
    for number, (time, day, of) in enumerate(datings):
        (row,) = claims([(f"{host}{number}-{value[:3].replace(' ', '')}.com", "Arvania", predicate, value)])
        rows.append(row | {"time": time or None, "page_time": day or None, "page_time_source": of or None})
    return rows


def numbered(*parts):
    rows = [row for part in parts for row in part]
    return [row | {"claim_id": f"clm_{place:02}", "parents": [f"doc_{place}"]} for place, row in enumerate(rows)]


def history(*parts):
    """(value, state, valid_from, valid_until) of the facts, from the last to the first."""
    facts = verified(numbered(*parts)).tables["l4_facts"].to_pylist()
    return sorted(((one["object"], one["state"], one["valid_from"], one["valid_until"]) for one in facts), key=lambda one: one[3] or "9")[
        ::-1
    ]


def rules(*parts):
    return {row["rule"] for row in verified(numbered(*parts)).ledgers["l4_facts"][1].to_pylist()}


def test_a_newer_value_supersedes_an_older_one_that_more_sources_state():
    new, old = stated(NEW, *[("2022", "", "")] * 2), stated(OLD, *[("1994", "", "")] * 3)
    assert history(new, old) == [(NEW, "current", "2022", None), (OLD, "superseded", "1994", "2022")]
    last, first = sorted(verified(numbered(new, old)).tables["l4_facts"].to_pylist(), key=lambda row: row["state"])
    assert first["superseded_by"] == last["fact_id"] and first["contradictions"] == last["contradictions"] == 0
    assert first["text"] == f"Arvania, population (1994): {OLD}." and last["dated_by"] == "stated"


@pytest.mark.parametrize("dating", [BARE, ("", "2024-05-01", "fetched"), ("", "2024-05-01", "modified")])
def test_a_majority_without_a_time_does_not_outvote_a_stated_one(dating):
    parts = stated(NEW, *[("2022", "", "")] * 2), stated(OLD, *[dating] * 3)
    assert history(*parts) == [(NEW, "current", "2022", None)] and rules(*parts) == {None, "facts:undated"}


def test_a_value_that_came_back_is_a_fact_of_both_times():
    terms = [("Ann Lee", "1996/2008"), ("Bo Day", "2008/2020"), ("Ann Lee", "2020/..")]
    parts = [stated(name, *[(time, "", "")] * 2, predicate="head of state", host=f"t{time[:4]}") for name, time in terms]
    assert history(*parts) == [
        ("Ann Lee", "current", "2020", None), ("Bo Day", "superseded", "2008", "2020"), ("Ann Lee", "superseded", "1996", "2008"),
    ]  # fmt: skip


def test_values_of_one_time_contradict_each_other():
    assert history(stated(NEW, *[("2022", "", "")] * 2), stated(OTHER, *[("2022", "", "")] * 2)) == []
    assert history(stated(NEW, *[("2022", "", "")] * 3), stated(OTHER, *[("2022", "", "")] * 2)) == [(NEW, "current", "2022", None)]


def test_one_page_that_repeats_an_old_value_as_new_takes_nothing_from_those_that_follow():
    old = stated(OLD, ("1994", "", ""), ("1995", "", ""), ("2010", "", ""))
    new = stated(NEW, ("2010", "", ""), ("2011", "", ""))
    assert history(old, new) == [(NEW, "current", "2011", None), (OLD, "superseded", "1995", "2011")]


def test_a_time_needs_as_many_sources_as_a_value():
    assert history(stated(NEW, ("2022", "", ""), BARE)) == [(NEW, None, None, None)]
    assert history(stated(NEW, ("2022", "", ""), ("2021", "", ""), ("2019", "", ""))) == [(NEW, "current", "2021", None)]


def test_dates_of_pages_order_what_lies_far_apart():
    new = stated(NEW, ("", "2023-01-01", "modified"), ("", "2022", "published"))
    assert history(new, stated(OLD, ("", "1996", "url"), ("", "1997", "fetched"), BARE)) == [
        (NEW, "current", None, None), (OLD, "superseded", None, "2023-01-01"),
    ]  # fmt: skip
    assert history(new, stated(OLD, *[("", "2024-06-01", "modified")] * 3)) == []
    assert history(new, stated(OLD, *[("", "2020", "published")] * 3)) == []
    assert history(stated(NEW, ("", "2022", "published"), BARE), stated(OLD, *[("", "1996", "url")] * 2)) == []


def test_a_value_of_dated_pages_stands_beside_one_that_nothing_dates():
    bare = stated(OLD, *[BARE] * 3)
    assert history(stated(NEW, ("2022", "", ""), ("", "2023", "published")), bare) == [(NEW, "current", None, None)]
    assert history(stated(NEW, *[("", "2023", "modified")] * 2), bare) == []


def test_without_any_date_neither_of_two_values_is_a_fact_unless_one_rests_on_sites_that_err():
    parts = stated(OLD, *[BARE] * 3), stated(NEW, *[BARE] * 2)
    assert history(*parts) == [] and rules(*parts) == {"facts:undated"}
    sites = [[row["domain"] for row in part] for part in parts]
    areas = [(host, "Arvania", "area", value) for hosts, value in zip(sites, ("454 km²", "300 km²"), strict=True) for host in hosts]
    assert (OLD, None, None, None) in history(*parts, claims(areas))


@pytest.mark.parametrize(
    ("old", "newer", "is_fact"),
    [
        ([("1994", "", ""), ("", "1996", "modified"), ("", "2025-06-01", "fetched")], ("", "2024-11-05", "published"), False),
        ([("1994", "", ""), ("", "1996", "modified"), ("", "2025-06-01", "fetched")], ("2024", "", ""), False),
        ([("1994", "", ""), ("", "2025-06-01", "fetched"), BARE], ("2024", "", ""), False),
        ([("1994", "", ""), ("", "2022", "published")], ("2024", "", ""), True),
        ([("", "2025-06-01", "fetched")] * 3, ("2024", "", ""), False),  # all of one crawl: nothing says of when they are
        ([("", "1994", "published")] * 3, ("", "1997", "published"), True),  # no more than LAG later
        ([("", "1997-05-01", "fetched")] * 3, ("", "2024-02-01", "fetched"), False),
        ([("", "2024-05-01", "fetched")] * 3, ("", "2024-02-01", "fetched"), False),
        ([BARE] * 3, BARE, False),
        ([("", "2025-01-15", "modified")] * 3, ("2024", "", ""), False),  # as is stated again on a page that was modified
        ([("", "1994", "published")] * 3, BARE, True),
        ([("1994", "", "")] * 3, ("2024", "", ""), True),  # says itself of which time it is
    ],
)
def test_a_value_that_one_page_contradicts_is_no_fact_of_the_present_unless_dates_show_that_it_is_of_it(old, newer, is_fact):
    found = history(stated(OLD, *old), stated(NEW, newer))
    assert [row[0] for row in found] == [OLD] * is_fact
    assert ("facts:undated" in rules(stated(OLD, *old), stated(NEW, newer))) == (not is_fact)


def test_a_site_that_stands_against_facts_withholds_none():
    parts = stated(OLD, *[BARE] * 3), stated(NEW, BARE)
    hosts = [row["domain"] for part in parts for row in part]
    for areas, is_fact in (("454", "454", "454", "300"), True), (("454", "454", "454", "454"), False):
        found = history(*parts, claims([(host, "Arvania", "area", f"{area} km²") for host, area in zip(hosts, areas, strict=True)]))
        assert ((OLD, None, None, None) in found) == is_fact


def test_a_page_that_states_two_values_withholds_neither():
    rows = numbered(stated(OLD, *[BARE] * 3), stated(OLD, BARE, host="list"), stated(NEW, BARE, host="list"))
    rows[-1] |= {name: rows[-2][name] for name in ("domain", "parents")}
    assert [fact["object"] for fact in verified(rows).tables["l4_facts"].to_pylist()] == [OLD]


def test_what_does_not_change_is_decided_by_most_sources_whatever_their_dates():
    new, old = (
        stated(value, *[(time, "", "")] * count, predicate="elevation") for value, time, count in (("9 m", "2022", 2), ("5 m", "1994", 3))
    )
    assert history(new, old) == [("5 m", None, None, None)]


DATINGS = st.tuples(st.sampled_from(["", "1994", "2010-05", "2022", "2005/2012", "2020/.."]),
                    st.sampled_from(["", "1996", "2021-03-04"]), st.sampled_from(["modified", "published", "fetched"]))  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([NEW, OLD, OTHER, "5.4 million"]), DATINGS), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_claims_decides_nothing_and_each_is_decided_once(statements, chance):
    rows = numbered(*(stated(value, dating, host=f"h{place}") for place, (value, dating) in enumerate(statements)))
    shuffled = list(rows)
    chance.shuffle(shuffled)
    one, other = verified(rows, FactRules()), verified(shuffled, FactRules())
    facts = one.tables["l4_facts"].to_pylist()
    assert one.tables["l4_facts"].sort_by("fact_id") == other.tables["l4_facts"].sort_by("fact_id")
    ledger = one.ledgers["l4_facts"][1].to_pylist()
    assert sorted(row["row_id"] for row in ledger) == sorted(row["claim_id"] for row in rows)
    assert all({row["row_id"] for row in ledger if row["related_id"] == fact["fact_id"]} == set(fact["parents"]) for fact in facts)
    assert sum(fact["state"] == "current" for fact in facts) <= 1
