"""What sources contradict each other on: all sides, each with its sites, and no answer."""

import pytest


@pytest.fixture
def claims(claim):
    return [
        claim("a.example", "Hamar", "elevation", "127 m"), claim("b.example", "Hamar", "elevation", "127 m"),
        claim("c.example", "Hamar", "elevation", "130 m"), claim("d.example", "Hamar", "elevation", "130 m"),
    ]  # fmt: skip


def test_the_answer_lists_every_side(forms, claims):
    (row,) = forms(contradictions=claims)
    assert row["kind"] == "contradicted" and row["parent_table"] == "l4_claims"
    assert sorted(row["parents"]) == sorted(one["claim_id"] for one in claims)
    assert row["text"].split("\n")[1:] == ["- 127 m (a.example, b.example)", "- 130 m (c.example, d.example)"]
    assert "not settled" in row["text"].split("\n")[0] and "Hamar" in row["question"]
    assert row["stated_values"] == ["127 meter", "127 meter", "130 meter", "130 meter"]


def test_ways_to_write_one_value_are_one_side(forms, claim, claims):
    (row,) = forms(contradictions=[*claims[:2], claim("e.example", "Hamar", "elevation", "0.127 km"), *claims[2:]])
    assert len(row["text"].split("\n")) == 3 and "e.example" in row["text"].split("\n")[1]


def test_what_a_fact_settles_and_what_has_many_values_is_no_contradiction(forms, fact, claim, claims):
    rows = forms(fact("Hamar", "elevation", "127 m"), contradictions=claims)
    assert "contradicted" not in {row["kind"] for row in rows}
    authors = [claim("a.example", "The Long Night", "author", "Mira Sol"), claim("b.example", "The Long Night", "author", "Ada Moe")]
    assert forms(contradictions=authors) == []


def test_what_is_contradicted_is_not_unknown(forms, fact, claims):
    facts = [fact("Hamar", "area", "351 km²"), fact("Hamar", "mayor", "Ada Moe")]
    asked = {row["question"] for row in forms(*facts, contradictions=claims, unknowns=99) if row["kind"] == "unknown"}
    assert asked and not [question for question in asked if "elevation" in question or "sea level" in question]


def test_a_contradiction_of_very_many_sides_is_left_out(forms, claim):
    many = [claim(f"{name}.example", "Hamar", "elevation", f"{number}00 m") for number, name in enumerate("abcdefg", 1)]
    assert forms(contradictions=many) == []
