"""Prose is what is left of a text without the tables, definition lists, labeled lines and second titles that extraction writes."""

import pytest

from tierline.text.prose import DEFINITION_CHARACTERS, property_key, prose

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
        ("A.\n- Area: 40 km²\n- People: 12\n- Mayor: Ada Ash\nB.", "A.\nB."),
        ("A.\nKey facts\nArea: 40 km²\nPeople: 12\nMayor: Ada Ash", "A."),
        ("A.\n* Area – 40 km²\n* People – 12\n* Mayor – Ada Ash\n\nB.", "A.\n\nB."),
        ("A.\nArea: 40\nPeople: 12\nB.", "A.\nArea: 40\nPeople: 12\nB."),
        ("Ada: Hello\nBo: Hello\nAda: Good day", "Ada: Hello\nBo: Hello\nAda: Good day"),
        ("Ada: It is late.\nBo: Not yet.\nCy: Let us go!", "Ada: It is late.\nBo: Not yet.\nCy: Let us go!"),
        ("One – two\nThree – four\nFive – six", "One – two\nThree – four\nFive – six"),
        ("Peru\nA text.\nPeru\n- People: 12", "Peru\nA text.\n- People: 12"),
        ("Peru\nA text.\nPeru", "Peru\nA text."),
        ("Peru\nPeru\nA text.", "Peru\nA text."),
        ("Peru\nA text.\nPeru\nB text.\nPeru", "Peru\nA text.\nPeru\nB text.\nPeru"),
        ("Peru\nPeru\nPeru", "Peru\nPeru\nPeru"),
        ("A text.\nB text.\nA text.", "A text.\nB text.\nA text."),
        ("Peru\n- People: 12\n- Area: 40 km²\n- Mayor: Ada Ash\nA text.\nPeru", "A text.\nPeru"),
    ],
)
def test_data_is_left_out_and_all_else_stays(text, left):
    assert prose(text) == left


def test_a_text_without_data_is_the_same_object():
    text = "Plain text: nothing else."
    assert prose(text) is text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("A text.\nPeru\nCapital\nContained in place", "A text."),
        ("A text.\nCapital\nB text.", "A text.\nCapital\nB text."),
        ("A text.\nCapital\nCapital", "A text.\nCapital\nCapital"),
        ("A text.\nMayor\nRiver", "A text.\nMayor\nRiver"),
        ("Capital\nCONTAINED IN PLACE:", ""),
    ],
)
def test_names_of_properties_below_each_other_are_labels_of_values_elsewhere(text, left):
    assert prose(text, {property_key("capital"), property_key("containedInPlace")}) == left
