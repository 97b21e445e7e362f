"""Questions of two steps: only where both steps have one answer."""

import pytest


def two_hops(rows) -> dict[str, str]:
    return {row["question"]: row["text"] for row in rows if row["kind"] == "two_hop"}


@pytest.fixture
def way(fact):
    return [fact("Norway", "capital", "Oslo"), fact("Oslo", "elevation", "23 m"), fact("Oslo", "mayor", "Ada Moe")]


def test_two_facts_answer_one_question(forms, way):
    found = two_hops(forms(*way))
    assert set(found) <= {
        "What is the elevation of the capital of Norway?", "Consider the capital of Norway. What is its elevation?",
        "Who is the mayor of the capital of Norway?",
    }  # fmt: skip
    assert len(found) == 2 and all("Oslo" in text for text in found.values())
    assert any("23 m" in text for text in found.values())
    (row,) = [row for row in forms(*way[:2]) if row["kind"] == "two_hop"]
    assert row["stated_values"] == ["oslo", "23 meter"] and row["parents"] == [fact["fact_id"] for fact in way[:2]]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("Oslo", "elevation", "230 m"), "two values of what has one: two things of one name, or an open question"),
        (("Norway", "capital", "Bergen"), "the first step has two values"),
        (("OSLO.", "elevation", "23 m"), "two things of one name"),
    ],
)
def test_an_ambiguous_step_is_refused(forms, fact, way, more, why):
    assert len(two_hops(forms(*way[:2]))) == 1
    assert not [text for text in two_hops(forms(*way[:2], fact(*more))).values() if "elevation" in text], why


def test_a_value_that_is_identified_leads_to_its_thing_whatever_its_name(forms, fact):
    """Two cities of one name; of a value in words alone nobody knows which it is."""
    texas = [fact("Paris", "elevation", "183 m", entity="wikidata:Q830149"), fact("Paris", "mayor", "Reed Foe", entity="wikidata:Q830149")]
    france = fact("Paris, City of Light", "elevation", "35 m", entity="wikidata:Q90")
    for entity, metres in (("wikidata:Q90", "35 m"), ("wikidata:Q830149", "183 m")):
        found = two_hops(forms(fact("France", "capital", "Paris", object_entity=entity), *texas, france))
        assert [metres in text for text in found.values() if "elevation" in text] == [True]
    assert two_hops(forms(fact("France", "capital", "Paris", object_entity="wikidata:Q3181341"), *texas)) == {}, "a thing without facts"


def test_a_country_is_known_by_its_name(forms, fact):
    named = fact("Oslo", "country", "Norway", object_entity="iso3166-1:NO")
    assert two_hops(forms(named, fact("Norway", "area", "385,207 km²")))


def test_a_step_of_many_values_is_none(forms, fact):
    rows = forms(fact("The Long Night", "author", "Mira Sol"), fact("Mira Sol", "birth place", "Hamar"))
    assert two_hops(rows) == {}, "a book may have other authors"


def test_an_answer_does_not_lead_back_and_has_no_time(forms, fact):
    assert two_hops(forms(fact("Norway", "capital", "Oslo"), fact("Oslo", "country", "Norway"))) == {}
    dated = fact("Oslo", "population", "717,710", state="current", valid_from="2024")
    assert two_hops(forms(fact("Norway", "capital", "Oslo"), dated)) == {}
