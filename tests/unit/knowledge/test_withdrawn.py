"""Withdrawn values: what was verified stays in sight when its evidence goes, and nothing else is called withdrawn."""

import pyarrow as pa

from tests.unit.knowledge.test_states import pages, stated, states
from tests.unit.knowledge.test_vouched import VOUCHED, claim, statement

TWO = pages("Oslo", "Oslo")


def only(values: pa.Table) -> dict:
    (row,) = values.to_pylist()
    return row


def test_a_value_whose_pages_are_gone_is_withdrawn_and_names_what_was_lost():
    before = stated(TWO)
    row = only(stated([], before=before))
    fact = only(before)["fact_id"]
    assert (row["state"], row["reason"], row["fact_id"], row["parents"]) == ("withdrawn", "facts:withdrawn", fact, [])
    assert row["lost"] == only(before)["parents"] and (row["subject"], row["object"]) == ("Norway", "Oslo")
    assert row["sources_for"] == [] and row["independent_sources"] == 0 and 0 <= row["confidence"] <= 1


def test_a_value_that_one_page_is_left_of_is_withdrawn_too():
    row = only(stated(TWO[:1], before=stated(TWO)))
    assert (row["state"], row["parents"], row["lost"]) == ("withdrawn", [TWO[0]["claim_id"]], [TWO[1]["claim_id"]])


def test_the_same_claims_after_the_same_commit_give_the_same_rows_however_often():
    for left in ([], TWO[:1]):
        once = stated(left, before=stated(TWO))
        assert stated(left, before=once).sort_by("value_id") == once.sort_by("value_id")


def test_what_is_verified_again_or_otherwise_is_not_withdrawn():
    gone = stated([], before=stated(TWO))
    assert states(stated(TWO, before=gone)) == {"Oslo": ("verified", "facts:agreed")}
    assert states(stated(pages("Oslo", "Oslo", host="other"), before=stated(TWO))) == {"Oslo": ("verified", "facts:agreed")}


def test_what_others_outweigh_after_a_loss_is_refuted_and_not_withdrawn():
    kept = [*TWO[:1], *pages("Bergen", "Bergen", host="other")]
    assert states(stated(kept, before=stated(TWO)))["Oslo"] == ("refuted", "facts:outweighed")
    beside = stated(pages("Bergen", "Bergen", host="other"), before=stated(TWO))
    assert states(beside) == {"Oslo": ("withdrawn", "facts:withdrawn"), "Bergen": ("verified", "facts:agreed")}
    (row,) = (row for row in beside.to_pylist() if row["object"] == "Oslo")
    assert row["sources_against"] == ["other0.example", "other1.example"]


def test_what_was_never_verified_is_never_withdrawn():
    for claims in (pages("Oslo"), pages("Oslo", "Bergen"), pages("Oslo", "Oslo", "Bergen", "Bergen")):
        assert stated([], before=stated(claims)).num_rows == 0


def test_a_value_that_loses_a_copy_and_not_its_support_stays():
    more = pages("Oslo", "Oslo", "Oslo")
    assert states(stated(more[:2], before=stated(more))) == {"Oslo": ("verified", "facts:agreed")}


def test_a_base_that_nobody_vouches_for_any_more_withdraws_what_rested_on_it():
    before = stated([], [statement("atlas", "capital", "Oslo", **VOUCHED)])
    lapsed = stated([], [statement("atlas", "capital", "Oslo")], before=before)
    row = only(lapsed)
    assert (row["state"], row["lost"], row["vouched_by"]) == ("withdrawn", row["parents"], "data team")
    again = stated([], [statement("atlas", "capital", "Oslo")], before=lapsed)
    assert again.to_pylist() == lapsed.to_pylist()
    assert states(stated([], [statement("atlas", "capital", "Oslo", **VOUCHED)], before=again)) == {"Oslo": ("verified", "facts:vouched")}
    assert only(stated([], before=lapsed))["state"] == "withdrawn"


def test_claims_that_name_their_thing_otherwise_now_keep_their_value():
    named = [row | {"subject_ids": ["wikidata:Q20"]} for row in TWO]
    assert states(stated(named, before=stated(TWO))) == {"Oslo": ("verified", "facts:agreed")}


def test_a_lost_page_beside_one_of_another_property_says_nothing_of_that():
    before = stated([*TWO, *pages("NOK", "NOK", predicate="currency")])
    kept = pages("NOK", "NOK", predicate="currency")
    after = stated([*kept, claim("late.example", "area", "385,207 km²")], before=before)
    assert states(after) == {
        "NOK": ("verified", "facts:agreed"), "385,207 km²": ("single_source", "facts:single_source"), "Oslo": ("withdrawn", "facts:withdrawn")
    }  # fmt: skip
