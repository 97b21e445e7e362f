"""The ledger of reviews: only added to, proven by the lake, and the same whenever it is replayed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import commit_rows
from tierline.errors import BadInput
from tierline.lake import Lake, as_of
from tierline.lake.reviews import CONFLICT, WAITS, Review, read_reviews, record_reviews, replay, review_id, settlements
from tierline.lineage import verify
from tierline.tables.records import REVIEWS

STAGE, SHARD = "l2_selected", "s"
BASE = Review(STAGE, SHARD, "document", "doc_1", "digest", "ada", "keep")


def give(lake: Lake, reviewer: str, verdict: str, **more) -> str:
    (one,) = record_reviews(lake, [replace(BASE, reviewer=reviewer, verdict=verdict, **more)])
    return one


def stands(lake: Lake, row: str = "doc_1"):
    return replay(read_reviews(lake, STAGE, SHARD))[row, "digest"]


def test_the_last_word_of_a_reviewer_counts_and_undo_brings_back_the_one_before(lake):
    assert len(settlements(lake, STAGE, SHARD)) == 0 and settlements(lake, STAGE, SHARD).inputs(SHARD) == {}
    give(lake, "ada", "keep", reason="sound")
    second = give(lake, "ada", "drop", reason="an advert")
    settled = settlements(lake, STAGE, SHARD).on("doc_1", "digest")
    assert (settled.verdict, settled.reviewers, settled.review_id) == ("drop", ("ada",), second)
    assert settled.named == {"rule": "review:drop", "detail": f"review {second} by ada: an advert"}
    give(lake, "ada", "undo", undoes=second)
    assert settlements(lake, STAGE, SHARD).on("doc_1", "digest").verdict == "keep"


def test_two_reviewers_who_disagree_wait_until_a_third_or_one_of_them_decides(lake):
    give(lake, "ada", "keep")
    give(lake, "bob", "drop")
    assert stands(lake).state == CONFLICT and settlements(lake, STAGE, SHARD).digest == ""
    third = give(lake, "cyd", "drop")
    assert stands(lake).settled.review_id == third and stands(lake).settled.reviewers == ("bob", "cyd")
    give(lake, "bob", "keep")
    assert stands(lake).settled.verdict == "keep"


def test_where_two_are_needed_one_waits(lake):
    give(lake, "ada", "keep", needed=2)
    assert stands(lake).state == WAITS
    give(lake, "bob", "keep", needed=2)
    assert stands(lake).settled.reviewers == ("ada", "bob")
    before = settlements(lake, STAGE, SHARD).digest
    give(lake, "cyd", "keep", needed=2)
    assert settlements(lake, STAGE, SHARD).digest == before, "who agrees later changes nothing, so nothing reruns"


def test_a_known_verdict_holds_whatever_is_answered(lake):
    give(lake, "owner", "drop", gold=True)
    give(lake, "ada", "keep")
    give(lake, "bob", "keep")
    assert stands(lake).settled.verdict == "drop" and stands(lake).settled.reviewers == ("owner",)


def test_a_review_is_about_what_was_seen(lake):
    give(lake, "ada", "keep")
    assert settlements(lake, STAGE, SHARD).on("doc_1", "other") is None


def test_skips_and_comments_settle_nothing(lake):
    give(lake, "ada", "skip")
    give(lake, "ada", "comment", comment="who owns this site?")
    assert replay(read_reviews(lake)) == {} and len(read_reviews(lake)) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "maybe"}, "no such verdict"),
        ({"reviewer": " \u200b"}, "names who gives it"),
        ({"reviewer": "ada\u202e"}, "names who gives it"),
        ({"verdict": "edit"}, "an edit needs a text"),
        ({"verdict": "comment"}, "must not be empty"),
        ({"verdict": "undo"}, "names the review that it takes back"),
        ({"undoes": "rev_1"}, "names the review that it takes back"),
        ({"verdict": "undo", "undoes": "rev_1"}, "no such review"),
        ({"reason": "x" * 2_001}, "has 2,001 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_written(lake, change, said):
    with pytest.raises(BadInput, match=said):
        record_reviews(lake, [replace(BASE, **change)])
    assert read_reviews(lake) == []


def test_nobody_takes_back_what_somebody_else_said(lake):
    first = give(lake, "ada", "keep")
    with pytest.raises(BadInput, match="is a review of ada"):
        give(lake, "bob", "undo", undoes=first)


def test_the_ledger_of_a_past_moment_is_read_and_not_written(lake):
    commit_rows(lake, "l0_raw", [])
    give(lake, "ada", "keep")
    (row,) = read_reviews(lake)
    past = as_of(lake, row["created_at"] - timedelta(seconds=1))
    assert read_reviews(past) == [] and len(read_reviews(as_of(lake, row["created_at"]))) == 1
    with pytest.raises(BadInput, match="cannot be written to"):
        give(past, "ada", "drop")


def test_reviews_given_at_once_or_by_a_clock_that_went_back_have_an_order(lake):
    later = datetime.now(UTC) + timedelta(days=1)
    first, second = record_reviews(lake, [replace(BASE, created_at=later), replace(BASE, verdict="drop", created_at=later)])
    third = give(lake, "ada", "keep")
    assert [row["review_id"] for row in read_reviews(lake)] == [first, second, third]


votes = st.lists(
    st.tuples(st.sampled_from(["ada", "bob", "cyd"]), st.sampled_from(["keep", "drop", "skip"]), st.integers(1, 2)), max_size=8
)


@given(votes, st.randoms())
def test_a_replay_does_not_depend_on_the_order_of_reading_and_settles_by_majority_alone(given_votes, random):
    rows = []
    for number, (reviewer, verdict, needed) in enumerate(given_votes):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        row = {name: getattr(BASE, name) for name in REVIEWS.names if name != "review_id"}
        row |= {"reviewer": reviewer, "verdict": verdict, "needed": needed, "created_at": moment}
        rows.append(row | {"review_id": review_id(row)})
    found = replay(rows)
    assert found == replay(random.sample(rows, len(rows)))
    last = {row["reviewer"]: row["verdict"] for row in rows if row["verdict"] != "skip"}
    for standing in found.values():
        said = [*last.values()]
        if standing.settled:
            assert 2 * said.count(standing.settled.verdict) > len(said)
        else:
            assert said.count("keep") == said.count("drop") or len(said) < max(needed for *_, needed in given_votes)


def test_verify_names_a_review_that_was_changed_or_taken_away(lake, monkeypatch):
    commit_rows(lake, "l0_raw", [])
    give(lake, "ada", "keep")
    assert verify(lake)[0] == []
    (row,) = read_reviews(lake)
    forged = pa.Table.from_pylist([row | {"verdict": "drop"}], schema=REVIEWS)
    where = {"stage": STAGE, "shard": SHARD}
    assert lake.delta.replace_if("reviews", forged, where, lake.delta.files("reviews", where))
    said = [str(one) for one in verify(Lake(lake.root))[0]]
    assert any(f"reviews {row['review_id']}: what it says hashes to" in one for one in said)
    assert any("reviews" in one and "hashes" not in one for one in said), "an entry that takes a record away"
