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
        ("In 1877, the Fisher League was founded.", ("Fisher League", "founding date", "1877")),
        ("On 3 May 1877, Fisher League was established by law.", ("Fisher League", "founding date", "3 May 1877")),
        ("The Fisher League, founded in 1877, is the oldest.", ("Fisher League", "founding date", "1877")),
        ("In 1877, the Fisher League founded a school.", None),
        ("The ABC Company was founded in 2002.", None),
        ("Anne Berg () was born in 1960 and moved.", ("Anne Berg", "birth date", "1960")),
        ("On September 17, 1858, Anne Berg died.", ("Anne Berg", "death date", "September 17, 1858")),
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


def test_a_clause_that_states_something_of_its_own_is_no_part_of_a_value():
    text = "The capital of Sweden is Stockholm and the capital of Norway is Oslo."
    assert said(text) == [("Sweden", "capital", "Stockholm"), ("Norway", "capital", "Oslo")]
    assert said("The capital of Sweden is Stockholm and Oslo is the capital of Norway.") == []


def test_places_and_founders_beside_a_date():
    assert said("Uwe was founded in Lindenau by Anne Berg in 2009.") == [("Uwe", "founding date", "2009"), ("Uwe", "founder", "Anne Berg")]
    died = [("Anne Berg", "death date", "1936"), ("Anne Berg", "death place", "Hythe, Kent")]
    assert said("Anne Berg died in Hythe, Kent, in 1936.") == died


def test_every_clause_is_read_and_only_of_what_has_a_name():
    text = "Velmora was founded in 1431. Anne was born in 1960, and Quellin was established in 1500."
    assert said(text) == [("Velmora", "founding date", "1431"), ("Quellin", "founding date", "1500")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Velmora has a population of 9,841.", [("Velmora", "population", "9,841")]),
        ("As of 2019, Velmora (Old Velm) has a population of 9,841 people.", [("Velmora", "population", "9,841")]),
        ("Velmora has a population of 9,841 according to the 2010 census.", [("Velmora", "population", "9,841")]),
        ("The population of Velmora is 1.2 million.", [("Velmora", "population", "1.2 million")]),
        ("Velmora covers an area of 45.2 km2 (17 sq mi).", [("Velmora", "area", "45.2 km2")]),
        ("The capital of Westland is Lindenau.", [("Westland", "capital", "Lindenau")]),
        ("The capital and largest city of Westland is St. Anne.", [("Westland", "capital", "St. Anne")]),
        ("Lindenau is the capital of Westland and lies on the Quell.", [("Westland", "capital", "Lindenau")]),
        ("The currency of Westland is the Krone.", []),
        ("The director of Old Mill is Anne Berg.", [("Old Mill", "director", "Anne Berg")]),
        ("The director of Old Mill is Norwegian.", []),
        (
            "Anne Berg was born on 3 May 1960 in Velmora, Westland.",
            [("Anne Berg", "birth date", "3 May 1960"), ("Anne Berg", "birth place", "Velmora, Westland")],
        ),
        (
            "Anne Berg was born in Velmora in 1960 to a miller.",
            [("Anne Berg", "birth date", "1960"), ("Anne Berg", "birth place", "Velmora")],
        ),
        ("Anne Berg died on May 3, 1999.", [("Anne Berg", "death date", "May 3, 1999")]),
        (
            "Anne Berg (3 May 1960 – 4 June 1999) was a miller.",
            [("Anne Berg", "birth date", "3 May 1960"), ("Anne Berg", "death date", "4 June 1999")],
        ),
        ("Anne Berg (born 3 May 1960) is a miller.", [("Anne Berg", "birth date", "3 May 1960")]),
        ("Berg (1960–1999) was a miller.", []),
        ("President Anne Berg (1960–1999) was a miller.", []),
        ("Acme Mills was founded in 1900 by Ines Berg.", [("Acme Mills", "founding date", "1900"), ("Acme Mills", "founder", "Ines Berg")]),
        ("The Institute of Mills (Westland) was founded in 1900.", []),
    ],
)
def test_forms_of_sentences(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The capital of Westland is not Lindenau.",
        "The capital of Westland is said to be Lindenau.",
        "Perhaps the capital of Westland is Lindenau.",
        "If the capital of Westland is Lindenau, the map is wrong.",
        "Until 1990 the capital of Westland was Lindenau.",
        "According to legend, Velmora was founded in 1431.",
        "Velmora was founded in 1431, according to legend.",
        "Velmora was founded in 1431 or 1432.",
        "Velmora would have had a population of 9,841.",
        "Velmora has a population of more than 9,841.",
        "Velmora once had a population of 9,841.",
        "She said: “I know. Velmora was founded in 1431. It is old.”",
        'She wrote "I know. Velmora was founded in 1431. It is old" to us.',
        "In the novel, dragons live. The capital of Westland is Lindenau.",
        "Westland is a fictional country. The capital of Westland is Lindenau.",
        "Was it so? The capital of Westland is Lindenau?",
        "Construction was completed in 1990. The Company was founded in 1990. The Hague was founded in 1990.",
        "Nobody knew Prof. Kennedy was born in 1917.",
        "```\nVelmora was founded in 1431.\n```",
        "| Velmora was founded in 1431. |",
        "Quell Academy and Velm Academy are located in Velmora and Alba respectively.",
        "mill was built in 1900. Mill was built in 1900.",
    ],
)
def test_a_sentence_that_doubts_denies_quotes_or_invents_states_nothing(text):
    assert said(text) == []


def test_the_span_is_the_whole_sentence_so_that_evidence_shows_what_was_said_beside():
    text = "It rains.\n- Velmora has a population of 9,841 as of 2019. It is old."
    (one,) = text_statements(text)
    assert text[one.start : one.end] == "Velmora has a population of 9,841 as of 2019"
