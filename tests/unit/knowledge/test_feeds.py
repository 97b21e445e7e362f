"""Feeds: sites whose numbers are equal digit by digit have one vote where others contradict them, and only there."""

import pytest

from tests.conftest import rows_of
from tests.unit.knowledge.in_common import feeds_of
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.feeds import COMPARED_MIN, FEEDS_MAX
from tierline.knowledge.keys import normal_key

SUBJECTS = [f"Land {number}" for number in range(12)]


def claims(*sites: tuple[str, int, str]) -> list[dict]:
    """Areas of all subjects for each (host, factor, form)."""
    rows = [
        {
            "claim_id": f"clm_{host}_{number}",
            "page_id": f"doc_{host}_{number}",
            "parents": [f"doc_{host}_{number}"],
            "domain": host,
            "language": "en",
            "subject": subject,
            "predicate": "area",
            "object": form.format((number + 3) * 1_237 * factor),
            "subject_key": normal_key(subject),
            "value_type": "number",
        }
        for host, factor, form in sites
        for number, subject in enumerate(SUBJECTS)
    ]
    return rows_of("l4_claims", rows).append_column("shard", [["s"] * len(rows)]).to_pylist()


def facts(rows: list[dict]) -> tuple[list[dict], list[dict], set]:
    table = rows_of("l4_claims", [{name: value for name, value in row.items() if name != "shard"} for row in rows])
    result = verify_facts(table.append_column("shard", [["s"] * len(rows)]), FactRules())
    result.check("l4_facts")
    reasons = {(row["outcome"], row["rule"]) for row in result.ledgers["l4_facts"][1].to_pylist()}
    return result.tables["l4_facts"].to_pylist(), result.tables["l4_sources"].to_pylist(), reasons


FEED = [(f"feed{number}.example", 2, "{} km²") for number in range(3)]
TRUE = [("a.example", 1, "{:,} km²"), ("b.example", 1, "{} sq km")]


def test_a_feed_has_one_vote_against_two_sources():
    found, sources, reasons = facts(claims(*FEED, *TRUE))
    assert len(found) == len(SUBJECTS) and {(fact["independent_sources"], fact["contradictions"]) for fact in found} == {(2, 1)}
    assert {row["source"] for row in sources} == {"a.example", "b.example"} and ("quarantined", "facts:contradicted") in reasons


def test_two_feeds_that_contradict_each_other_are_a_tie():
    assert facts(claims(*FEED, ("a.example", 1, "{:,} km²"), ("b.example", 1, "{:,} km²")))[0] == []


def test_a_feed_stands_where_nobody_or_one_site_alone_contradicts_it():
    for rows, contradictions in ((claims(*FEED), 0), (claims(*FEED, TRUE[0]), 1)):
        found, _, _ = facts(rows)
        assert {(fact["independent_sources"], fact["contradictions"]) for fact in found} == {(3, contradictions)}


def test_a_feed_and_a_site_of_its_own_are_two_sources_and_the_row_says_why():
    found, sources, _ = facts(claims(*FEED, ("own.example", 2, "{:,} km²"), *TRUE[:1], ("c.example", 1, "{:,} km²")))
    assert {fact["independent_sources"] for fact in found} == {2}
    said = {(row["domain"], row["source"], row["source_reason"]) for row in sources}
    assert ("feed1.example", "feed0.example", "data: 1.00 of feed0.example") in said
    assert ("own.example", "own.example", None) in said


@pytest.mark.parametrize(("size", "changed", "is_one"), [(COMPARED_MIN - 1, 0, False), (COMPARED_MIN, 0, True), (12, 1, False)])
def test_sites_have_one_feed_if_enough_numbers_are_equal(size, changed, is_one):
    rows = [row for row in claims(*FEED[:2]) if int(row["subject"].split()[1]) < size]
    rows = [
        row | {"object": "1,111 km²"} if row["domain"] == "feed1.example" and row["subject"] in SUBJECTS[:changed] else row for row in rows
    ]
    sites = {f"feed{number}.example": frozenset({f"feed{number}.example"}) for number in range(2)}
    assert (feeds_of(rows).joined(sites)["feed1.example"][0] == "feed0.example") == is_one


def test_rounded_numbers_and_words_are_no_sign_of_a_feed():
    rows = [row | {"object": "1,200,000 km²"} for row in claims(*FEED)] + [row | {"value_type": "name"} for row in claims(*FEED)]
    sites = {host: frozenset({host}) for host, _, _ in FEED}
    assert {source for source, _ in feeds_of(rows).joined(sites).values()} == set(sites)


def test_the_order_of_claims_changes_no_feed():
    rows = claims(*FEED, *TRUE)
    sites = {host: frozenset({host}) for host, _, _ in (*FEED, *TRUE)}
    assert feeds_of(rows).joined(sites) == feeds_of(rows[::-1]).joined(dict(reversed(sites.items())))


def test_of_very_many_feeds_only_the_first_are_compared():
    sites = {f"s{number:03}.example": frozenset({f"s{number:03}.example"}) for number in range(FEEDS_MAX + 5)}
    rows = claims(*((host, number + 1, "{} km²") for number, host in enumerate(sites)))
    assert {source for source, _ in feeds_of(rows).joined(sites).values()} == set(sites)
    last = [*claims((f"s{FEEDS_MAX + 1:03}.example", 1, "{} km²")), *claims(("s000.example", 1, "{} km²"))]
    joined = feeds_of([*last, *(row for row in rows if row["domain"] not in ("s000.example", f"s{FEEDS_MAX + 1:03}.example"))]).joined(
        sites
    )
    assert joined[f"s{FEEDS_MAX + 1:03}.example"][0] == "s000.example"
