"""Manuals: only approved pages, cut into sections that together are the page, each at its span."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import rows_of
from tierline.knowledge import ManualRules, VettedSource, split_manuals

MANUAL = (
    "Opening the lock\n"
    + "Check that both gates are closed before you begin to work. " * 4
    + "\nFilling\n"
    + "Turn the wheel slowly to the left and wait for the water. " * 4
)


def test_only_vetted_pages_become_sections_and_each_is_found_at_its_span(make_rows):
    vetted = VettedSource("https://docs.example/manual/", "the lock keepers", "2026-01-15", "CC-BY")
    documents = make_rows(
        "l2_selected",
        [
            {"doc_id": "doc_1", "url": "https://docs.example/manual/1", "text": MANUAL, "tokens": 9},
            {"doc_id": "doc_2", "url": "https://x.example/", "text": MANUAL, "tokens": 9},
        ],
    )
    result = split_manuals(documents, ManualRules((vetted,)))
    result.check("l4_manuals")
    sections = result.tables["l4_manuals"].to_pylist()
    assert [row["heading"] for row in sections] == ["Opening the lock", "Filling"]
    assert all(MANUAL[row["span_start"] : row["span_end"]] == row["text"] and row["approved_by"] == "the lock keepers" for row in sections)
    assert {row["row_id"]: row["rule"] for row in result.ledgers["l4_manuals"][1].to_pylist()} == {
        "doc_1": None,
        "doc_2": "manuals:not_vetted",
    }


@pytest.mark.parametrize("values", [("", "x", "2026-01-01"), ("https://a/", "", "2026-01-01"), ("https://a/", "x", "yesterday")])
def test_an_approval_needs_a_name_and_a_day(values):
    with pytest.raises(ValueError):
        VettedSource(*values)


def sections(text: str, rules: ManualRules | None = None, **document) -> list[dict]:
    """Of one vetted page."""
    row = {"doc_id": "doc_1", "url": "https://docs.example/1", "title": "The lock", "license": "own", "text": text, "tokens": 9} | document
    result = split_manuals(rows_of("l2_selected", [row]), rules or rules_of())
    result.check("l4_manuals")
    return result.tables["l4_manuals"].to_pylist()


def rules_of(**changes) -> ManualRules:
    return ManualRules((VettedSource("https://docs.example/", "keepers", "2026-01-15"),), **changes)


LONG = "Turn the wheel slowly to the left and wait for the water. " * 4


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("Opening the lock", True),
        ("1.2 Opening", True),
        ("Is it open?", False),
        ("It is open.", False),
        ("Note:", False),
        ("one two three four five six seven eight nine ten", True),
        ("one two three four five six seven eight nine ten eleven", False),
        ("- an item", False),
        ("* an item", False),
        ("| a | table |", False),
        ("(see below)", False),
    ],
)
def test_what_counts_as_a_heading(line, heading):
    found = sections(f"{LONG}\n{line}\n{LONG}")
    assert [row["heading"] for row in found] == (["The lock", line] if heading else ["The lock"])


def test_a_second_heading_line_belongs_to_the_first():
    assert [row["heading"] for row in sections(f"Part One\nOpening\n{LONG}\nClosing\n{LONG}")] == ["Part One", "Closing"]


def test_a_section_too_short_joins_the_one_before_and_the_rule_says_what_is_short():
    text = f"Opening\n{LONG}\nNote\nMind the gap.\nClosing\n{LONG}"
    assert [row["heading"] for row in sections(text)] == ["Opening", "Closing"]
    assert "Mind the gap." in sections(text)[0]["text"]
    assert [row["heading"] for row in sections(text, rules_of(section_words_min=2))] == ["Opening", "Note", "Closing"]


@given(st.lists(st.sampled_from(["Opening", "Closing", LONG, "", "  ", "A short line.", "- item", "ü 漢字"]), max_size=12).map("\n".join))
def test_sections_are_the_text_in_order_without_gaps_of_more_than_white_space(text):
    found = sections(text)
    assert [row["position"] for row in found] == list(range(len(found)))
    end = 0
    for row in found:
        assert text[row["span_start"] : row["span_end"]] == row["text"] == row["text"].strip()
        assert not text[end : row["span_start"]].strip()
        end = row["span_end"]
    assert not text[end:].strip() and bool(found) == bool(text.strip())


def test_the_approval_and_its_license_are_on_every_section_and_the_pages_license_where_it_has_none():
    assert {(row["approved_by"], row["approved_on"], row["license"]) for row in sections(MANUAL)} == {("keepers", "2026-01-15", "own")}
    licensed = ManualRules((VettedSource("https://docs.example/", "keepers", "2026-01-15", "CC0"),))
    assert {row["license"] for row in sections(MANUAL, licensed)} == {"CC0"}


def test_the_first_source_whose_prefix_fits_approves_and_a_page_without_address_is_not_vetted():
    both = ManualRules(
        (VettedSource("https://docs.example/1", "first", "2026-01-01"), VettedSource("https://docs.example/", "second", "2026-01-02"))
    )
    assert {row["approved_by"] for row in sections(MANUAL, both)} == {"first"}
    assert {row["approved_by"] for row in sections(MANUAL, both, url="https://docs.example/2")} == {"second"}
    assert sections(MANUAL, both, url=None) == sections(MANUAL, both, url="http://docs.example/1") == []


def test_ids_follow_place_and_words():
    first, again, other = sections(MANUAL), sections(MANUAL), sections(MANUAL.replace("wheel", "crank"))
    assert [row["section_id"] for row in first] == [row["section_id"] for row in again]
    assert first[0]["section_id"] == other[0]["section_id"] and first[1]["section_id"] != other[1]["section_id"]
