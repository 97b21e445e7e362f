"""What is shown is what is there: no character of the crawl steers a terminal, a page or a table."""

import unicodedata

import pytest

from tierline.display import TextTable, markdown_table, one_line, plain_table, printable

VISIBLE_FORMATS = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


def test_no_control_or_invisible_format_character_of_unicode_gets_through():
    points = {point for point in range(0x110000) if unicodedata.category(chr(point)) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    through = {point for point in points if chr(point) in printable(f"a{chr(point)}b")}
    assert through == VISIBLE_FORMATS, "signs with a glyph are text"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]8;;http://evil\x1b\\click", r"\x1b]8;;http://evil\x1b\click"),
        ("\x9b31m", r"\x9b31m"),
        ("42\u202e4242\u202c", r"42\u202e4242\u202c"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_steers_is_written_out(hostile, shown):
    assert printable(hostile) == shown


@pytest.mark.parametrize("text", ["Straße 北京 naïve 🏴", "می\u200cخواهم", "👩\u200d🚀", "क्\u200dष"])
def test_text_that_only_looks_unusual_is_left_alone(text):
    assert printable(text) == text


def test_a_joiner_that_joins_nothing_is_written_out():
    assert printable("pay\u200dpal \u200c") == r"pay\u200dpal \u200c"


def test_a_block_keeps_its_lines_and_nothing_else():
    assert printable("a\n\tb\x1b\r", block=True) == "a\n\tb\\x1b\\r"


def test_one_line_is_cut_where_it_is_told_to_be():
    assert one_line("  many\n words  here ", 11) == "many words…" and one_line("a\u202e", 9) == r"a\u202e"


def test_columns_stand_by_what_they_are_also_where_characters_are_wide():
    table = TextTable(("name", "count", "note"), [("北京", "7", "x"), ("a\nb", "1,000", "")], frozenset({2}))
    assert plain_table(table) == "name  count  note\n北京      7  x\na\\nb  1,000"


def test_a_markdown_table_takes_nothing_in_a_cell_for_markup():
    shown = markdown_table(TextTable(("a|b", "n"), [("<img src=x> *b* [l](u)", "1")]))
    assert shown == "| a\\|b | n |\n| --- | ---: |\n| &lt;img src=x> \\*b\\* \\[l\\](u) | 1 |"
