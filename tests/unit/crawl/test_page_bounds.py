"""The bounds on markup hold exactly where they are set, and ordinary markup of any shape passes."""

import pytest

from tierline.crawl.page_bounds import SMALL_PAGE, PageTooLarge, bounded_markup, count_byte, survey
from tierline.crawl.rules import PageRules

RULES = PageRules(max_tags=100, max_depth=20, max_reopened=50, max_attributes=10)
PADDING = "<p>" + "word " * (SMALL_PAGE // 5)  # attributes and nesting of small pages cannot hurt


def refused(html: str, rules: PageRules = RULES) -> str:
    with pytest.raises(PageTooLarge) as raised:
        bounded_markup(html.encode(), rules)
    return str(raised.value)


def test_tags_are_counted_with_their_ends():
    bounded_markup(b"<br>" * 200, PageRules(max_tags=100))
    assert refused("<br>" * 201) == "page of more than 100 tags"


def test_nesting_is_counted_as_a_parser_nests():
    many, rules = 12_001, PageRules(max_depth=20)  # so many tags are needed before nesting costs anything
    deep = "<div>" * many
    assert refused(deep + "x", rules) == "markup nested more than 20 deep"
    bounded_markup(("<div></div>" * many).encode(), rules)
    bounded_markup(("<p>x" * many).encode(), rules)  # each closes the one before
    bounded_markup(("<img>" * many).encode(), rules)  # have no end
    bounded_markup(f"<script>{deep}</script><!-- {deep} -->".encode(), rules)  # no markup within


def test_formatting_that_is_never_closed_counts_in_every_paragraph_behind_it():
    assert refused("<b><i><u>" + "<p>x" * 20) == "unclosed formatting that every paragraph would repeat"
    bounded_markup(("<b>x</b><i>x</i><u>x</u>" + "<p>x" * 20).encode(), RULES)


def test_attributes_are_counted_outside_of_their_values_in_pages_that_are_large():
    many = " ".join(f"name{number}=1" for number in range(40))
    assert refused(f"<a {many}>{PADDING}") == "tag of more than 10 attributes"
    bounded_markup(f"<a {many}>".encode(), RULES)
    bounded_markup(f'<a title="{many}">{PADDING}'.encode(), RULES)
    bounded_markup(f"<p>{many} < {many}{PADDING}".encode(), RULES)  # a lone < begins no tag


def test_what_only_looks_like_a_tag_in_a_script_refuses_no_page():
    many = " ".join(f"name{number}=1" for number in range(40))
    for before, after in (("<script>x = '", "'</script>"), ("<!-- ", " -->"), ("<style>", "</style>")):
        page = f"{before}<a {many}>{after}<script>1 <2</script>{PADDING}"
        assert bounded_markup(page.encode(), RULES) == page.replace("<a", " a").encode()
    page = f"<script>if (i <n && j <k) {{ {many} }}</script>{PADDING}"
    assert bounded_markup(page.encode(), RULES).startswith(b"<script>if (i  n && j  k) { name0=1")
    assert refused(f"<script>x</script><a {many}>{PADDING}") == "tag of more than 10 attributes"
    hidden = f"<svg><script><a {many}></script></svg>{PADDING}"  # markup there, to a parser
    assert b"<a" not in bounded_markup(hidden.encode(), RULES)
    assert refused(f"<script><b {many}></script><a {many}>{PADDING}") == "tag of more than 10 attributes"


@pytest.mark.parametrize("html", [b"", b"<", b"</", b"a<b", b"<b", b"<>", b"< b>", b"\xff\xfe<\x00"])
def test_scraps_pass(html):
    bounded_markup(html, RULES)


def test_a_survey_bounds_what_a_parser_has_to_reopen_from_above():
    import numpy as np

    from tierline.crawl import page_bounds

    wide = np.zeros(9, np.int64)

    def look(html: bytes, most: int = 99) -> tuple[int, int]:
        return survey(np.frombuffer(html, np.uint8), page_bounds._NAMES, len(page_bounds._FORMATTING), most, wide)

    assert look(b"<b><b><i>x</i></b>" + b" " * 9)[1] == 3
    assert look(b"<b>x</b><b>x</b><b>x</b>" + b" " * 9)[1] == 1
    assert look(b"<body><br><blockquote>" + b" " * 9)[1] == 0, "names that only begin alike"
    assert look(b"<B>" + b" " * 30, 33)[0] == 0
    assert look(b"x<p class=x><B>" + b" " * 30, 10)[0] == 2 and wide[:2].tolist() == [1, 12]
    assert count_byte(np.frombuffer(b"a<b<c", np.uint8), ord("<")) == 2
