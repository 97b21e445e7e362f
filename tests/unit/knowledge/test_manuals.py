"""Manuals: only approved pages, cut into sections that together are the page, each at its span."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import rows_of
from tierline.knowledge import ManualRules, VettedSource, split_manuals
from tierline.lake.reviews import Settled, Settlements

MANUAL = (
    "# Opening the lock\n"
    + "Check that both gates are closed before you begin to work. " * 4
    + "\n\n# Filling\n"
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


def test_an_approval_of_content_lapses_when_the_page_changes_and_holds_for_files_without_address():
    keepers = VettedSource("https://docs.example/", "keepers", "2026-01-15", sha256=("a" * 64, "b" * 64))
    rows = [
        {"doc_id": "doc_1", "url": "https://docs.example/1", "text": MANUAL, "text_sha256": "a" * 64},
        {"doc_id": "doc_2", "url": "https://docs.example/2", "text": MANUAL, "text_sha256": "c" * 64},
        {"doc_id": "doc_3", "url": None, "text": MANUAL, "text_sha256": "d" * 64},
        {"doc_id": "doc_4", "url": None, "text": MANUAL, "text_sha256": "e" * 64},
    ]
    result = split_manuals(rows_of("l2_selected", rows), ManualRules((keepers, VettedSource("", "me", "2026-01-16", sha256=("d" * 64,)))))
    result.check("l4_manuals")
    assert {(row["parents"][0], row["approved_by"]) for row in result.tables["l4_manuals"].to_pylist()} == {
        ("doc_1", "keepers"),
        ("doc_3", "me"),
    }
    decisions = {row["row_id"]: (row["rule"], row["detail"]) for row in result.ledgers["l4_manuals"][1].to_pylist()}
    assert decisions == {
        "doc_1": (None, None),
        "doc_2": ("manuals:changed", "not among the texts that keepers approved on 2026-01-15"),
        "doc_3": (None, None),
        "doc_4": ("manuals:not_vetted", None),
    }
    again = ManualRules((keepers, VettedSource("https://docs.example/", "others", "2026-02-01")))
    assert sections(MANUAL, again, text_sha256="c" * 64)[0]["approved_by"] == "others", (
        "a later entry may approve what an earlier one does not"
    )


def test_an_approval_ends_with_its_last_day_unless_another_goes_on():
    year = VettedSource("https://docs.example/", "keepers", "2026-01-15", valid_until="2026-06-30")
    row = {"doc_id": "doc_1", "url": "https://docs.example/1", "text": MANUAL}

    def split(day: str, *vetted: VettedSource) -> tuple[set, str | None, str | None]:
        result = split_manuals(rows_of("l2_selected", [row]), ManualRules(vetted), date.fromisoformat(day))
        result.check("l4_manuals")
        (decision,) = result.ledgers["l4_manuals"][1].to_pylist()
        return {section["valid_until"] for section in result.tables["l4_manuals"].to_pylist()}, decision["rule"], decision["detail"]

    assert split("2026-06-30", year) == ({"2026-06-30"}, None, None)
    assert split("2026-07-01", year) == (set(), "manuals:approval_ended", "keepers approved it until 2026-06-30")
    assert split("2026-07-01", year, VettedSource("https://docs.example/", "keepers", "2026-07-01")) == ({None}, None, None)
    assert ManualRules((year,)).ended(date(2026, 6, 30)) == () and ManualRules((year,)).ended(date(2026, 7, 1)) != ()
    with pytest.raises(ValueError, match="after the end"):
        VettedSource("https://docs.example/", "keepers", "2026-07-01", valid_until="2026-06-30")


@pytest.mark.parametrize("digest", ["a" * 63, "A" * 64, "", "sha256:" + "a" * 64])
def test_a_digest_is_64_hex_digits(digest):
    with pytest.raises(ValueError, match="64 hex digits"):
        VettedSource("https://a/", "x", "2026-01-01", sha256=(digest,))


@pytest.mark.parametrize("values", [("", "x", "2026-01-01"), ("https://a/", "", "2026-01-01"), ("https://a/", "x", "yesterday")])
def test_an_approval_needs_a_name_and_a_day(values):
    with pytest.raises(ValueError):
        VettedSource(*values)


def sections(text: str = "", rules: ManualRules | None = None, **document) -> list[dict]:
    """Of one vetted page."""
    row = {"doc_id": "doc_1", "url": "https://docs.example/1", "title": "The lock", "license": "own", "text": text, "tokens": 9} | document
    result = split_manuals(rows_of("l2_selected", [row]), rules or rules_of())
    result.check("l4_manuals")
    return result.tables["l4_manuals"].to_pylist()


def rules_of(**changes) -> ManualRules:
    return ManualRules((VettedSource("https://docs.example/", "keepers", "2026-01-15"),), **changes)


LONG = "Turn the wheel slowly to the left and wait for the water. " * 4


def marked(*lines: tuple[str, int] | str) -> dict:
    """A text of these lines; the pairs are headings with their levels."""
    return {
        "text": "\n".join(line if isinstance(line, str) else line[0] for line in lines),
        "headings": [{"line": number, "level": line[1]} for number, line in enumerate(lines) if not isinstance(line, str)],
    }


def test_sections_run_from_heading_to_heading_with_level_and_path():
    page = marked("Home", ("The lock", 1), LONG, ("Opening", 2), LONG, ("By hand", 3), LONG, ("Closing", 2), LONG, ("Tides", 1))
    found = sections(**page)
    assert [(row["heading"], row["level"], row["path"]) for row in found] == [
        ("", None, ""),
        ("The lock", 1, "The lock"),
        ("Opening", 2, "The lock > Opening"),
        ("By hand", 3, "The lock > Opening > By hand"),
        ("Closing", 2, "The lock > Closing"),
        ("Tides", 1, "Tides"),
    ]
    assert [row["text"].split("\n")[0] for row in found] == [row["heading"] or "Home" for row in found]


def test_a_page_whose_markup_names_no_heading_is_one_section_however_short_its_lines():
    assert [row["heading"] for row in sections(f"Opening\n{LONG}\n\nCLOSING\n{LONG}", headings=[])] == [""]


def test_no_section_begins_within_code_and_a_mark_beyond_the_text_is_none():
    page = marked(("Opening", 1), "```", ("x = 1", 2), "```", LONG)
    page["headings"].append({"line": 99, "level": 1})
    assert [row["heading"] for row in sections(**page)] == ["Opening"]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("Opening¶", "Opening"),
        ("Opening \uf0c1", "Opening"),
        ("Opening[edit]", "Opening"),
        ("Opening [ edit | edit source ]", "Opening"),
        ("- Opening", "Opening"),
        ("    - Opening", "Opening"),
        ("-x, --exclude", "-x, --exclude"),
        ("C#", "C#"),
        ("Editing [edit] marks", "Editing [edit] marks"),
    ],
)
def test_a_heading_is_without_marks_and_links_of_the_page(line, heading):
    (row,) = sections(**marked((line, 2), LONG))
    assert row["heading"] == row["path"] == heading and row["text"].startswith(line.strip())


def test_a_section_too_short_joins_the_one_before_where_the_recipe_says_so():
    page = marked(("Opening", 1), LONG, ("Note", 2), "Mind the gap.", ("Closing", 1), LONG)
    assert [row["heading"] for row in sections(**page)] == ["Opening", "Note", "Closing"]
    joined = sections(**page, rules=rules_of(section_words_min=5))
    assert [row["heading"] for row in joined] == ["Opening", "Closing"] and "Mind the gap." in joined[0]["text"]


PIECES = st.sampled_from(["# Opening", "Closing\n=====", LONG, "", "  ", "A short line.", "- item", "ü 漢字", "```", "1. Tides", "CLOSED"])


@given(st.lists(PIECES, max_size=12).map("\n".join), st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6))) | st.none())
def test_sections_are_the_text_in_order_without_gaps_of_more_than_white_space(text, places):
    headings = None if places is None else [{"line": line, "level": level} for line, level in sorted(dict(places).items())]
    found = sections(text, headings=headings)
    assert [row["position"] for row in found] == list(range(len(found)))
    end = 0
    for row in found:
        assert text[row["span_start"] : row["span_end"]] == row["text"] == row["text"].strip()
        assert not text[end : row["span_start"]].strip()
        end = row["span_end"]
    assert not text[end:].strip() and bool(found) == bool(text.strip())


@pytest.mark.parametrize(
    ("title", "url", "product", "version"),
    [
        ("Install — Lock 3.1.2 documentation", "https://docs.example/latest/a.html", "Lock", "3.1.2"),
        ("Install - The Lock v3.1rc1 documentation", "https://docs.example/a", "The Lock", "3.1rc1"),
        ("Install", "https://docs.example/en/v3.1/a.html", None, "3.1"),
        ("Lock 3.1 documentation", "https://docs.example/a", "Lock", "3.1"),
        ("Install - Lock documentation", "https://docs.example/a", None, None),
        ("Release 3.1", "https://docs.example/notes/3.1", None, None),
        (None, "https://docs.example/2/a", None, None),
    ],
)
def test_product_and_version_are_those_that_the_page_states(title, url, product, version):
    found = sections(MANUAL, title=title, url=url)
    assert {(row["title"], row["product"], row["version"]) for row in found} == {(title, product, version)}


def test_the_recipes_product_and_version_stand_before_the_pages():
    source = VettedSource("https://docs.example/", "keepers", "2026-01-15", product="The lock", version="4")
    found = sections(MANUAL, ManualRules((source,)), title="Install — Lock 3.1 documentation")
    assert {(row["product"], row["version"]) for row in found} == {("The lock", "4")}


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


def test_a_reviewer_approves_the_present_text_of_a_page_or_drops_it():
    keepers = VettedSource("https://docs.example/", "keepers", "2026-01-15", sha256=("a" * 64,))
    row = {"doc_id": "doc_1", "url": "https://docs.example/1", "text": MANUAL, "text_sha256": "c" * 64}
    for verdict, digest, approved, rule in (
        ("keep", "c" * 64, {("ada", "2026-02-01")}, "review:keep"),
        ("drop", "c" * 64, set(), "review:drop"),
        ("keep", "d" * 64, set(), "manuals:changed"),
    ):
        reviews = Settlements([Settled("doc_1", digest, verdict, None, "rev_1", ("ada",), "", "2026-02-01")])
        result = split_manuals(rows_of("l2_selected", [row]), ManualRules((keepers,)), None, reviews)
        result.check("l4_manuals")
        assert {(row["approved_by"], row["approved_on"]) for row in result.tables["l4_manuals"].to_pylist()} == approved
        assert result.ledgers["l4_manuals"][1]["rule"].to_pylist() == [rule]
