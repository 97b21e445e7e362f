"""Texts in ASCII digits and signs: what becomes what, and that every place is found again."""

from hypothesis import given
from hypothesis import strategies as st

from tierline.text.typography import plainly


def test_digits_spaces_dashes_and_full_width_forms_have_one_form():
    assert plainly("٣\u00a0３‑–＋＠．（Ａ）").text == "3 3--+@.(A)"


def test_dots_between_digits_are_full_stops_where_numbers_are_grouped():
    assert plainly("3·10", grouping=True).text == "3.10" and plainly("3·10 ー 4ー5").text == "3·10 ー 4-5"
    assert plainly("a·b 。 1。 ・2", grouping=True).text == "a·b 。 1。 ・2"


def test_unseen_characters_are_taken_out_but_those_that_shape_letters():
    assert plainly("a\u200bb\u00adc\u200cd").text == "abc\u200cd"


def test_a_span_is_found_where_it_was():
    text = "x\u200e12\u200f34\u2060 y"
    plain = plainly(text)
    start = plain.text.index("1234")
    assert text[slice(*plain.span(start, start + 4))] == "12\u200f34"


@given(st.text(alphabet="a1é\u200e\u00ad ٣", max_size=40))
def test_every_character_that_is_left_lies_at_its_place(text):
    plain = plainly(text)
    for at, character in enumerate(plain.text):
        start, end = plain.span(at, at + 1)
        assert end == start + 1 and plainly(text[start:end]).text == character
