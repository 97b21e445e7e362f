"""What is not settled: all sides with their sources where they contradict each other, one side where one source alone states it."""

import pytest


@pytest.fixture
def sides(value):
    return [value("a.example b.example", "Hamar", "elevation", "127 m"), value("c.example d.example", "Hamar", "elevation", "130 m")]


def kinds(rows: list[dict]) -> set[str]:
    return {row["kind"] for row in rows}


def test_the_answer_lists_every_side_with_its_sources(forms, sides):
    (row,) = forms(values=sides)
    assert row["kind"] == "contradicted" and row["parent_table"] == "l4_values"
    assert sorted(row["parents"]) == sorted(one["value_id"] for one in sides)
    assert row["text"].split("\n")[1:] == ["- 127 m (a.example, b.example)", "- 130 m (c.example, d.example)"]
    assert "not settled" in row["text"].split("\n")[0] and "Hamar" in row["question"]
    assert row["stated_values"] == ["127 meter", "130 meter"]


def test_values_that_agree_less_precisely_are_one_side(forms, value, sides):
    (row,) = forms(values=[*sides, value("e.example", "Hamar", "elevation", "0.127 km")])
    assert len(row["text"].split("\n")) == 3 and "e.example" in row["text"].split("\n")[1] and len(row["parents"]) == 3


def test_what_a_fact_settles_and_what_has_many_values_is_no_contradiction(forms, fact, value, sides):
    assert "contradicted" not in kinds(forms(fact("Hamar", "elevation", "127 m"), values=sides))
    authors = [value("a.example", "The Long Night", "author", "Mira Sol"), value("b.example", "The Long Night", "author", "Ada Moe")]
    assert forms(values=authors) == []


def test_what_is_contradicted_or_stated_once_is_not_unknown(forms, fact, value, sides):
    facts = [fact("Hamar", "area", "351 km²"), fact("Hamar", "mayor", "Ada Moe")]
    once = value("a.example", "Hamar", "population", "31,000", "single_source")
    asked = {row["question"] for row in forms(*facts, values=[*sides, once], unknowns=99) if row["kind"] == "unknown"}
    told = ("elevation", "sea level", "population of", "inhabitants", "people live")
    assert asked and not [question for question in asked if any(word in question for word in told)]


def test_a_contradiction_of_very_many_sides_is_left_out(forms, value):
    many = [value(f"{name}.example", "Hamar", "elevation", f"{number}00 m") for number, name in enumerate("abcdefg", 1)]
    assert forms(values=many) == []


def test_one_source_against_another_counts_of_a_thing_that_facts_are_about(forms, fact, value):
    sides = [value(f"{site}.example", "Hamar", "elevation", said, reason="facts:disputed") for site, said in (("a", "127 m"), ("b", "9 m"))]
    assert forms(values=sides) == []
    assert "contradicted" in kinds(forms(fact("Hamar", "area", "351 km²"), values=sides))


def test_what_changes_is_asked_for_with_its_time_and_values_of_other_times_are_no_sides(forms, value):
    stated = (("a", "31,000", "2020"), ("b", "35,000", "2020"), ("c", "28,000", "2010"))
    rows = forms(values=[value(f"{site}.example", "Hamar", "population", said, valid_from=time) for site, said, time in stated])
    (row,) = rows
    assert "2020" in row["question"] and row["text"].split("\n")[1:] == ["- 31,000 (a.example)", "- 35,000 (b.example)"]


def test_what_one_source_alone_states_is_said_as_not_confirmed(forms, fact, value):
    area, once = fact("Hamar", "area", "351 km²"), value("a.example", "Hamar", "elevation", "127 m", "single_source")
    (row,) = [row for row in forms(area, values=[once]) if row["kind"] == "unconfirmed"]
    assert row["parents"] == [once["value_id"]] and row["stated_values"] == ["127 meter"] and row["parent_table"] == "l4_values"
    assert row["text"].endswith("\n- 127 m (a.example)") and "confirm" in row["text"] and "127" not in row["question"]
    assert forms(values=[once]) == [], "no fact is about it"
    assert "unconfirmed" not in kinds(forms(area, fact("Hamar", "elevation", "130 m"), values=[once])), "it is known"
    assert "unconfirmed" not in kinds(forms(area, values=[once | {"sources_for": ["a.example", "b.example"]}])), "two state it"
    assert "unconfirmed" not in kinds(forms(area, values=[once | {"is_ambiguous": True}]))


@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_thing_has_a_few_of_these_whatever_their_order(forms, fact, value, most):
    area = fact("Hamar", "area", "351 km²")
    once = [
        value("a.example", "Hamar", name, said, "single_source")
        for name, said in (("elevation", "127 m"), ("depth", "9 m"), ("width", "3 m"))
    ]
    rows = [
        {row["text"] for row in forms(area, values=own, unconfirmed=most) if row["kind"] == "unconfirmed"} for own in (once, once[::-1])
    ]
    assert rows[0] == rows[1] and len(rows[0]) == most


def test_words_and_sources_that_a_line_cannot_hold_are_left_out(forms, sides):
    for name in ("atlas (2020)", "one, two"):
        assert forms(values=[sides[0] | {"sources_for": [name]}, sides[1]]) == []
    assert forms(values=[sides[0] | {"sources_for": []}, sides[1]]) == [], "one side alone has a source"


def test_a_name_that_facts_give_to_another_thing_is_not_asked_about(forms, fact, sides):
    rows = forms(fact("Hamar", "area", "351 km²", entity="wikidata:Q1"), values=[one | {"entity": "wikidata:Q2"} for one in sides])
    assert rows and "contradicted" not in kinds(rows)
