"""Machine-readable statements of a page: JSON-LD as it is, microdata in its form, data tables with header or caption; broken ones are none."""

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import cut_blocks
from tierline.crawl.rules import PageRules
from tierline.crawl.structured import MAX_ITEM_CHARACTERS, MAX_TABLE_CELLS, structured_data


def found(html: str, *scripts: str) -> list[dict]:
    tree = LexborHTMLParser(html)
    data = structured_data(tree, scripts, cut_blocks(tree.root, PageRules()))
    return [json.loads(line) for line in data.splitlines()] if data else []


def test_json_ld_is_kept_in_order_and_a_broken_script_does_not_hide_the_next():
    scripts = ('{"name": "Ferry"}', "{broken", "", "[" * 100_000, '["tab\there"]', '"text"')
    assert [item["data"] for item in found("<p>x", *scripts)] == [{"name": "Ferry"}, ["tab\there"], "text"]


@pytest.mark.parametrize(
    ("html", "data"),
    [
        ("<div itemscope><b itemprop=name>Lock</b></div>", {"name": "Lock"}),
        ("<div itemscope itemtype=https://schema.org/Place><b itemprop=name>Lock</b></div>", {"@type": "Place", "name": "Lock"}),
        ("<div itemscope><b itemprop='name alias'>Lock</b></div>", {"name": "Lock", "alias": "Lock"}),
        ("<div itemscope>x<meta itemprop=built content=' 1871 '></div>", {"built": "1871"}),
        ("<div itemscope>x<time itemprop=built datetime=1871>long ago</time></div>", {"built": "1871"}),
        ("<div itemscope>x<a itemprop=url href=/lock>here</a><img itemprop=image src=a.png></div>", {"url": "/lock", "image": "a.png"}),
        ("<div itemscope><b itemprop=n> a \n b </b><b itemprop=n>c</b></div>", {"n": ["a b", "c"]}),
        (
            "<div itemscope><b itemprop=name>A</b><div itemprop=part itemscope><b itemprop=name>B</b></div><b itemprop=x>C</b></div>",
            {"name": "A", "part": {"name": "B"}, "x": "C"},
        ),
        ("<div itemscope>nothing named</div>", {}),
    ],
)
def test_microdata_is_the_object_that_it_describes(html, data):
    assert [item["data"] for item in found(html) if item["kind"] == "microdata"] == [data]


def test_an_item_that_is_no_property_is_an_item_of_its_own():
    page = "<div itemscope><b itemprop=name>A</b><div itemscope><b itemprop=name>B</b></div></div>"
    assert [item["data"] for item in found(page)] == [{"name": "A"}, {"name": "B"}]


def test_items_nested_without_end_stop_at_the_bound():
    depth = 400
    page = "<div itemscope itemprop=x>" * depth + "word " * 1000 + "</div>" * depth
    (item,) = found(f"<div itemscope>{page}</div>")
    assert len(json.dumps(item)) < 2 * MAX_ITEM_CHARACTERS


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<tr><th>A<th>B<tr><td>1<td>2", {"caption": "", "header": ["A", "B"], "rows": [["1", "2"]]}),
        ("<caption> Tolls </caption><tr><th>A<th>B<tr><td>1<td>2", {"caption": "Tolls", "header": ["A", "B"], "rows": [["1", "2"]]}),
        ("<tr><th>A<td>1<tr><th>B<td>2", {"caption": "", "header": [], "rows": [["A", "1"], ["B", "2"]]}),
        ("<tr><td>A<td>B<tr><td>1<td>2", None),  # nothing says what its cells mean
        ("<tr><th>A<th>B", None),
        ("<tr><th>A<td>1<tr><td>B<td>2", None),
    ],
)
def test_a_table_states_something_if_its_header_says_what(table, expected):
    assert found(f"<table>{table}</table>") == ([{"kind": "table"} | expected] if expected else [])


def test_layout_tables_and_data_dumps_state_nothing():
    inner = "<table><tr><th>A<th>B<tr><td>1<td>2</table>"
    assert len(found(f"<table><tr><th>x<th>y<tr><td>z<td>{inner}</table>")) == 1
    row = "<tr>" + "<td>1" * 100
    assert found(f"<table><tr>{'<th>a' * 100}{row * (MAX_TABLE_CELLS // 100 - 1)}</table>")
    assert not found(f"<table><tr>{'<th>a' * 100}{row * (MAX_TABLE_CELLS // 100)}</table>")


def test_a_page_without_statements_has_none():
    tree = LexborHTMLParser("<p>x")
    assert structured_data(tree, [], cut_blocks(tree.root, PageRules())) is None
