"""Ids follow content alone: these parts have these ids for ever, and parts that differ in anything have others."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.tables import content_id, content_ids, document_id

KNOWN = "doc_b48f2e4464200e38f19daf7e"
KNOWN_DOCUMENT = "doc_5e5d02674adc6cb7ac03781b"
PARTS = st.lists(st.text(max_size=3) | st.integers(-9, 99) | st.lists(st.text(max_size=2), max_size=3), max_size=4)


def shape(parts: list) -> list:
    """What an id distinguishes: numbers count as their digits, one item alone as a list of it."""
    return [[str(part)] if isinstance(part, str | int) else [str(item) for item in part] for part in parts]


@given(PARTS, PARTS)
def test_two_ids_are_equal_exactly_if_their_parts_are(one, other):
    assert (content_id("x", *one) == content_id("x", *other)) == (shape(one) == shape(other))


@given(PARTS)
def test_an_id_is_its_prefix_and_24_hex_digits(parts):
    prefix, digits = content_id("doc", *parts).split("_")
    assert prefix == "doc" and len(digits) == 24 and int(digits, 16) >= 0
    assert content_id("psg", *parts).split("_")[1] == digits


@pytest.mark.parametrize(
    ("one", "other"), [(("ab", "c"), ("a", "bc")), (("a", ""), ("a",)), ((["a", "b"],), ("a", "b")), (([],), ()), (([""],), ([],))]
)
def test_where_a_part_ends_counts(one, other):
    assert content_id("x", *one) != content_id("x", *other)


def test_text_that_is_no_text_has_an_id_too():
    assert content_id("x", "\ud800") != content_id("x", "?")


def test_a_documents_id_is_its_address_and_its_bytes():
    base = ("crawl/a.warc.gz", 0, "0" * 64)
    others = [("crawl/b.warc.gz", 0, "0" * 64), ("crawl/a.warc.gz", 1, "0" * 64), ("crawl/a.warc.gz", 0, "1" * 64)]
    assert len({document_id(*base), *(document_id(*one) for one in others)}) == 4


def test_known_ids_stay():
    """A specification: a change of these values makes every id of every lake another one."""
    assert content_id("doc", "a", 1, ["b", "c"]) == KNOWN
    assert document_id("crawl/a.warc.gz", 0, "0" * 64) == KNOWN_DOCUMENT


@given(st.lists(st.tuples(st.text(max_size=4), st.integers(-9, 999)), max_size=5))
def test_ids_of_columns_are_those_of_their_rows(rows):
    words, numbers = pa.array([word for word, _ in rows], pa.string()), pa.array([number for _, number in rows], pa.int64())
    assert content_ids("x", words, numbers).to_pylist() == [content_id("x", *row) for row in rows]
