"""The compiled walk: what parts blocks, what is skipped, what is noted beside the text, and where each element begins and ends."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import KINDS, cut_blocks
from tierline.crawl.page_bounds import PageTooLarge
from tierline.crawl.rules import PageRules


def cut(html: str, rules: PageRules | None = None):
    return cut_blocks(LexborHTMLParser(html).root, rules or PageRules())


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>one<p>two", ["one", "two"]),
        ("<div>one<p>two</p>three</div>", ["one", "two", "three"]),
        ("<ul><li>one<li>two</ul>", ["one", "two"]),
        ("<table><tr><td>a<td>b</table>", ["a", "b"]),
        ("<dl><dt>a<dd>b</dl>", ["a", "b"]),
        ("<p>one<br>two", ["one\ntwo"]),
        ("<p>one<br><br>two", ["one", "two"]),
        ("<p>a<b>b</b>c <i> d</i>", ["abc d"]),
        ("<p></p><div> \n </div>", []),
        ("<p>one<hr>two", ["one", "two"]),
        ("<p>one<button>two</button>three", ["one", "two", "three"]),
    ],
)
def test_block_level_tags_part_and_inline_tags_join(html, texts):
    assert cut(html).texts == texts


@pytest.mark.parametrize("tag", "style script noscript template svg select textarea iframe object audio video canvas rt".split())
def test_what_no_reader_sees_as_text_is_skipped(tag):
    inner = "<option>x</option>" if tag == "select" else "x"
    assert cut(f"<p>before <{tag}>{inner}</{tag}>after</p><!-- comment -->").texts == ["before after"]


def test_the_head_is_no_text():
    assert cut("<title>t</title><style>p {}</style><p>a").texts == ["a"]


def test_preformatted_text_keeps_its_lines_and_is_marked():
    blocks = cut("<p>x</p><pre>\n  a\n\n    b  \n</pre><p>y</p>")
    assert [KINDS[kind] for kind in blocks.rows[:, 0]] == ["p", "pre", "p"]
    assert [line.rstrip() for line in blocks.texts[1].strip("\n").split("\n")] == ["  a", "", "    b"]


def test_headings_below_the_fourth_count_as_fourth():
    assert [KINDS[kind] for kind in cut("<h1>a</h1><h4>b</h4><h5>c</h5><h6>d</h6><section>e").rows[:, 0]] == [
        "h1",
        "h4",
        "h4",
        "h4",
        "other",
    ]


def test_characters_in_links_are_counted_apart():
    blocks = cut("<p><a href=a>äö</a> mid <a href=b>x<b>yz</b></a></p><p><a href=c></a>plain</p>")
    assert blocks.rows[:, 2:].tolist() == [[5, 2], [0, 1]]


def test_elements_span_their_blocks_and_name_their_parent():
    blocks = cut("<main><section><p>a<p>b</section><section><p>c</section></main><p>d")
    spans = blocks.elements[:, 1:3].tolist()
    owners = [blocks.elements[owner].tolist() for owner in blocks.rows[:, 1].tolist()]
    assert [(start, end) for _, start, end, _, _ in owners] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert [0, 4] in spans and [0, 3] in spans and [0, 2] in spans and spans.count([2, 3]) == 2
    for parent, start, end, _, _ in blocks.elements.tolist():
        assert spans[parent][0] <= start < end <= spans[parent][1]


def test_elements_without_text_are_not_recorded():
    assert len(cut("<div></div><div><section> </section></div><p>a").elements) == len(cut("<p>a").elements)


def test_json_ld_and_links_to_licenses_are_noted():
    blocks = cut(
        "<p>x<script type='application/ld+json'>{\"a\": 1}</script><script>var b</script>"
        "<a rel='nofollow license' href=/own>own</a><a href=https://creativecommons.org/licenses/by/4.0/>by</a><a href=/prices>p</a>"
    )
    assert blocks.json_ld == ['{"a": 1}'] and blocks.texts == ["xownbyp"]
    assert blocks.license_links == [("nofollow license", "/own"), ("", "https://creativecommons.org/licenses/by/4.0/")]


@pytest.mark.parametrize(("html", "found"), [("<div itemscope>a</div>", True), ("<div itemscope></div>a", False), ("<p>itemscope", False)])
def test_microdata_is_noticed_where_it_holds_text(html, found):
    assert cut(html).has_items is found


def test_formulas_stand_in_the_text_once():
    blocks = cut("<p>so <math><msup><mi>a</mi><mn>2</mn></msup></math> is<span class=katex-html>a2</span> right")
    assert blocks.texts == ["so $a^{2}$ is right"]


def test_tables_are_found_by_their_number_and_cells_by_their_blocks():
    tree = LexborHTMLParser("<p>a<table><tr><td>b<td>c</table>")
    blocks = cut_blocks(tree.root, PageRules())
    ((number, node),) = blocks.tables(tree.root).items()
    assert blocks.elements[number, 1:3].tolist() == [1, 3]
    assert [blocks.span(cell.mem_id) for cell in node.css("td")] == [(1, 2), (2, 3)] and blocks.span(1) == (0, 0)
    assert cut("<p>a").tables(tree.root) == {}


def test_a_page_with_more_nodes_than_allowed_is_refused():
    html = "<p>x" * 100
    assert len(cut(html, PageRules(max_tags=100)).texts) == 100
    with pytest.raises(PageTooLarge, match="page of more than 90 nodes"):
        cut(html, PageRules(max_tags=30))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>some 3×10<sup>6</sup> times", "some 3×10^6 times"),
        ("<p><b>10</b><sup>−12</sup> m", "10^−12 m"),
        ("<p>10<sup>+3</sup>", "10^+3"),
        ("<p>10 <sup>6</sup>", "10 6"),
        ("<p><b>10</b> <sup>6</sup>", "10 6"),
        ("<p>10<sup>th</sup> of", "10th of"),
        ("<p>in 2010<sup>3</sup>", "in 20103"),
        ("<p>1.10<sup>3</sup>", "1.103"),
        ("<p>10<sup><a href=#n>3</a></sup>", "103"),
        ("<p>10<sup style=visibility:hidden>3</sup>!", "10!"),
        ("<p>m<sup>2</sup>", "m2"),
    ],
)
def test_a_power_of_ten_is_no_longer_number(html, text):
    assert cut(html).texts == [text]
