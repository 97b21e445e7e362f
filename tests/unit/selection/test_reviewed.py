"""A person's decision on a document outranks scores and judges, about the very text that was read, and its review is named."""

import pytest

from tests.unit.selection.test_select import MART, mart_of
from tierline.lake.reviews import Settled, Settlements
from tierline.selection.reviewed import with_reviews


def settled(verdict: str, row_id: str = "d", digest: str = "t") -> Settlements:
    return Settlements([Settled(row_id, digest, verdict, None, "rev_1", ("ada",), "read it", "2026-01-15")])


@pytest.mark.parametrize(
    ("rule", "verdict", "outcome"),
    [
        ("l2:addresses_judge", "keep", "kept"),
        ("l2:not_useful", "keep", "kept"),
        ("kept", "drop", "dropped"),
        ("l2:addresses_judge", "drop", "dropped"),
    ],
)
def test_the_review_decides_and_is_named(make_rows, rule, verdict, outcome):
    documents = make_rows("l1_filtered", [{"doc_id": "d", "text_sha256": "t"}])
    (row,) = with_reviews(mart_of(d=rule), documents, settled(verdict)).to_pylist()
    assert (row["outcome"], row["rule"], row["value"]) == (outcome, f"review:{verdict}", None)
    assert row["detail"] == "review rev_1 by ada: read it"


def test_a_text_that_changed_since_waits_again_and_a_leak_stays_out(make_rows):
    documents = make_rows("l1_filtered", [{"doc_id": "d", "text_sha256": "t"}])
    for reviews, rule in ((settled("keep", digest="other"), "l2:addresses_judge"), (settled("keep"), "l2:contaminated")):
        (row,) = with_reviews(mart_of(d=rule), documents, reviews).to_pylist()
        assert (row["outcome"], row["rule"], row["detail"]) == ("dropped", rule, None)
    assert with_reviews(MART.empty_table(), documents.slice(0, 0), Settlements()).num_rows == 0
