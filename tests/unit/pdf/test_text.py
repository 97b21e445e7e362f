"""The text of PDF documents: paragraphs whole, furniture gone, code and tables as they stand, headings by the outline or the fonts."""

import pytest

from benchmarks.manuals import plain
from benchmarks.planted_manuals import Heading, Manual, Part
from benchmarks.planted_pdfs import by_fonts, outlined, with_numbers
from tierline.pdf.lines import HYPHEN, Bookmark, Font, Line, open_pdf, outline, page_lines
from tierline.pdf.text import text_of

LONG = "The keeper turns the wheel slowly to the left and waits for the water to rise before any boat may leave the chamber. " * 3
CODE = ("def fill(lock):", "    return lock.level", "", "## not a heading")
ROWS = ("Option\tValue\tMeaning", "the lock\t12\tdepth in metres", "the gate\t3\tleaves")
MANUAL = Manual(
    0,
    (
        Heading(1, "Run a lock"),
        Part("p", (LONG,)),
        *(part for chapter in range(1, 5) for part in (
            Heading(2, f"Chamber {chapter}"), Part("p", (LONG,)), Heading(3, f"Fill {chapter} times"), Part("code", CODE),
            Part("list", ("Open the paddles.", LONG)), Heading(4, f"Care of gate {chapter}"), Part("table", ROWS), Part("p", (LONG,)),
        )),
    ),
)  # fmt: skip
BODY, BOLD, LARGE, MONO = Font(10, False, False), Font(10, True, False), Font(14, True, False), Font(9, False, True)


def read(data: bytes):
    document = open_pdf(data)
    return text_of([page_lines(document, number) for number in range(len(document))], list(outline(document)))


def line(text: str, baseline: float, font: Font = BODY, page: int = 0, right: float = 500.0) -> Line:
    return Line(page, tuple(text.split("\t")), font, 50.0, right, baseline)


@pytest.mark.parametrize("write", [outlined, by_fonts, with_numbers])
def test_headings_paragraphs_code_and_tables_of_a_whole_document(write):
    found = read(write(MANUAL))
    lines = found.text.split("\n")
    headings = [(plain(lines[at]).lstrip("0123456789"), level) for at, level in found.headings]
    assert headings == [(plain(one.text), one.level) for one in MANUAL.headings]
    assert sum(one.removeprefix("• ") == LONG.strip() for one in lines) == 13  # each in one line, on two pages too
    assert "\n".join(code for code in CODE if code) in found.text
    assert "the lock  12  depth in metres" in lines
    assert not [one for one in lines if one.startswith(("Lock 3.1", "Page ", "- ")) or ". . ." in one or one.isdecimal()]


def test_a_word_parted_by_a_hyphen_is_whole_and_keeps_a_hyphen_that_it_has_elsewhere():
    page = [line(f"a well-known thing, and every man{HYPHEN}", 700), line(f"ual is a well{HYPHEN}", 688), line("known one.", 676)]
    assert text_of([page], []).text == "a well-known thing, and every manual is a well-known one."


def test_a_short_line_a_gap_and_an_item_end_a_paragraph():
    page = [line("One.", 700, right=90), line("Two goes on", 688), line("here.", 676, right=90), line("Three", 640), line("• four", 628)]
    assert text_of([page], []).text.split("\n") == ["One.", "Two goes on here.", "Three", "• four"]


def test_what_stands_on_every_page_at_one_place_is_left_out_and_what_stands_once_is_kept():
    pages = [
        [line(f"Chapter {page // 2}: Locks {page + 5}", 780, page=page), *(line(f"Words {'abcdef'[page]}{'vwxyz'[row]}.", 700 - 12 * row, page=page, right=90)
          for row in range(5)), line(f"{page + 5}", 30, page=page)]
        for page in range(6)
    ]  # fmt: skip
    assert text_of(pages, []).text.split("\n") == [" ".join(f"Words {page}{row}." for row in "vwxyz") for page in "abcdef"]
    assert "Chapter 0: Locks 5" in text_of(pages[:1], []).text


def test_the_outline_names_headings_with_or_without_numbers_on_the_page_it_says_or_the_next():
    pages = [
        [line("1 Locks", 700), line("Words.", 680), line("Words", 660)],
        [line("Gates and", 700, page=1), line("paddles", 688, page=1)],
    ]
    marks = [Bookmark(1, "Locks", 0), Bookmark(2, "Gates and paddles", 0), Bookmark(1, "Elsewhere", 1)]
    found = text_of(pages, marks)
    assert [(found.text.split("\n")[at], level) for at, level in found.headings] == [("1 Locks", 1), ("Gates and paddles", 2)]


def test_bold_lines_are_headings_but_for_the_first_row_of_a_table_and_what_ends_like_a_sentence():
    words = [line("Words of the body that go on and on.", 700 - 12 * row, right=300) for row in range(6)]
    page = [line("Title", 760, LARGE), *words, line("Care", 600, BOLD), line("Words.", 588), line("Name\tSize", 560, BOLD), line("a\t1", 548),
            line("Usage", 520, BOLD, right=80), line("make\tall\tx", 508), line("Note:", 480, BOLD), line("x.", 468)]  # fmt: skip
    found = text_of([page], [])
    assert [(found.text.split("\n")[at], level) for at, level in found.headings] == [("Title", 1), ("Care", 2), ("Usage", 2)]


def test_no_page_and_no_line_is_no_text():
    assert text_of([], []) == text_of([[]], []) == ("", [])
