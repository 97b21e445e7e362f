"""Templates: they cover the vocabulary, state nothing of their own, and what is filled in can be taken out again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.forms.rules import LANGUAGES
from tierline.forms.words import fill, language, rank, slots_in, unfill
from tierline.knowledge.vocabulary import VOCABULARY

NAMES = {"subject", "of", "in", "whose", "noun", "label", "value"}
SLOTS = NAMES | {name.capitalize() for name in NAMES} | {
    *("bare", "entry", "when", "in_value", "of_value", "time", "the_time", "ask", "statement", "url", "quote", "sides"),
    *("other", "of_other", "other_value", "other_time", "more", "less", "hop", "middle"),
}  # fmt: skip


def templates(code: str) -> list[str]:
    found = language(code)
    own = [one for words in found.properties.values() for one in (*words.say, *words.ask)]
    return [*own, *(one for templates in found.any.values() for one in templates)]


def test_every_property_can_be_said_in_four_ways_and_asked_for_in_two():
    english = language("en")
    assert set(english.properties) == set(VOCABULARY)
    for name, words in english.properties.items():
        general = english.any["one" if VOCABULARY[name].functional else "several"]
        assert len({*words.say, *general, *english.any["label"]}) >= 4, name
        assert len(words.ask) >= 2, name


@pytest.mark.parametrize("code", LANGUAGES)
def test_templates_have_known_slots_and_state_no_value(code):
    assert set(language(code).properties) <= set(VOCABULARY)
    for template in templates(code):
        assert set(slots_in(template)) <= SLOTS, template
        assert not re.search(r"\d", template), template
    for name, words in language(code).properties.items():
        assert words.ask and words.noun and words.label in words.noun, name
        assert all({"Subject", "subject", "of", "in", "In", "Whose"} & set(slots_in(one)) for one in (*words.say, *words.ask)), name
        assert not words.more or len(set(words.more)) == 2


def test_french_sets_a_space_before_its_high_marks():
    assert not [one for one in templates("fr") if re.search(r"(?<!\u00a0)[?:](?!/)", one)]


@pytest.mark.parametrize(
    ("template", "text", "known", "found"),
    [
        ("The {noun} of {subject}.", "The area of Rome.", {}, {"noun": "area", "subject": "Rome"}),
        ("{a} {b}!", "one two three!", {}, {"a": "one", "b": "two three"}),
        ("{a} {b}!", "one two three!", {"a": ["one", "one two"]}, {"a": "one two", "b": "three"}),
        ("{a} {b}!", "one two three!", {"a": ["two"]}, None),
        ("{a} and {a}.", "x and x.", {}, {"a": "x"}),
        ("{a} and {a}.", "x and y.", {}, None),
        ("{a}.", "x", {}, None),
        ("{a}.", "x.", {"a": ["x."]}, None),
        ("None.", "None.", {}, {}),
        ("None.", "Nobody.", {}, None),
        ("{a}b", "b", {}, {"a": ""}),
        ("x{a}x", "x", {}, None),
    ],
)
def test_words_are_taken_out_where_the_template_has_slots(template, text, known, found):
    assert unfill(template, text, known) == found


@given(st.dictionaries(st.sampled_from("abc"), st.text(st.characters(exclude_characters="|;{}"), max_size=9), min_size=3, max_size=3))
def test_what_is_filled_in_can_be_taken_out(words):
    assert unfill("<{a}|{b};{c}>", fill("<{a}|{b};{c}>", words)) == words


@given(st.sets(st.integers(), min_size=2), st.integers())
def test_the_order_of_items_does_not_depend_on_others(items, seed):
    whole = rank(sorted(items), seed)
    assert rank(whole[::-1], seed) == whole
    assert rank(whole[1:], seed) == whole[1:]
