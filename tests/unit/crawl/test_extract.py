"""Extraction keeps what a reader came for, in its form, and refuses markup that would hang it."""

import json
import time

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl import ReadRules
from tierline.crawl.blocks import cut_blocks
from tierline.crawl.extract import extract_page, main_text
from tierline.crawl.page_bounds import PageTooLarge
from tierline.crawl.rules import PageRules
from tierline.crawl.warc_rows import read_text

PROSE = [
    "The lock at the upper mill was rebuilt in 1871, after a flood had carried away both gates and the keeper's shed.",
    "Barges of forty tons pass it within nine minutes, provided that the keeper is awake and the weir is not running high.",
    "In winter the chamber is drained, scraped and painted; the work takes three weeks and the whole village helps with it.",
    "Nobody has drowned there since the railing was put up, which the schoolmaster had asked for during eleven years.",
]
NAVIGATION = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("Home", "News", "Shop", "Contact us", "Imprint"))


def article(body: str, head: str = "") -> str:
    return (
        f"<html><head><title>The upper lock</title>{head}</head><body><nav class='menu'><ul>{NAVIGATION}</ul></nav>"
        f"<article><h1>The upper lock</h1><p>{PROSE[0]}</p>{body}<p>{PROSE[1]}</p><p>{PROSE[2]}</p></article>"
        "<footer class='footer'><p><a href='/terms'>Terms of use</a> <a href='/privacy'>Privacy</a></p></footer></body></html>"
    )


def text_of(body: str) -> str:
    return extract_page(article(body)).text


def test_an_article_is_kept_and_navigation_is_not():
    page = extract_page(article(f"<h2>The railing</h2><p>{PROSE[3]}</p>"))
    assert page.title == "The upper lock"
    assert all(sentence in page.text for sentence in PROSE)
    assert "\nThe railing\n" in page.text
    assert "Contact us" not in page.text and "Terms of use" not in page.text


def test_a_page_of_one_line_is_its_text():
    assert extract_page("<p>Closed until spring.").text == "Closed until spring."
    assert extract_page("just words").text == "just words"
    assert extract_page("").text == ""


class Guesses:
    """A model that guesses what it is told of blocks by their first letter, and nothing of others."""

    threshold = 0.6

    def __init__(self, **guesses: float) -> None:
        self.guesses = guesses

    def probabilities(self, blocks, title):
        return np.array([self.guesses.get(text[0], 0.01) for text in blocks.texts], dtype=np.float32)


def guessed(texts: list[str], **guesses: float) -> str:
    tree = LexborHTMLParser("".join(f"<div>{text}</div>" for text in texts))
    return main_text(cut_blocks(tree.root, PageRules()), "", Guesses(**guesses), tree.root).text


ITEMS = [f"{letter}. oak plank, planed, {number} feet" for number, letter in enumerate("ab" * 12)]


def test_items_of_a_list_that_the_model_is_less_sure_of_are_kept_with_the_others():
    text = guessed(["Log in", *ITEMS, "Imprint"], a=0.65, b=0.45)
    assert all(item in text for item in ITEMS)
    assert "Log in" not in text and "Imprint" not in text


def test_a_page_that_the_model_is_sure_of_is_held_to_the_threshold():
    text = guessed(["Log in", *PROSE, *ITEMS], T=0.98, B=0.97, I=0.97, N=0.96, a=0.5, b=0.5)
    assert all(sentence in text for sentence in PROSE)
    assert "plank" not in text


@pytest.mark.parametrize("sure", [0.9, 0.3])
def test_a_page_of_few_words_is_not_kept_with_its_navigation(sure):
    assert guessed(["Log in", "Register", "Closed until Monday, the lock is drained.", "Imprint"], C=sure) == (
        "Closed until Monday, the lock is drained."
    )


def test_list_items_are_lines_with_dashes():
    items = "<ul><li>Wind the sluice up by four turns and wait until the water is level.</li><li>Open the lower gate slowly, by hand.<ul><li>Both of its wings together, never one alone.</li></ul></li></ul>"
    text = text_of(f"<p>Whoever opens the lock does so in this order:</p>{items}")
    assert (
        "- Wind the sluice up by four turns and wait until the water is level.\n- Open the lower gate slowly, by hand.\n  - Both of" in text
    )


def test_posts_of_a_thread_are_kept():
    posts = "".join(
        f'<div class="post" id="p{number}"><div class="author">keeper{number}</div><div class="postbody"><p>{sentence}</p></div></div>'
        for number, sentence in enumerate(PROSE)
    )
    page = (
        f"<html><head><title>Opening hours of the lock - Forum</title></head><body><h1>Opening hours of the lock</h1>{posts}</body></html>"
    )
    assert all(sentence in extract_page(page).text for sentence in PROSE)


@pytest.mark.parametrize(
    "markup",
    [
        "<pre><code>def open_gate(turns):\n    for turn in range(turns):\n        wind(turn)</code></pre>",
        "<pre>def open_gate(turns):<br>    for turn in range(turns):<br>        wind(turn)</pre>",
        "<pre><div>def open_gate(turns):</div><div>    for turn in range(turns):</div><div>        wind(turn)</div></pre>",
        "<pre><span>def</span> <span>open_gate</span>(turns):\n<span>    </span><span>for</span> turn in range(turns):\n        wind(turn)</pre>",
    ],
    ids=["plain", "breaks", "a line an element", "highlighted"],
)
def test_code_keeps_its_lines_and_indents(markup):
    assert "```\ndef open_gate(turns):\n    for turn in range(turns):\n        wind(turn)\n```" in text_of(f"<p>{PROSE[3]}</p>{markup}")


def test_a_data_table_is_markdown_and_empty_cells_keep_their_place():
    rows = "<tr><th>Year</th><th>Barges</th><th>Tons</th></tr><tr><td>1871</td><td></td><td>40</td></tr><tr><td>1872</td><td>12|13</td><td>500</td></tr>"
    text = text_of(f"<p>{PROSE[3]}</p><table>{rows}</table>")
    assert "| Year | Barges | Tons |\n| --- | --- | --- |\n| 1871 |  | 40 |\n| 1872 | 12\\|13 | 500 |" in text


def test_a_table_that_lays_out_the_page_is_no_table():
    page = f"<table><tr><td>{NAVIGATION}</td><td><p>{PROSE[0]}</p><p>{PROSE[1]}</p><p>{PROSE[2]}</p></td></tr></table>"
    text = extract_page(page).text
    assert PROSE[1] in text and "|" not in text


@pytest.mark.parametrize(
    ("markup", "tex"),
    [
        (
            '<math><semantics><mi>v</mi><annotation encoding="application/x-tex">v = \\sqrt{2gh}</annotation></semantics></math>',
            "$v = \\sqrt{2gh}$",
        ),
        (
            '<span class="katex"><span class="katex-mathml"><math><semantics><mi>v</mi><annotation encoding="application/x-tex">v^2</annotation>'
            '</semantics></math></span><span class="katex-html" aria-hidden="true"><span>v</span><span>2</span></span></span>',
            "$v^2$",
        ),
        ('<span class="MathJax_Preview">v2</span><script type="math/tex">v^2</script>', "$v^2$"),
        ('<script type="math/tex; mode=display">v^2</script>', "$$v^2$$"),
        ('<img class="mwe-math-fallback-image-inline" alt="{\\displaystyle v^{2}}" src="x.svg">', "$v^{2}$"),
        ("<math><mfrac><mi>a</mi><msup><mi>b</mi><mn>2</mn></msup></mfrac></math>", "$\\frac{a}{b^{2}}$"),
    ],
    ids=["annotation", "katex", "mathjax", "display", "image", "presentation"],
)
def test_formulas_are_tex_and_are_there_once(markup, tex):
    text = text_of(f"<p>The water leaves the sluice at a speed of {markup} as every keeper knows by heart.</p>")
    assert f"at a speed of {tex} as every" in " ".join(text.split())


def test_inline_markup_does_not_part_words_and_white_space_does():
    text = text_of(
        "<p>The <b>K</b>eeper <i>sleeps</i> <i>soundly</i><span> </span><span>until</span>\n<a href='/six'>six</a> o'clock, when the first barge blows its horn.</p>"
    )
    assert "The Keeper sleeps soundly until six o'clock" in text


def test_two_breaks_part_paragraphs():
    text = extract_page(f"<div>{PROSE[0]}<br><br>{PROSE[1]}<br>{PROSE[2]}</div>").text
    assert text == "\n".join(PROSE[:3])


@pytest.mark.parametrize(
    ("head", "dates"),
    [
        ('<meta property="article:published_time" content=" 2011-03-31T10:00Z ">', {"published": "2011-03-31T10:00Z"}),
        ('<meta name="DC.date.modified" content="2012"><meta itemprop=dateModified content="2013">', {"modified": "2012"}),
        ('<meta name="robots" content="noindex"><meta http-equiv="last-modified" content="1 May 2011">', {"modified": "1 May 2011"}),
        (f'<meta name="date" content="{"9" * 61}"><meta name="author" content="2011"><meta name="date">', None),
    ],
)
def test_head_says_when_a_page_was_published_and_modified(head, dates):
    stated = [json.loads(line) for line in (extract_page(article("", head)).structured_data or "").splitlines()]
    page = {"kind": "page", "heading": "The upper lock"}
    assert stated == [page, *([{"kind": "meta", "data": dates}] if dates else [])]


def test_head_and_links_say_license_and_robots():
    head = '<link rel="License" href="https://creativecommons.org/licenses/by/4.0/"><meta name="ROBOTS" content="noarchive">'
    page = extract_page(article("", head))
    assert (page.license, page.robots) == ("https://creativecommons.org/licenses/by/4.0/", "noarchive")
    linked = '<p>Text under <a href="http://creativecommons.org/publicdomain/zero/1.0/">CC0</a>, pictures not.</p>'
    assert extract_page(article(linked)).license == "http://creativecommons.org/publicdomain/zero/1.0/"
    assert extract_page(article("")).license is None


def test_structured_data_comes_from_the_same_tree():
    markup = (
        '<script type="application/ld+json">{"@type": "Place", "name": "Upper lock"}</script>'
        '<div itemscope itemtype="https://schema.org/Bridge"><b itemprop="name">Mill bridge</b><meta itemprop="built" content="1894">'
        '<div itemprop="address" itemscope><i itemprop="town">Weir</i></div><b itemprop="name">Old bridge</b></div>'
        "<table><caption>Tolls</caption><tr><th>Load</th><th>Pence</th></tr><tr><td>Coal</td><td>4</td></tr></table>"
    )
    found = [json.loads(line) for line in (extract_page(article(markup)).structured_data or "").splitlines()]
    assert found == [
        {"kind": "page", "heading": "The upper lock"},
        {"kind": "jsonld", "data": {"@type": "Place", "name": "Upper lock"}},
        {
            "kind": "microdata",
            "data": {"@type": "Bridge", "name": ["Mill bridge", "Old bridge"], "built": "1894", "address": {"town": "Weir"}},
        },
        {"kind": "table", "caption": "Tolls", "header": ["Load", "Pence"], "rows": [["Coal", "4"]]},
    ]


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<div>" * 100_000, "nested more than 512 deep"),
        ("<div>" * 50_000 + "x" + "</div>" * 50_000, "nested more than 512 deep"),
        ("<p>" + "".join(f"<b id={number}>" for number in range(5_000)) + "</p>" + "<p>x</p>" * 5_000, "nested more|unclosed formatting"),
        ("<a " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x", "more than 2000 attributes"),
        ("<br>" * (4 << 20), "more than 200000 tags"),
    ],
    ids=["nested", "nested and closed", "unclosed formatting", "attributes", "16 MiB of tags"],
)
def test_markup_that_would_hang_the_parser_is_refused_at_once(html, reason):
    began = time.monotonic()
    with pytest.raises(PageTooLarge, match=reason):
        extract_page(html)
    assert time.monotonic() - began < 5
    row = read_text(html.encode(), "utf-8", True)
    assert row["status"] == "error" and "text" not in row


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "x y " * 300_000,
        "<math>" + "<mfrac>" * 500 + "<mi>x",
        "<div itemscope>" + "<b itemprop=a>x</b>" * 5_000,
        "<p>" + "<b>x</b>" * 20_000,
        "<p>x" + "<b></b>" * 20_000 + "<i>y</i>",
        "\ud800<p>lone surrogates\udfff",
        "\0\x01<p>control \x02 characters",
        "<p>astral 𝔸 letters 🚣 in the text",
        "<a name=x>" * 3_000 + "anchors that nobody closed",
    ],
    ids=["long", "deep formula", "wide item", "pieces", "empty elements", "surrogates", "controls", "astral", "anchors"],
)
def test_odd_markup_is_read(html):
    began = time.monotonic()
    assert extract_page(html).text
    assert time.monotonic() - began < 10


def test_a_page_beyond_its_time_is_cut_off():
    with pytest.raises(PageTooLarge, match=r"longer than 0\.0 s"):
        extract_page("<p>x" * 20_000, PageRules(max_page_seconds=0.0))
    assert ReadRules().page == PageRules()


def test_reading_twice_gives_the_same():
    html = article(f"<p>{PROSE[3]}</p>")
    assert extract_page(html) == extract_page(html)


def test_headings_stand_at_the_lines_of_the_stored_text_and_levels_are_the_pages_own():
    page = extract_page(
        f"<h1>The lock</h1><p>{'Turn the wheel slowly. ' * 20}</p><pre>\x01\n\n# no heading</pre><h6>Closing</h6><p>Wait.</p>"
    )
    lines = page.text.split("\n")
    assert [(lines[line], level) for line, level in page.headings] == [("The lock", 1), ("Closing", 6)]


def test_lines_that_are_empty_once_cleaned_move_the_headings_behind_them():
    page = extract_page("<p>\x01</p><h2>Fill</h2><p>a</p>")
    assert page.text == "Fill\na" and page.headings == [(0, 2)]


def test_a_page_without_headings_has_none():
    assert extract_page("<p>a").headings == [] == extract_page("").headings
