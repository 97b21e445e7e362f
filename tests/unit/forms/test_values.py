"""Values in words: grammar of each language literally, and every way to write a value reads back to it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.forms.names import named
from tierline.forms.numbers import read_quantity, write_quantity
from tierline.forms.rules import LANGUAGES
from tierline.forms.values import order_of, read_written, same, time_slots, value_of, write_value
from tierline.knowledge.numerals import read_quantity as read_stated

NARROW, WIDE = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("predicate", "value", "code", "written"),
    [
        ("area", "8,515,767 km²", "en", ["8,515,767 square kilometers", "8,515,767 km²"]),
        ("area", "8,515,767 km²", "de", ["8.515.767 Quadratkilometer", "8.515.767 km²"]),
        ("area", "8,515,767 km²", "fr", [f"8{NARROW}515{NARROW}767{WIDE}kilomètres carrés", f"8{NARROW}515{NARROW}767{NARROW}km²"]),
        ("area", "8,515 km²", "es", ["8515 kilómetros cuadrados", "8515 km²"]),
        ("area", "1 km²", "en", ["1 square kilometer", "1 km²"]),
        ("area", "1 km²", "es", ["1 kilómetro cuadrado", "1 km²"]),
        ("height", "412.50 m", "de", ["412,50 Meter", "412,50 m"]),
        ("population", "203,062,512", "de", ["203.062.512"]),
        ("population", "203,062,512 inhabitants", "en", ["203,062,512"]),
        ("unemployment rate", "5.2%", "fr", ["5,2 pour cent", "5,2 %"]),
        ("life expectancy", "81.5 years", "es", ["81,5 años"]),
        ("latitude", "12.5°", "en", ["12.5°"]),
        ("revenue", "$250,000", "en", ["250,000 US dollars", "250,000 USD"]),
        ("revenue", "€250,000", "fr", [f"250{NARROW}000 euros", f"250{NARROW}000 EUR"]),
        ("birth date", "1815-12-10", "en", ["December 10, 1815", "10 December 1815"]),
        ("birth date", "1815-12-10", "de", ["10. Dezember 1815"]),
        ("birth date", "1815-12-01", "fr", ["1er décembre 1815"]),
        ("birth date", "10 December 1815", "es", ["10 de diciembre de 1815"]),
        ("founding date", "March 1901", "fr", ["mars 1901"]),
        ("founding date", "1901", "es", ["1901"]),
        ("currency", "Brazilian real", "fr", ["réal brésilien"]),
        ("currency", "BRL", "en", ["Brazilian real"]),
        ("country", "Netherlands", "de", ["die Niederlande"]),
        ("continent", "South America", "fr", ["l’Amérique du Sud"]),
        ("official language", "Portuguese", "de", ["Portugiesisch"]),
        ("capital", "Brasília", "en", ["Brasília"]),
        ("capital", "Brasília", "de", []),  # cities have no words in other languages
    ],
)
def test_a_value_is_written_as_the_language_does(fact, predicate, value, code, written):
    row = fact("X", predicate, value)
    assert [one.slots["value"] for one in write_value(row, code)] == written
    for one in write_value(row, code):
        for slot, words in one.slots.items():
            if slot not in ("in_value", "of_value"):
                read = read_written(words, slot, row, code)
                assert read is not None and same(read, value_of(row)), (slot, words)


@pytest.mark.parametrize(
    ("value", "code", "when"),
    [
        ("1945", "en", "in 1945"), ("October 1945", "en", "in October 1945"), ("24 October 1945", "en", "on October 24, 1945"),
        ("1945", "de", "im Jahr 1945"), ("October 1945", "de", "im Oktober 1945"), ("24 October 1945", "de", "am 24. Oktober 1945"),
        ("24 October 1945", "fr", "le 24 octobre 1945"), ("October 1945", "es", "en octubre de 1945"),
    ],
)  # fmt: skip
def test_a_date_has_its_preposition(fact, value, code, when):
    assert write_value(fact("X", "founding date", value), code)[0].slots["when"] == when


@pytest.mark.parametrize(
    ("name", "language", "code", "subject", "of", "within"),
    [
        ("Netherlands", "en", None, "the Netherlands", "of the Netherlands", "in the Netherlands"),
        ("Chad", "en", None, "Chad", "of Chad", "in Chad"),
        ("Brazil", "de", "BR", "Brasilien", "von Brasilien", "in Brasilien"),
        ("Switzerland", "de", "CH", "die Schweiz", "der Schweiz", "in der Schweiz"),
        ("Iraq", "de", "IQ", "der Irak", "des Irak", "im Irak"),
        ("United States", "de", "US", "die Vereinigten Staaten", "der Vereinigten Staaten", "in den Vereinigten Staaten"),
        ("France", "fr", "FR", "la France", "de la France", "en France"),
        ("Brazil", "fr", "BR", "le Brésil", "du Brésil", "au Brésil"),
        ("Albania", "fr", "AL", "l’Albanie", "de l’Albanie", "en Albanie"),
        ("United States", "fr", "US", "les États-Unis", "des États-Unis", "aux États-Unis"),
        ("Cuba", "fr", "CU", "Cuba", "de Cuba", "à Cuba"),
        ("United Kingdom", "es", "GB", "el Reino Unido", "del Reino Unido", "en el Reino Unido"),
        ("Netherlands", "es", "NL", "los Países Bajos", "de los Países Bajos", "en los Países Bajos"),
        ("Emma Olsen", "fr", None, "Emma Olsen", "d’Emma Olsen", "à Emma Olsen"),
    ],
)
def test_a_name_has_its_article_and_preposition(name, language, code, subject, of, within):
    found = named(name, language, code, True)
    assert found and (found.subject, found.of, found.within) == (subject, of, within) and found.fits


def test_a_country_whose_article_is_not_listed_stands_alone():
    found = named("Mayotte", "fr", "YT")
    assert found and found.bare == "Mayotte" and not found.fits


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["", " km²", " kg", " °C", " USD", "%"]), st.sampled_from(LANGUAGES))
def test_every_quantity_reads_back(number, unit, code):
    stated = read_stated(f"{number:f}{unit}", "area", "en")
    assert stated is not None
    for words in write_quantity(stated, code):
        found = read_quantity(words, code)
        assert found is not None and (found.normal, found.precision) == (stated.normal, stated.precision)


@pytest.mark.parametrize("words", ["8,515,76 km²", "8.515.767 km²", "8,515,767 parsnips", "km²", "1 2 km²", "8,515,767 km² 9"])
def test_what_the_language_does_not_write_so_is_no_quantity(words):
    assert read_quantity(words, "en") is None


@pytest.mark.parametrize("value", ["about 8 million", "8.5 million", "1.234 km²"])
def test_a_rounded_or_ambiguous_number_is_not_written_with_more_or_fewer_digits(fact, value):
    row = fact("X", "area", value)
    assert [(one.slots["value"], one.plain) for one in write_value(row, "en")] == [(value, False)]
    assert write_value(row, "de") == []


@pytest.mark.parametrize(
    ("predicate", "one", "other", "order"),
    [
        ("area", "8 km²", "9 km²", -1), ("area", "9 km²", "8 km²", 1), ("area", "9 km²", "8 mi²", 0), ("area", "8 km²", "8 km²", 0),
        ("height", "8.1 m", "8.14 m", 0), ("founding date", "1901", "March 1901", 0), ("founding date", "1901", "March 1902", -1),
        ("capital", "Rome", "Oslo", 0),
    ],
)  # fmt: skip
def test_only_what_surely_differs_has_an_order(fact, predicate, one, other, order):
    assert order_of(*(value_of(fact("X", predicate, value)) for value in (one, other))) == order


def test_times_have_words_in_each_language():
    assert [time_slots("2022-08-01", code)["the_time"] for code in LANGUAGES] == [
        "August 1, 2022", "1. August 2022", "le 1er août 2022", "el 1 de agosto de 2022",
    ]  # fmt: skip
    assert Decimal(time_slots("2022", "fr")["time"]) == 2022


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("United States of America", "the United States of America"), ("Solomon Islands", "the Solomon Islands"), ("Gambia", "the Gambia"),
        ("University of Oslo", "the University of Oslo"), ("Isle of Man", "Isle of Man"), ("Oslo", "Oslo"), ("The Gambia", "The Gambia"),
        ("The Bahamas", "The Bahamas"),
    ],
)  # fmt: skip
def test_an_english_name_takes_an_article_once(name, subject):
    found = named(name, "en")
    assert found and found.subject == subject
