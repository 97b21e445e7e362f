"""Prose is what is left of a text without the tables and definition lists that extraction writes; anything else is prose."""

import pytest

from tierline.text.prose import DEFINITION_CHARACTERS, prose

TABLE = "| Town | People |\n| --- | --- |\n| Alba | 12 |\n| Berno | 34 |"
LONG = "word " * DEFINITION_CHARACTERS


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"Before.\n{TABLE}\nBehind.", "Before.\nBehind."),
        (TABLE, ""),
        ("A.\nSpan\n: 40 m\nPiers\n: three\n: of stone\nB.", "A.\nB."),
        (f"Span\n: {LONG}", f"Span\n{LONG}".replace("Span\n", "").strip()),
        ("| a | b |\n| c | d |", "| a | b |\n| c | d |"),
        ("a | b\n| --- |", "a | b\n| --- |"),
        ("Plain.\nText.", "Plain.\nText."),
    ],
)
def test_data_is_left_out_and_all_else_stays(text, left):
    assert prose(text) == left


def test_a_text_without_data_is_the_same_object():
    text = "Plain text: nothing else."
    assert prose(text) is text
