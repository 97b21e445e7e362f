"""The vocabulary: each property by all its names, none of them twice, and values of its type."""

from collections import Counter

import pytest

from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.vocabulary import VOCABULARY, changes, fits, has_states, property_named


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("foundingDate", "founding date"),
        ("Founded:", "founding date"),
        ("P1082", "population"),
        ("Area • Total", "area"),
        ("Capital and largest city", "capital"),
        ("motto", None),
    ],
)
def test_a_property_is_known_by_its_terms_and_labels(words, name):
    found = property_named(words)
    assert (found.name if found else None) == name


def test_no_word_names_two_properties_and_every_inverse_is_one():
    words = Counter(predicate_key(word) for one in VOCABULARY.values() for word in {one.name, *one.labels})
    assert not [word for word, count in words.items() if count > 1]
    numbers = Counter(one.wikidata for one in VOCABULARY.values() if one.wikidata)
    assert max(numbers.values()) == 1
    assert all(VOCABULARY[one.inverse].inverse == one.name for one in VOCABULARY.values() if one.inverse)
    assert all(predicate_key(word) == word for word in words)
    assert all(one.wikidata[0] == "P" and one.wikidata[1:].isdigit() for one in VOCABULARY.values() if one.wikidata)
    assert all(term.isalpha() for one in VOCABULARY.values() for term in one.schema)
    assert {one.changes for one in VOCABULARY.values()} == {"yes", "rarely", "never"}
    types = {"number", "date", "place", "person", "organization", "name", "currency", "identifier", "string"}
    assert {one.type for one in VOCABULARY.values()} == types


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("population", (True, True)),
        ("inhabitants", (True, True)),
        ("ceo", (True, True)),
        ("member of", (True, False)),
        ("capital", (False, False)),
        ("capital city", (False, False)),
        ("currency", (False, False)),
        ("official languages", (False, False)),
        ("headquarters", (False, False)),
        ("area", (False, False)),
        ("rivers", (False, False)),
    ],
)
def test_what_changes_and_has_one_value_at_a_time_has_states(predicate, expected):
    assert (changes(predicate), has_states(predicate)) == expected


@pytest.mark.parametrize(
    ("name", "value", "does"),
    [
        ("population", "9,841", True),
        ("population", "9,841 km²", False),
        ("population", "growing", False),
        ("population", "5 %", False),
        ("population", "$5", False),
        ("unemployment rate", "5.2%", True),
        ("gdp", "$1.2 trillion", True),
        ("gdp", "1,200,000", True),
        ("gdp", "12 km", False),
        ("length", "12 mi", True),
        ("version", "3.12.1", True),
        ("version", "2020-05-03", False),
        ("isbn", "978-0-306-40615-7", True),
        ("isbn", "paperback", False),
        ("area", "9,841", True),
        ("area", "9,841 sq mi", True),
        ("area", "9,841 m", False),
        ("founding date", "1431", True),
        ("founding date", "by Anne", False),
        ("capital", "Oslo", True),
        ("capital", "the largest town", False),
        ("capital", "1431", False),
        ("currency", "euro", True),
    ],
)
def test_a_value_fits_the_type_of_its_property(name, value, does):
    assert fits(VOCABULARY[name], value, "en") == does
