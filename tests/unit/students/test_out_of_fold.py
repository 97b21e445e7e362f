"""Texts that a model was trained on are known by their beginning, whatever the white space, and no other is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.students.out_of_fold import KEY_CHARACTERS, known_rows, text_key


def keys(*texts: str):
    return np.sort(np.array([text_key(text) for text in texts], np.uint64))


@given(st.lists(st.text(max_size=6), max_size=8), st.lists(st.text(max_size=6), max_size=5))
def test_exactly_the_known_texts_are_found_at_their_keys(asked, known):
    stored = keys(*known)
    rows, places = known_rows(asked, stored)
    beginnings = {" ".join(text.split()) for text in known}
    assert rows.tolist() == [row for row, text in enumerate(asked) if " ".join(text.split()) in beginnings]
    assert all(int(stored[place]) == text_key(asked[row]) for row, place in zip(rows.tolist(), places.tolist(), strict=True))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a b", " a\n\n b\t", True),
        ("a b", "ab", False),
        ("a", "A", False),
        ("x" * KEY_CHARACTERS + "one", "x" * KEY_CHARACTERS + "two", True),
        ("x" * (KEY_CHARACTERS - 1) + "1", "x" * (KEY_CHARACTERS - 1) + "2", False),
        ("\ud800 a", "? a", True),
    ],
)
def test_what_counts_of_a_text(one, other, same):
    assert (text_key(one) == text_key(other)) is same


def test_nothing_known_or_nothing_asked_is_nothing():
    for rows, places in (known_rows(["a"], keys()), known_rows([], keys("a"))):
        assert len(rows) == len(places) == 0


def test_the_largest_and_the_smallest_key_are_found():
    texts = [f"text {number}" for number in range(50)]
    assert known_rows(texts, keys(*texts))[0].tolist() == list(range(50))
