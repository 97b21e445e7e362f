"""Assembling: untouched text stays byte for byte, and each span of the new text names the span it comes from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.operations import Kind, Operation, Verdict, assemble, chosen

TEXT = "One two  three.\nAdvertisement\nFour five."


def an_operation(start, end, replacement="", kind=Kind.SPACING):
    return Operation(kind, start, end, replacement, "because", "test-1")


def test_what_no_operation_touches_stays():
    made = assemble(TEXT, [an_operation(16, 30), an_operation(7, 9, " ")])
    assert made.text == "One two three.\nFour five."


def test_without_operations_the_text_is_the_same():
    assert assemble(TEXT, []).text == TEXT
    assert assemble("", []).text == ""


def test_a_span_of_the_new_text_names_its_source():
    made = assemble(TEXT, [an_operation(16, 30), an_operation(7, 9, " ")])
    start = made.text.index("Four")
    assert made.source_span(start, start + 4) == (30, 34)
    assert made.source_span(0, 3) == (0, 3)
    assert made.source_span(7, 8) == (7, 9)


def test_overlapping_operations_are_not_assembled():
    with pytest.raises(ValueError, match="overlaps"):
        assemble(TEXT, [an_operation(0, 5), an_operation(3, 8)])
    with pytest.raises(ValueError, match="outside"):
        assemble(TEXT, [an_operation(0, 500)])


def test_the_kind_that_comes_first_has_the_span():
    drop, space = an_operation(16, 30, kind=Kind.DROP), an_operation(20, 22, " ")
    decided = chosen([Verdict(space), Verdict(drop), Verdict(an_operation(17, 18), "spacing:meaning")])
    assert [(verdict.operation, verdict.reason) for verdict in decided if verdict.operation in (drop, space)] == [
        (drop, ""),
        (space, "overlap"),
    ]


def test_a_refused_operation_takes_no_span():
    decided = chosen([Verdict(an_operation(16, 30, kind=Kind.DROP), "drop:states"), Verdict(an_operation(20, 22, " "))])
    assert [verdict.accepted for verdict in decided] == [False, True]


spans = st.tuples(st.integers(0, 40), st.integers(0, 6), st.text("ab \n", max_size=3), st.sampled_from(list(Kind)))


@given(st.text("xyz \n", min_size=46, max_size=46), st.lists(spans, max_size=12))
def test_pieces_cover_both_texts_without_gaps(text, proposed):
    verdicts = chosen([Verdict(an_operation(start, start + length, new, kind)) for start, length, new, kind in proposed])
    made = assemble(text, [verdict.operation for verdict in verdicts if verdict.accepted])
    assert "".join(made.text[piece.start : piece.end] for piece in made.pieces) == made.text
    assert "".join(text[piece.source_start : piece.source_end] for piece in made.pieces) == text
    for piece in made.pieces:
        if piece.operation is None:
            assert made.text[piece.start : piece.end] == text[piece.source_start : piece.source_end]
        else:
            assert made.text[piece.start : piece.end] == piece.operation.replacement


@given(st.lists(spans, max_size=12), st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_proposals(proposed, random):
    verdicts = [Verdict(an_operation(start, start + length, new, kind)) for start, length, new, kind in proposed]
    shuffled = random.sample(verdicts, len(verdicts))
    assert chosen(verdicts) == chosen(shuffled)
