"""Labeled lines: what lists and lines with labels state of what they are about, and what only looks like it."""

import pytest

from tierline.knowledge.labels import label_statements
from tierline.knowledge.page_subjects import PageNames


def said(text: str, headings: tuple[int, ...] = (), subject: str = "Oslo") -> list[tuple[str, str, str]]:
    lines = [{"line": line, "level": 2} for line in headings]
    found = list(label_statements(text, lines, subject, PageNames(subject), "en"))
    assert all(one.object in text[one.start : one.end] for one in found)
    return [(one.subject, one.predicate, one.object) for one in found]


BOTH = [("Oslo", "population", "9,841"), ("Oslo", "capital", "Velm")]


@pytest.mark.parametrize(
    "text",
    [
        "- Population: 9,841\n- Capital: Velm",
        "Population: 9,841\nCapital: Velm",
        "**Population** 9,841\n**Capital:** Velm",
        "* __Population__: 9,841\n* __Capital__ – Velm",
        "- Population - 9,841\n- Capital — Velm",
        "- Population 9,841\n- Capital: Velm",
        "• Population\t9,841\n\n• Capital\tVelm",
        "Intro.\nNumber of inhabitants: 9,841\nMotto: Onward\nCapital city: Velm\nOutro.",
    ],
)
def test_labeled_lines_below_each_other_state_what_the_page_is_about(text):
    assert said(text) == BOTH


@pytest.mark.parametrize(
    "text",
    [
        "Population: 9,841",
        "Population: 9,841\nA sentence between.\nCapital: Velm",
        "```\nPopulation: 9,841\nCapital: Velm\n```",
        "Population: growing\nCapital: the largest town of the land",
        "- Country: Norway\n- Country: Sweden",
        "Country: China, India, Brazil\nCapital: none of them",
        "Location: Outside a cafe\nTime: Afternoon",
        "| Population: | 9,841 |\n| Capital: | Velm |",
    ],
)
def test_what_is_no_list_of_properties_states_nothing(text):
    assert said(text) == []


def test_a_list_under_a_heading_that_names_something_else_states_nothing():
    text = "{}\n- Population: 9,841\n- Capital: Velm"
    assert said(text.format("Key facts"), (0,)) == said(text.format("Oslo"), (0,)) == said(text.format("Facts about Oslo"), (0,)) == BOTH
    assert said(text.format("Bergen"), (0,)) == []


@pytest.mark.parametrize("subject", ["", "Top 10 things to do", "How to get to Oslo?", "the town of the many bridges"])
def test_a_page_that_names_nothing_is_about_nothing(subject):
    assert said("Population: 9,841\nCapital: Velm", subject=subject) == []
