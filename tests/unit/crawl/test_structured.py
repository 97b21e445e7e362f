"""Machine-readable statements of a page: JSON-LD as it is, microdata in its form, data tables with header or caption; broken ones are none."""

import json

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import cut_blocks
from tierline.crawl.render import render
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
        (
            "<div itemscope itemid=' https://www.wikidata.org/wiki/Q585 '><b itemprop=name>Oslo</b></div>",
            {"@id": "https://www.wikidata.org/wiki/Q585", "name": "Oslo"},
        ),
        ("<div itemscope itemid=''>nothing named</div>", {}),
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


@pytest.mark.parametrize(
    ("table", "header", "rows"),
    [
        ("<tr><th>R<th>C<tr><td rowspan=2>N<td>1<tr><td>2", ["R", "C"], [["N", "1"], ["N", "2"]]),
        ("<tr><th>R<th>C<tr><td rowspan=99>N<td>1<tr><td>2", ["R", "C"], [["N", "1"], ["N", "2"]]),
        ("<tr><th>R<th>C<tr><td rowspan=-1>N<td colspan=x>1<tr><td>M<td>2", ["R", "C"], [["N", "1"], ["M", "2"]]),
        (
            "<tr><th rowspan=2>City<th colspan=2>People<tr><th>2010<th>2020<tr><td>Alba<td>1<td>2",
            ["City", "People 2010", "People 2020"],
            [["Alba", "1", "2"]],
        ),
        ("<thead><tr><td>City<td>People<tbody><tr><td>Alba<td>1<tr><td>Berno<td>2", ["City", "People"], [["Alba", "1"], ["Berno", "2"]]),
        ("<tr><td><th>A<th>B<tr><th>x<td>1<td>2", ["", "A", "B"], [["x", "1", "2"]]),
        ("<tr><th>A<th>B<tr><td colspan=2>North<tr><td>x<td>1", ["A", "B"], [["x", "1"]]),
        ("<tr><th>A<th>B<tr><td>x<td>1<tfoot><tr><td>Total<td>1", ["A", "B"], [["x", "1"]]),
        ("<tr><th>A<th>B<tr><td>Mill<br>Lane<td><p>stone</p><p>brick</p>", ["A", "B"], [["Mill Lane", "stone brick"]]),
        ("<tr><th>A<th>B<tr><td>x<td><b style='display:none'>0012</b>12<style>b{}</style>", ["A", "B"], [["x", "12"]]),
        ("<tr><th>A<th style='display:none'>Key<th>B<tr><td>x<td style='display:none'>007<td>7", ["A", "B"], [["x", "7"]]),
    ],
)
def test_a_table_is_read_as_its_spans_and_headers_lay_it_out(table, header, rows):
    (item,) = found(f"<table>{table}</table>")
    assert (item["header"], item["rows"]) == (header, rows)


@pytest.mark.parametrize("hidden", ["style=visibility:hidden", "style='opacity: 0'", "style=display:none", "hidden", "class=sr-only"])
def test_a_hidden_cell_keeps_its_place(hidden):
    head = "<tr><th>City<th>Area<th>Pop"
    (item,) = found(f"<table>{head}<tr><td>Alba<td {hidden}>12<td>3000<tr><td>Berno<td>14<td>4000</table>")
    assert item["rows"] == [["Alba", "", "3000"], ["Berno", "14", "4000"]]
    (item,) = found(f"<table>{head}<tr {hidden}><td rowspan=2>Alba<td>1<td>2<tr><td>12<td>3000<tr><td>Berno<td>14<td>4000</table>")
    assert item["rows"] == [["", "12", "3000"], ["Berno", "14", "4000"]]
    (item,) = found(f"<table>{head}<tr><td>Alba<td {hidden} colspan=2>12<tr><td {hidden} rowspan=2>B<td>14<td>4000<tr><td>1<td>2</table>")
    assert item["rows"][1:] == [["", "14", "4000"], ["", "1", "2"]]
    page = rendered(f"<table>{head}<tr><td>Alba<td {hidden}>12<td>3000<tr><td>Berno<td>14<td>4000</table>")
    assert "| Alba |  | 3000 |" in page


def test_a_column_that_is_hidden_in_every_row_is_left_out():
    key = "<td style=display:none>007"
    table = f"<table><tr><th colspan=3>Towns<tr><th>Town<th hidden>Key<th>Pop<tr><td>Alba{key}<td>3000<tr><td>Berno{key}<td>4000</table>"
    (item,) = found(table)
    assert (item["caption"], item["header"], item["rows"]) == ("Towns", ["Town", "Pop"], [["Alba", "3000"], ["Berno", "4000"]])
    assert "| Alba | 3000 |" in rendered(table)


@pytest.mark.parametrize("name", ["<th class=visually-hidden>Rank", "<th><span class='a sr-only'>Rank</span>"])
def test_a_header_for_screen_readers_names_its_column(name):
    (item,) = found(f"<table><tr>{name}<th>City<th>Pop<tr><td>1<td>Alba<td>3000<tr><td>2<td>Berno<td>4000</table>")
    assert item["header"] == ["Rank", "City", "Pop"] and item["rows"][0] == ["1", "Alba", "3000"]


def rendered(html: str) -> str:
    tree = LexborHTMLParser(html)
    blocks = cut_blocks(tree.root, PageRules())
    return render(blocks, np.ones(len(blocks.texts), dtype=bool), tree.root).text


def test_a_title_row_is_the_caption_and_each_header_begins_a_table():
    (item,) = found("<table><tr><th colspan=2>Old Bridge<tr><th>Built<td>1702<tr><th>Span<td>40 m</table>")
    assert item == {"kind": "table", "caption": "Old Bridge", "header": [], "rows": [["Built", "1702"], ["Span", "40 m"]]}
    two = found("<table><tr><th>A<th>B<tr><td>1<td>2<tr><th>C<th>D<tr><td>3<td>4</table>")
    assert [(item["header"], item["rows"]) for item in two] == [(["A", "B"], [["1", "2"]]), (["C", "D"], [["3", "4"]])]


def test_navigation_calendars_and_layout_state_nothing():
    links = f"<tr><th>Menu<th>More<tr><td><a href=/a>{'about our town ' * 9}</a><td><a href=/b>the mill</a>"
    days = "".join("<tr>" + "".join(f"<td>{day}" for day in range(week, min(week + 7, 31))) for week in range(1, 31, 7))
    assert not found(f"<table>{links}</table><table><tr>{'<th>d' * 7}{days}</table>")
    assert not found("<table role=presentation><tr><th>A<th>B<tr><td>1<td>2</table>")


def test_a_table_with_spans_without_bounds_is_no_table():
    assert not found("<table><tr><th>A<th colspan=999999999>B<tr><td>1<td>2</table>")
    assert not found("<table>" + "<tr>" + "<th rowspan=0 colspan=50>a" * 90 + "<tr><td>x" * 200 + "</table>")


def test_definition_lists_state_something_of_the_page():
    (item,) = found("<dl><dt>Span<dd>40 m<dt>Stone<dt>Mortar<dd>local<dd>old</dl>")
    assert item["rows"] == [["Span", "40 m"], ["Stone", "local"], ["Mortar", "local"], ["Stone", "old"], ["Mortar", "old"]]
    assert not found("<dl><dt>only<dd>one</dl>")


@pytest.mark.parametrize(
    ("html", "data"),
    [
        ("<span itemprop=n>Old<br>Bridge</span>", {"n": "Old Bridge"}),
        ("<span itemprop=n><p>stone</p><p>brick</p></span>", {"n": "stone brick"}),
        ("<span itemprop=n>Ann Lee<style>b{}</style><script>x</script></span>", {"n": "Ann Lee"}),
        ("<span itemprop=n>1<span style='display:none'>0001</span></span>", {"n": "1"}),
        ("x<div hidden><span itemprop=n>pills</span><meta itemprop=m content=1></div>", {"m": "1"}),
    ],
)
def test_a_property_is_what_is_seen_of_it(html, data):
    assert [item["data"] for item in found(f"<div itemscope>{html}</div>")] == [data]


def test_an_item_has_what_its_itemref_names():
    page = "<div itemscope itemref='more size no'><b itemprop=name>Old Bridge</b></div><p id=more>of <i itemprop=stone>granite</i></p>"
    assert [item["data"] for item in found(f"{page}<p id=size itemprop=span>40 m</p>")] == [
        {"name": "Old Bridge", "stone": "granite", "span": "40 m"}
    ]
    (item,) = found("<div itemscope id=a itemref=a><b itemprop=n>1</b><i itemprop=part itemscope itemref=a><u itemprop=m>2</u></i></div>")
    assert item["data"]["n"] == "1", "what refers to itself ends"


def test_layout_tables_and_data_dumps_state_nothing():
    inner = "<table><tr><th>A<th>B<tr><td>1<td>2</table>"
    assert len(found(f"<table><tr><th>x<th>y<tr><td>z<td>{inner}</table>")) == 1
    row = "<tr>" + "<td>1" * 100
    assert found(f"<table><tr>{'<th>a' * 100}{row * (MAX_TABLE_CELLS // 100 - 1)}</table>")
    assert not found(f"<table><tr>{'<th>a' * 100}{row * (MAX_TABLE_CELLS // 100)}</table>")


def test_a_page_without_statements_has_none():
    tree = LexborHTMLParser("<p>x")
    assert structured_data(tree, [], cut_blocks(tree.root, PageRules())) is None


def test_a_footnote_mark_is_no_part_of_a_cell():
    page = (
        "<table><tr><th>City<th>People<th>Code</tr><tr><td>Alba<sup>[1]</sup><td>12000<sup>[2]</sup><sup>[a]</sup><td>x[0]</tr>"
        "<tr><td>Berno<td><sup>[1]</sup><td>y</tr></table>"
    )
    assert [item["rows"] for item in found(page)] == [[["Alba", "12000", "x[0]"], ["Berno", "[1]", "y"]]]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("3000<sup>2</sup>", "3000"),
        ("4,000<sup>b</sup>", "4,000"),
        ("12.5 %<sup>1, 2</sup>", "12.5 %"),
        ("5 kg<sup>a</sup>", "5 kg"),
        ("3000 <sup>†</sup>", "3000"),
        ("3000<sup><a href=#x>[1]</a></sup> people", "3000 people"),
        ("Berno<sup>2</sup>", "Berno"),
        ("3000<sup>12</sup>", "3000^12"),
        ("2<sup>8</sup>", "2^8"),
        ("3×10<sup>6</sup>", "3×10^6"),
        ("10<sup>−3</sup> m", "10^−3 m"),
        ("454 km<sup>2</sup>", "454 km²"),
        ("9 m<sup>3</sup>", "9 m³"),
        ("4 m s<sup>-2</sup>", "4 m s^-2"),
        ("5<sup>1</sup>/<sub>2</sub>", "5 1/2"),
        ("$19<sup>99</sup>", "$19.99"),
        ("19<sup>99</sup>", "19^99"),
        ("1<sup>st</sup>", "1st"),
        ("19<sup>e</sup> siècle", "19e siècle"),
        ("<sup>14</sup>C", "14C"),
        ("Ca<sup>2+</sup>", "Ca2+"),
        ("H<sub>2</sub>O", "H2O"),
        ("<s>90</s>80", "80"),
        ("<del>90</del> <ins>80</ins>", "80"),
        ("<strike>90</strike>", "90"),
        ("<span class=hidden>000003000</span>3,000", "3,000"),
        ("<span class='d-none d-md-inline'>about </span>3,000", "about 3,000"),
        ("<i class=sortkey>0030</i>30", "30"),
        ("<b class=sk>0030</b>30", "30"),
        ("<b class=key0>0030</b>30", "30"),
        ("<b class=printed>about </b>30", "about 30"),
        ("<b class=later>about </b>30", "about 30"),
    ],
)
def test_a_value_has_no_raised_struck_or_hidden_text_in_its_number(cell, value):
    style = "<style>p{} b.key0 { display : none; } @media print{.printed{display:none}} .later{display:none} .x .later{color:red}</style>"
    items = found(f"{style}<table><tr><th>A<th>B<tr><td>x<td>{cell}<tr><td>y<td>2</table><div itemscope>z<i itemprop=n>{cell}</i></div>")
    assert [items[0]["data"], items[1]["rows"][0]] == [{"n": value}, ["x", value]]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ("<tr><td rowspan=2>North<td>Alba<td>3<tr><td>Berno<td>4", {"groups": [0]}),
        ("<tr><th rowspan=2>2019<th>Q1<td>10<tr><th>Q2<td>20", {"row_headers": [0, 1], "groups": [0]}),
        ("<tr><td>1<th scope=row>Alba<td>3<tr><td>2<th scope=row>Berno<td>4", {"row_headers": [1]}),
        ("<tr><th>Alba<td>3<td>1<tr><th>Berno<td>4<td>2", {}),
        ("<tr><td>North<td>Alba<td>3<tr><td>North<td>Berno<td>4", {}),
    ],
)
def test_a_table_says_which_columns_head_rows_and_which_group_them(rows, columns):
    (item,) = found(f"<table><tr><th>A<th>B<th>C{rows}</table>")
    assert {name: value for name, value in item.items() if name not in ("kind", "caption", "header", "rows")} == columns


ROWS = "<tr><td>{0}River{1}</td><td>Aker</td></tr><tr><td>{0}Area:{1}</td><td>454</td></tr>"


@pytest.mark.parametrize(
    ("table", "states"),
    [
        (f"<table>{ROWS.format('<b>', '</b>')}</table>", True),
        (f"<table>{ROWS.format('<strong> ', '</strong> ')}</table>", True),
        (f"<table class='infobox geo'>{ROWS.format('', '')}</table>", True),
        (f"<table>{ROWS.format('', '')}</table>", False),
        (f"<table>{ROWS.format('<b>The</b> ', '')}</table>", False),
    ],
)
def test_labels_in_bold_and_of_infoboxes_are_as_good_as_header_cells(table, states):
    expected = [{"kind": "table", "caption": "", "header": [], "rows": [["River", "Aker"], ["Area:", "454"]]}]
    assert found(table) == (expected if states else [])


def test_rows_with_bullets_are_named_by_the_part_of_the_table_that_they_belong_to():
    box = (
        "<table><tr><th colspan=2>Oslo</th></tr><tr><td colspan=2>A view</td></tr><tr><th>Country</th><td>Norway</td></tr>"
        "<tr><th colspan=2>Area</th></tr><tr><th>• Total</th><td>454</td></tr><tr><th>• 47 km</th><td>to Moss</td></tr></table>"
    )
    (table,) = found(box)
    assert (table["caption"], table["rows"]) == ("Oslo", [["Country", "Norway"], ["Area • Total", "454"], ["• 47 km", "to Moss"]])


def test_a_table_without_caption_or_header_has_the_heading_above_it():
    rows = "<tr><th>River</th><td>Aker</td></tr><tr><th>Area</th><td>454</td></tr>"
    page = f"<h1>Towns</h1><p>Some.</p><h2>Oslo</h2><table>{rows}</table><h2>Moss</h2><dl><dt>River</dt><dd>Moss</dd><dt>Area</dt><dd>9</dd></dl>"
    assert [(item["kind"], item.get("heading")) for item in found(page)] == [("page", "Towns"), ("table", "Oslo"), ("table", "Moss")]
    assert "heading" not in found(f"<h2>Oslo</h2><table><caption>Towns</caption>{rows}</table>")[0]
