"""A comparison shows every character of both texts once, and marks what only one of them has."""

from hypothesis import given
from hypothesis import strategies as st

from tierline.review.changes import WORDS_MAX, compared

texts = st.lists(st.sampled_from(["the", "lock", " ", "\n", "1834", ".", "é", "長", "\u202e"]), max_size=20).map("".join)


@given(texts, texts)
def test_nothing_is_lost_and_what_is_plain_is_common(before, after):
    left, right = compared(before, after)
    assert "".join(piece.text for piece in left) == before and "".join(piece.text for piece in right) == after
    plain = ["".join(piece.text for piece in side if not piece.role) for side in (left, right)]
    assert plain[0] == plain[1] and {piece.role for piece in left} <= {"", "del"} and {piece.role for piece in right} <= {"", "ins"}


def test_texts_too_long_to_compare_are_shown_whole():
    left, right = compared("word " * 2 * WORDS_MAX, "word")
    assert [piece.role for piece in (*left, *right)] == ["del", "ins"]
