"""Kept blocks become text: items with dashes, code in fences, data tables whole and in Markdown, layout tables as plain blocks."""

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import cut_blocks
from tierline.crawl.render import MAX_CELL_CHARACTERS, render
from tierline.crawl.rules import PageRules


def rendered(html: str, *left_out: str) -> str:
    """The page's text without the blocks that the model would not keep."""
    tree = LexborHTMLParser(html)
    blocks = cut_blocks(tree.root, PageRules())
    assert set(left_out) <= set(blocks.texts)
    return render(blocks, np.array([text not in left_out for text in blocks.texts]), tree.root).text


def test_only_kept_blocks_are_written_one_a_line():
    assert rendered("<p>a<p>b<p>c", "b") == "a\nc" and rendered("<p>a", "a") == ""


def test_items_have_a_dash_before_their_first_block_and_indent_by_depth():
    page = "<ul><li><p>one</p><p>more</p></li><li>two<ol><li>deep<ul><li>deeper</ul></ol></ul><p>end"
    assert rendered(page) == "- one\nmore\n- two\n  - deep\n    - deeper\nend"


def test_code_is_fenced_and_stays_between_kept_blocks_only():
    page = "<p>a</p><pre>x = 1\ny = 2</pre><p>b</p><pre>tail</pre>"
    assert rendered(page, "x = 1\ny = 2", "tail") == "a\n```\nx = 1\ny = 2\n```\nb"
    assert rendered(page, "x = 1\ny = 2", "tail", "b") == "a"
    assert rendered("<pre>alone</pre>", "alone") == ""


@pytest.mark.parametrize(
    ("below", "kept"),
    [
        ("<ul><li>x</ul>", "- x"),
        ("<ol><li>x<li>y</ol>", "- x\n- y"),
        ("<dl><dt>x<dd>y</dl>", "x\n: y"),
        ("<ul><li>x<li>y<li>z</ul>", ""),  # longer ones are the model's to judge
        ("<ul><li><a href=/>x</a></ul>", ""),
        ("<p>x<ul><li>y</ul>", ""),
        ("<ul><li>x</ul><p>y", "- x"),
    ],
)
def test_a_short_list_below_a_heading_of_the_text_stays_with_it(below, kept):
    left_out = [letter for letter in "xyz" if f">{letter}" in below]
    assert rendered(f"<p>a</p><h2>b</h2>{below}", *left_out) == f"a\nb\n{kept}".strip()
    assert rendered(f"<p>a</p><h2>b</h2>{below}", "b", *left_out) == "a"


def test_what_stands_in_an_item_below_its_heading_is_no_list_of_it():
    assert rendered("<p>a</p><ul><li><h3>b</h3><p>x</p></ul>", "x") == "a\n- b"


TABLE = "<table><tr><th>Year<th>Tons</tr><tr><td>1871<td>40</tr><tr><td>1872<td>50</tr></table>"
MARKDOWN = "| Year | Tons |\n| --- | --- |\n| 1871 | 40 |\n| 1872 | 50 |"


def test_a_data_table_between_kept_blocks_stays_although_its_cells_are_not_kept():
    cells = ("Year", "Tons", "1871", "40", "1872", "50")
    assert rendered(f"<p>a</p>{TABLE}<p>b</p>", *cells) == f"a\n{MARKDOWN}\nb"
    assert rendered(f"<p>a</p>{TABLE}<p>b</p>", *cells, "b") == "a"


def test_a_table_is_kept_as_a_whole_if_a_quarter_of_it_is():
    assert rendered(f"{TABLE}<p>b</p>", "Year") == rendered(f"{TABLE}<p>b</p>", "Year", "Tons", "1871", "40") == f"{MARKDOWN}\nb"
    assert rendered(f"{TABLE}<p>b</p>", "Year", "Tons", "1871", "40", "50") == "1872\nb", "a cell alone is a block"


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td>a<td>b</table>",  # one row
        "<table><tr><td>a<tr><td>b</table>",  # one column
        "<table><tr><td>a<td>b<tr><td>c<td><table><tr><td>d<td>e<tr><td>f<td>g</table></table>",  # the outer one is layout
        f"<table><tr><td>{'long ' * MAX_CELL_CHARACTERS}<td>b<tr><td>c<td>{'long ' * MAX_CELL_CHARACTERS}</table>",
        "<table><tr><td>a<td><pre>code</pre><tr><td>c<td>d</table>",
    ],
    ids=["one row", "one column", "nested", "long cells", "code"],
)
def test_a_table_that_is_no_data_is_plain_blocks(table):
    text = rendered(f"<p>x</p>{table}<p>y</p>")
    assert text.startswith("x\n") and text.endswith("\ny") and not text.startswith("x\n|")


def test_code_that_holds_a_fence_stands_between_longer_ones():
    assert rendered("<p>a</p><pre>```\nx\n````</pre><p>b</p>") == "a\n`````\n```\nx\n````\n`````\nb"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<tr><th>A<th>B<tr><td rowspan=2>x<td>1<tr><td>2", ["| A | B |", "| x | 1 |", "| x | 2 |"]),
        ("<tr><th>A<th>B<th>C<tr><td colspan=2>x<td>1<tr><td>y<td>2<td>3", ["| A | B | C |", "| x |  | 1 |", "| y | 2 | 3 |"]),
        ("<tr><td rowspan=0>x<td>1<tr><td>2<tbody><tr><td>y<td>3", ["| x | 1 |", "| x | 2 |", "| y | 3 |"]),
        ("<tr><td>a<td>1<tr style='display:none'><td>b<td>2<tr><td>c<td>3", ["| a | 1 |", "| c | 3 |"]),
        ("<tr><td>a<td><i style='display:none'>0007</i>7<tr><td>c<td>3", ["| a | 7 |", "| c | 3 |"]),
    ],
)
def test_a_table_is_written_as_its_spans_lay_it_out(rows, expected):
    lines = rendered(f"<table>{rows}</table>").split("\n")
    assert [lines[0], *lines[2:]] == expected


def test_a_definition_stands_behind_a_colon():
    assert rendered("<dl><dt>Span<dd>40 m<dt>Piers<dd>three</dl>") == "Span\n: 40 m\nPiers\n: three"


def test_the_innermost_table_is_data_within_a_layout_table():
    assert MARKDOWN in rendered(f"<table><tr><td>menu<td>{TABLE}</table>")


def test_rows_of_any_length_make_one_width_and_bars_are_escaped():
    page = "<table><tr><td>a<td>b<td>c</tr><tr><td>1|2</tr><tr></tr><tr><td><p>x</p><p>y</p><td>z</tr></table>"
    assert rendered(page) == "| a | b | c |\n| --- | --- | --- |\n| 1\\|2 |  |  |\n| x y | z |  |"


def headings(html: str, *left_out: str) -> list[tuple[str, int]]:
    """Each heading's line and level."""
    tree = LexborHTMLParser(html)
    blocks = cut_blocks(tree.root, PageRules())
    found = render(blocks, np.array([text not in left_out for text in blocks.texts]), tree.root)
    lines = found.text.split("\n")
    return [(lines[line], level) for line, level in found.headings]


def test_headings_of_every_level_are_found_at_their_lines():
    page = "<p>a</p>" + "".join(f"<h{level}>Part {level}</h{level}><pre>x\ny</pre><p>b<br>c</p>" for level in range(1, 7))
    assert headings(page) == [(f"Part {level}", level) for level in range(1, 7)]


def test_a_heading_that_is_left_out_is_none_and_bold_text_never_was():
    assert headings("<h1>Menu</h1><h2>Fill</h2><p><b>Open</b></p>", "Menu") == [("Fill", 2)]
    assert headings("<p>a</p>") == [] == headings("<h1>a</h1>", "a")


@pytest.mark.parametrize(
    "heading",
    ["<h2>Fill the lock</h2>", "<h2>Fill<br>the lock</h2>", "<h2><div>Fill the lock</div></h2>", "<h2><button>Fill the lock</button></h2>",
     "<h2>Fill the lock<br><br>slowly</h2>", "<h2>Fill the lock<button>Copy</button></h2>", "<h2><a><span>Fill</span> the lock</a></h2>",
     "<section><header><h2>Fill the lock</h2></header></section>", "<table><tr><td><h2>Fill the lock</h2></td></tr></table>"],
)  # fmt: skip
def test_a_heading_is_one_line_whatever_is_within_or_around_it(heading):
    assert headings(f"<p>a</p>{heading}<p>b</p>") == [("Fill the lock", 2)]


def test_a_heading_within_a_data_table_is_a_cell():
    assert headings("<h1>a</h1><table><tr><th><h3>Year</h3><th>Tons</tr><tr><td>1871<td>40</table>") == [("a", 1)]


def test_a_list_whose_items_have_headings_is_layout():
    assert headings("<ul><li><h3>open</h3><p>b</p></li></ul>") == [("- open", 3)]


def test_a_heading_directly_before_kept_text_stays_with_it():
    assert rendered("<p>a</p><h2>b</h2><h3>c</h3><p>d</p>", "b", "c") == "a\nb\nc\nd"
    assert rendered("<p>a</p><h5>b</h5><p>c</p>", "b") == "a\nb\nc"
    assert rendered("<p>a</p><h2>b</h2><p>c</p>", "b", "c") == "a", "what it is about is left out"
    assert rendered("<p>a</p><h2>b</h2>", "b") == "a"
    assert rendered("<h2>b</h2>", "b") == ""


def test_before_all_kept_text_a_title_stays_on_a_page_of_sections_alone():
    sections = "<p>b</p><h2>c</h2><p>d</p><h2>e</h2><p>f</p>"
    assert rendered(f"<h1>a</h1>{sections}", "a") == "a\nb\nc\nd\ne\nf"
    assert rendered(f"<h1>a</h1>{sections}", "a", "c", "e") == "a\nb\nc\nd\ne\nf"
    assert rendered(f"<h2>a</h2>{sections}", "a") == "b\nc\nd\ne\nf", "a heading of another part of the page"
    assert rendered(f"<h1>a</h1><p>x</p>{sections}", "a", "x") == "b\nc\nd\ne\nf", "text that is left out stands between"
    contents = "<p>x</p><p><a href=c>y</a></p><p><a href=e>z</a></p>"
    assert rendered(f"<h1>a</h1>{contents}{sections}", *"axyz") == "a\nb\nc\nd\ne\nf"
    assert rendered(f"<h2>a</h2>{sections.replace('h2', 'h3')}", "a") == "a\nb\nc\nd\ne\nf", "a chapter of a book begins with h2"
    assert rendered("<h1>a</h1><p>b</p><h2>c</h2><p>d</p>", "a") == "b\nc\nd", "an article with a headline"
    assert rendered("<h1>a</h1><h2>b</h2><p>c</p><h2>d</h2><p>e</p>", "a") == "a\nb\nc\nd\ne"


def test_on_a_page_of_many_sections_a_signature_may_stand_between_heading_and_text():
    def page(count: int) -> str:
        return "".join(f"<h3>m{number}</h3><p>a</p>" for number in range(count)) + "<h3>last</h3><p>void last()</p><p>b</p>"

    assert "last" not in rendered(page(4), "last", "void last()")
    assert rendered(page(5), "last", "void last()").endswith("a\nlast\nb")


def test_many_sections_that_all_begin_with_a_signature_keep_their_headings():
    def page(count: int) -> str:
        return "<p>b</p>" + "".join(f"<h3>m{number}</h3><p>void</p><p>a{number}</p>" for number in range(count))

    left_out = ("void", *(f"m{number}" for number in range(5)))
    assert rendered(page(6), *left_out, "m5") == "\n".join(["b", *(f"m{number}\na{number}" for number in range(6))])
    assert rendered(page(5), *left_out) == "\n".join(["b", *(f"a{number}" for number in range(5))])
