"""Statements of plain sentences: a few unmistakable forms, whole names, and nothing from sentences that only look alike."""

import pytest

from tierline.knowledge.text import text_statements


def said(text: str) -> list[tuple[str, str, str]]:
    found = list(text_statements(text))
    assert all(one.object in text[one.start : one.end] and one.subject in text[one.start : one.end] for one in found)
    return [(one.subject, one.predicate, one.object) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Velmora was founded in 1431.", ("Velmora", "founding date", "1431")),
        ("The University of Velmora was established in 1802 by law.", ("University of Velmora", "founding date", "1802")),
        ("The Old Mill was built in 1894.", ("Old Mill", "date built", "1894")),
        ("The locks were opened in 1871, but Pier 4 was completed in 2003.", ("Pier 4", "date built", "2003")),
        ("Anne de la Croix was born in 1960.", ("Anne de la Croix", "birth date", "1960")),
        ("Lindenau is the capital of Westland.", ("Westland", "capital", "Lindenau")),
        ("New Lindenau is the capital of the west.", None),
        ("Aldmere Line was founded by Ines van Corvin.", ("Aldmere Line", "founder", "Ines van Corvin")),
        ("Aldmere Line was founded by Anne Berg. The line is short.", ("Aldmere Line", "founder", "Anne Berg")),
        ("Aldmere Line was founded by John F. Ward in spring.", ("Aldmere Line", "founder", "John F. Ward")),
        ("O'Hara's Bar is located in Port of Spain.", ("O'Hara's Bar", "location", "Port of Spain")),
        ("Quellin, was founded in 1500", ("Quellin", "founding date", "1500")),
    ],
)
def test_a_sentence_of_a_known_form_is_a_statement(text, expected):
    assert said(text) == ([expected] if expected else [])


@pytest.mark.parametrize(
    "text",
    [
        "It was founded in 1431.",
        "They were founded in 1431. This is located in Velmora. She was born in 1960.",
        "the mill was founded in 1431.",
        "Velmora was founded in 99.",
        "Velmora was founded in 2150.",
        "Velmora was not founded in 1431.",
        "Velmora may have been founded in 1431.",
        "Velmora was founded in the year 1431.",
        "",
    ],
)
def test_a_sentence_that_only_looks_alike_is_none(text):
    assert said(text) == []


def test_every_form_is_found_wherever_it_stands_and_in_the_order_of_forms():
    text = "Velmora was founded in 1431. Anne was born in 1960, and Quellin was established in 1500."
    assert said(text) == [("Velmora", "founding date", "1431"), ("Quellin", "founding date", "1500"), ("Anne", "birth date", "1960")]
