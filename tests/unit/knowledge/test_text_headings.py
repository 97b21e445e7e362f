"""Headings by the syntax of a text: Markdown, reStructuredText, numbered and man-page text; none within code."""

import pytest

from tierline.knowledge.text_headings import capital_marks, markdown_marks, marks, numbered_marks, underlined_marks

BODY = "Turn the wheel slowly, and wait for the water."


def titles(text: str, url: str | None = None) -> list[tuple[str, int]]:
    lines = text.split("\n")
    found = marks(text, None, url)
    assert all(mark.title.split()[-1].strip("*`") in " ".join(lines[mark.line : mark.line + 2]) for mark in found)
    return [(mark.title, mark.level) for mark in found]


def test_markdown_has_two_forms_of_headings_and_code_holds_none():
    text = (
        f"The lock\n========\n\n{BODY}\n\nOpening\n---\n\n```sh\n# a comment\n\n# another\n```\n\n### By *hand* ###\n\n    # indented\n"
        "~~~\n# code\n```\n# code\n~~~\n###### `Deep` [link](https://a.example)\n#no heading\n"
    )
    assert titles(text, "https://docs.example/a.md") == [("The lock", 1), ("Opening", 2), ("By hand", 3), ("Deep link", 6)]


def test_headings_in_lists_and_quotations_of_markdown_belong_to_them():
    assert titles(f"# Lock\n\n- # One\n\n  {BODY}\n\n> ## Two\n\n| # a | b |\n| --- | --- |\n| # c | d |\n") == [("Lock", 1)]


def test_metadata_at_the_front_of_markdown_is_no_heading():
    assert titles("---\ntitle: Lock\n---\n# Lock {#lock}\n\n---\n", "https://docs.example/a.md") == [("Lock", 1)]


RST = f"""
========
The lock
========

{BODY}

Opening
-------
.. code-block:: sh

   # Not a title
   =============

Steps::

    Nor this
    --------

=====  =====
Column Two
=====  =====

By hand
~~~~~~~
* item

----------

Closing
-------
{BODY}
Wait
----
"""


def test_levels_of_restructured_text_follow_the_order_of_its_styles():
    expected = [("The lock", 1), ("Opening", 2), ("By hand", 3), ("Closing", 2)]
    assert titles(RST, "https://docs.example/a.rst") == expected == titles(RST)
    assert underlined_marks(RST.split("\n"))[0].line == 1, "a section begins with the line above its title"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A\n=", []),
        ("Abc\n==", []),
        ("Abcdefgh\n====", ["Abcdefgh"]),
        ("Lock\n====\nText\n====", ["Lock", "Text"]),
        ("====\nLock\n====", ["Lock"]),
        ("text\nLock\n====", []),
        (" Lock\n=====", []),
        ("======\n Lock\n======", ["Lock"]),
        ("a\n\n====\n\nb", []),
        ("+----+\n| a  |\n+----+", []),
    ],
)
def test_what_is_a_title_with_a_line_below(text, found):
    assert [mark.title for mark in underlined_marks(text.split("\n"))] == found


def test_numbers_of_sections_continue_and_those_of_lists_or_contents_do_not():
    text = (
        f"Contents\n1. Lock\n2. Tides ... 7\n\n1. The Lock\n\n   {BODY}\n\n1.1. Opening\n\n{BODY}\n\n3. Turn\n\n1.2 Closing\n\n"
        f"4. Turn it.\n\n2.  Tides\n\n{BODY}\n\n1990 was wet\n"
    )
    assert titles(text) == [("1. The Lock", 1), ("1.1. Opening", 2), ("1.2 Closing", 2), ("2.  Tides", 1)]
    assert numbered_marks(["1. Only one"]) == []


MAN = """LOCK(1)                User Commands               LOCK(1)

NAME
       lock - fill and empty

OPTIONS
   Of the gates
       -o, --open
              Open them.

SEE ALSO
       tide(3)

3rd release            2026-01-01               LOCK(1)"""


def test_capitals_at_the_margin_are_headings_and_man_pages_have_a_second_level():
    assert titles(MAN) == [("NAME", 1), ("OPTIONS", 1), ("Of the gates", 2), ("SEE ALSO", 1)]
    assert capital_marks(["TABLE  OF  GAPS", "", "STOP!", "", "A"]) == []


@pytest.mark.parametrize("text", ["", "\n\n", "Opening", f"Opening\n{BODY}\n\nClosing\n{BODY}", "#!/bin/sh\n# run it\nls", "```\n# a\n```"])
def test_a_text_that_shows_no_syntax_has_no_headings(text):
    assert titles(text) == []


def test_an_unclosed_block_of_code_reaches_to_the_end():
    assert [mark.title for mark in markdown_marks("# a\n```\n# b")] == ["a"]
