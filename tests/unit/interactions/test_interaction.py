"""One line of a file of interactions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.interactions import Interaction, Unreadable, read_interaction

WHOLE = {
    "prompt": "What is the capital of Norway?",
    "answer": "Bergen.",
    "correction": "Oslo is the capital of Norway.",
    "rating": "down",
    "model": "small-1",
    "generation": 2,
    "time": "2026-03-01T12:00:00+00:00",
    "consent": "terms of 2026-01",
    "language": "en",
}


def read(**changes) -> Interaction:
    return read_interaction(json.dumps(WHOLE | changes).encode())


def test_a_whole_interaction_is_read():
    assert read() == Interaction(
        WHOLE["prompt"], "Bergen.", WHOLE["correction"], 0.0, "small-1", 2, WHOLE["time"], "terms of 2026-01", "en"
    )
    assert (read(rating=0.75).rating, read(rating=None).rating, read(rating="up").rating) == (0.75, None, 1.0)
    assert [read(consent=given).consent for given in (True, False, None, "", "  ")] == ["yes", "", "", "", ""]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"prompt": ""}, "without a prompt"),
        ({"prompt": 5}, "prompt is no text"),
        ({"answer": None, "correction": None}, "without an answer and a correction"),
        ({"model": None}, "an answer without the model"),
        ({"rating": 4}, "the rating is neither"),
        ({"rating": True}, "the rating is neither"),
        ({"rating": "good"}, "the rating is neither"),
        ({"rating": float("nan")}, "the rating is neither"),
        ({"generation": 0}, "the generation"),
        ({"generation": "1"}, "the generation"),
        ({"time": "yesterday"}, "ISO 8601"),
        ({"correction": "\ud800"}, "lone surrogate"),
    ],
)
def test_what_is_no_interaction_says_why(changes, why):
    with pytest.raises(Unreadable, match=why):
        read(**changes)


@pytest.mark.parametrize("line", [b"", b"[]", b'"text"', b"{", b"\xff\xfe", b"null", b'{"a":' * 200 + b"1" + b"}" * 200])
def test_what_is_no_object_of_json_says_so(line):
    with pytest.raises(Unreadable):
        read_interaction(line)


@given(
    st.dictionaries(
        st.sampled_from([*WHOLE, "other"]), st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
    )
)
def test_any_object_is_an_interaction_or_unreadable(found):
    try:
        read = read_interaction(json.dumps(found).encode())
    except Unreadable:
        return
    assert read.prompt and (read.answer or read.correction) and (read.rating is None or 0 <= read.rating <= 1)
