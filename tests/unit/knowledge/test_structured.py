"""Statements of structured data: who states what of whom, and a span of its own for each, also where values are equal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.knowledge.page_subjects import PageNames
from tierline.knowledge.structured import structured_statements


def said(*items: dict | str, title: str = "Page") -> tuple[list[tuple[str, str, str]], list[str]]:
    """(subject, predicate, object) of each statement, and its quote."""
    lines = "\n".join(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items)
    found = list(structured_statements(lines, title))
    return [(one.subject, one.predicate, one.object) for one in found], [lines[one.start : one.end] for one in found]


def jsonld(data) -> dict:
    return {"kind": "jsonld", "data": data}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"name": "Oslo", "area": 454}, [("Oslo", "name", "Oslo"), ("Oslo", "area", "454")]),
        ({"name": "Oslo", "@type": "City", "@id": "x"}, [("Oslo", "name", "Oslo")]),
        ({"name": "Oslo", "height": 1.5, "open": True, "gone": None}, [("Oslo", "name", "Oslo"), ("Oslo", "height", "1.5")]),
        ({"area": 454}, []),
        ({"name": "Oslo", "twin": ["A", "B"]}, [("Oslo", "name", "Oslo"), ("Oslo", "twin", "A"), ("Oslo", "twin", "B")]),
        (
            {"name": "Oslo", "mixed": ["A", {"name": "B"}]},
            [("Oslo", "name", "Oslo"), ("Oslo", "mixed", "A"), ("Oslo", "mixed", "B"), ("B", "name", "B")],
        ),
        (
            {"name": "Oslo", "mayor": {"name": "Anne", "born": 1960}},
            [("Oslo", "name", "Oslo"), ("Oslo", "mayor", "Anne"), ("Anne", "name", "Anne"), ("Anne", "born", "1960")],
        ),
        ({"mayor": {"name": "Anne"}}, [("Anne", "name", "Anne")]),
        ({"name": "Icing", "yield": ["3", "3 cups"]}, [("Icing", "name", "Icing"), ("Icing", "yield", "3 cups")]),
        ({"name": "Icing", "step": ["1", "2 cups"]}, [("Icing", "name", "Icing"), ("Icing", "step", "1"), ("Icing", "step", "2 cups")]),
        ([{"name": "A", "x": "1"}, {"name": "B", "x": "2"}], [("A", "name", "A"), ("A", "x", "1"), ("B", "name", "B"), ("B", "x", "2")]),
        ("a string", []),
        (None, []),
    ],
)
def test_a_named_object_states_its_plain_properties(data, expected):
    assert said(jsonld(data))[0] == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"name": {"@value": "Oslo"}, "area": {"@value": 454}}, ("Oslo", "area", "454")),
        ({"name": ["Oslo"], "area": [454]}, ("Oslo", "area", "454")),
        ({"name": ["Oslo", "Christiania"], "area": 454}, ("Oslo", "area", "454")),
        ({"name": [{"@value": "Wien", "@language": "de"}, {"@value": "Vienna", "@language": "en"}], "area": 1}, ("Vienna", "area", "1")),
        ({"name": {"de": "Wien", "en": "Vienna"}, "area": 1}, ("Vienna", "area", "1")),
        ({"name": "Oslo", "motto": {"no": "Enig", "en": "United"}}, ("Oslo", "motto", "United")),
        ({"http://schema.org/name": [{"@value": "Oslo"}], "https://schema.org/area": [{"@value": "454"}]}, ("Oslo", "area", "454")),
        ({"schema:name": "Oslo", "schema:area": 454}, ("Oslo", "area", "454")),
        ({"@graph": [{"@id": "#a", "name": "Anne"}, {"name": "Oslo", "mayor": {"@id": "#a"}}]}, ("Oslo", "mayor", "Anne")),
        ({"name": "Oslo", "mayor": [{"name": "Anne"}]}, ("Oslo", "mayor", "Anne")),
        ({"name": "Oslo", "part": {"@list": ["A"]}}, ("Oslo", "part", "A")),
        (
            {"name": "Oslo", "additionalProperty": [{"@type": "PropertyValue", "name": "Height", "value": 9, "unitText": "m"}]},
            ("Oslo", "Height", "9 m"),
        ),
        ({"name": "Oslo", "additionalProperty": {"name": "Height", "value": "9 m"}}, ("Oslo", "Height", "9 m")),
        ({"name": "Oslo", "identifier": {"@type": ["PropertyValue"], "propertyID": "code", "value": "0301"}}, ("Oslo", "code", "0301")),
        ({"name": "Oslo", "depth": {"@type": "QuantitativeValue", "value": 5, "unitCode": "MTR"}}, ("Oslo", "depth", "5 MTR")),
    ],
)
def test_a_value_is_read_in_each_form_that_json_ld_gives_it(data, expected):
    statements, quotes = said(jsonld(data))
    assert expected in statements
    assert quotes[statements.index(expected)]


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Oslo", "additionalProperty": [{"@type": "PropertyValue", "name": "Height", "value": "9 m"}]},
        {"name": "Oslo", "additionalProperty": [{"@type": "PropertyValue", "name": "Height"}]},
        {"@type": "PropertyValue", "name": "Height", "value": "9 m"},
    ],
)
def test_a_property_is_never_the_subject(data):
    assert "Height" not in {subject for subject, _, _ in said(jsonld(data))[0]}
    assert "additionalProperty" not in {predicate for _, predicate, _ in said(jsonld(data))[0]}


def test_equal_values_have_spans_of_their_own():
    statements = list(structured_statements(json.dumps(jsonld({"name": "A", "x": "A", "y": "A"})), ""))
    assert len({(one.start, one.end) for one in statements}) == 3
    assert [one.start for one in statements] == sorted(one.start for one in statements)


def test_a_relation_is_quoted_from_its_key_to_the_name():
    _, quotes = said(jsonld({"name": "Oslo", "mayor": {"title": "Ms", "name": "Anne"}}))
    assert '"mayor": {"title": "Ms", "name": "Anne"' in quotes


def test_quotes_are_as_json_writes_them():
    statements, quotes = said(jsonld({"name": 'The "Lock"', "note": "tab\tline\nend", "sign": "é\\"}))
    assert statements[0][0] == 'The "Lock"'
    assert quotes == [json.dumps(value, ensure_ascii=False) for _, _, value in statements]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            {"caption": "", "header": ["Town", "River"], "rows": [["Oslo", "Aker"], ["Bergen", ""]]},
            [("Oslo", "River", "Aker")],
        ),
        ({"caption": "Oslo", "header": [], "rows": [["Founded", "1048"]]}, [("Oslo", "Founded", "1048")]),
        ({"caption": "", "header": [], "rows": [["Founded", "1048", "or so"]]}, []),
        ({"caption": "", "header": ["Town", "River"], "rows": [["Oslo"], [], ["A", "B", "C"]]}, [("A", "River", "B")]),
        (
            {"header": ["Rank", "Town", "Pop"], "rows": [["1", "Oslo", "7"], ["2", "Bergen", "3"]]},
            [("Oslo", "Pop", "7"), ("Bergen", "Pop", "3")],
        ),
        (
            {"header": ["", "Town", "Pop"], "rows": [["1.", "Oslo", "7"], ["2.", "Bergen", "3"]]},
            [("Oslo", "Pop", "7"), ("Bergen", "Pop", "3")],
        ),
        (
            {"header": ["No.", "Town", "Pop"], "rows": [["4", "Oslo", "7"], ["=9", "Bergen", "3"]]},
            [("Oslo", "Pop", "7"), ("Bergen", "Pop", "3")],
        ),
        ({"header": ["Place", "Pop"], "rows": [["Oslo", "7"], ["Bergen", "3"]]}, [("Oslo", "Pop", "7"), ("Bergen", "Pop", "3")]),
        ({"header": ["Year", "Pop"], "rows": [["1999", "7"], ["2001", "3"]]}, [("1999", "Pop", "7"), ("2001", "Pop", "3")]),
        ({"header": ["Town", "Rank"], "rows": [["Oslo", "1"], ["Bergen", "2"]]}, [("Oslo", "Rank", "1"), ("Bergen", "Rank", "2")]),
        ({"header": ["#", "Pop"], "rows": [["1", "7"], ["2", "3"]]}, []),
        (
            {"header": ["Part", "Town", "Pop"], "rows": [["East", "Oslo", "7"], ["East", "Moss", "3"]], "groups": [0]},
            [("Oslo", "Part", "East"), ("Oslo", "Pop", "7"), ("Moss", "Part", "East"), ("Moss", "Pop", "3")],
        ),
        ({"header": ["Town", "Year", "Pop"], "rows": [["Oslo", "1999", "7"], ["Oslo", "2001", "3"]], "groups": [0]}, []),
        (
            {"header": ["Year", "", "Sales"], "rows": [["2019", "Q1", "10"], ["2019", "Q2", "20"]], "groups": [0], "row_headers": [0, 1]},
            [("Q1", "Year", "2019"), ("Q1", "Sales", "10"), ("Q2", "Year", "2019"), ("Q2", "Sales", "20")],
        ),
        (
            {"header": ["Part", "Town", "Pop"], "rows": [["East", "Oslo", "7"]], "row_headers": [1]},
            [("Oslo", "Part", "East"), ("Oslo", "Pop", "7")],
        ),
        ({"header": ["Town"], "rows": [["Oslo"]]}, []),
        ({"header": ["Town", "River"]}, []),
    ],
)
def test_a_table_states_its_columns_of_its_rows_or_its_rows_of_the_page(table, expected):
    statements, quotes = said({"kind": "table"} | table)
    assert statements == expected
    for (subject, predicate, value), quote in zip(statements, quotes, strict=True):
        name = subject if table.get("header") else predicate
        assert {quote[: len(name) + 2], quote[-len(name) - 2 :]} & {json.dumps(name)} and json.dumps(value) in quote


def test_lines_are_counted_from_the_start_of_the_field_and_broken_ones_are_passed_over():
    statements, quotes = said(jsonld({"name": "Oslo"}), "{redacted", "", "[]", jsonld({"name": "Bergen"}))
    assert statements == [("Oslo", "name", "Oslo"), ("Bergen", "name", "Bergen")] and quotes == ['"Oslo"', '"Bergen"']


VALUES = st.recursive(
    st.text(max_size=4) | st.integers(0, 12) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "x", "y", "@id"]), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, VALUES)
def test_whatever_a_page_holds_each_object_stands_in_its_quote(one, other):
    for (_, predicate, value), quote in zip(*said(jsonld(one), jsonld(other)), strict=True):
        assert json.dumps(value, ensure_ascii=False) in quote or value in quote
        assert not predicate.startswith("@")


def test_what_readers_write_names_nothing():
    assert said(jsonld({"@type": "Comment", "name": "Thanks", "dateCreated": "2020", "about": {"name": "Oslo", "area": "9"}}))[0] == [
        ("Oslo", "name", "Oslo"), ("Oslo", "area", "9")]  # fmt: skip


@pytest.mark.parametrize("label", ["Country • Region • Part", "Distance • 47 km", "• 47 km"])
def test_a_label_of_several_lines_or_of_a_value_states_nothing(label):
    table = {"kind": "table", "caption": "Oslo", "header": [], "rows": [[label, "x"], ["Area • Total", "9"]]}
    assert said(table)[0] == [("Oslo", "Area • Total", "9")]


def test_the_address_of_a_place_states_its_country_and_region_and_nothing_else():
    address = {
        "@type": "PostalAddress",
        "streetAddress": "Main 1",
        "addressLocality": "Lindenau",
        "addressRegion": "Ohio",
        "postalCode": "4",
    }
    place = {"@type": "City", "name": "Springfield", "address": address | {"addressCountry": {"@type": "Country", "name": "US"}}}
    assert said(jsonld(place))[0] == [
        ("Springfield", "name", "Springfield"), ("Springfield", "addressRegion", "Ohio"), ("US", "name", "US"),
    ]  # fmt: skip
    plain = place | {"address": address | {"addressCountry": "US"}}
    stated, quotes = said(jsonld(plain))
    assert ("Springfield", "addressCountry", "US") in stated and quotes[stated.index(("Springfield", "addressCountry", "US"))] == '"US"'
    company = plain | {"@type": "Corporation"}
    assert said(jsonld(company))[0] == [("Springfield", "name", "Springfield")]


def test_pairs_boxes_and_definitions_are_methods_of_their_own():
    pair = {"@type": "City", "name": "Oslo", "additionalProperty": {"@type": "PropertyValue", "name": "area", "value": "454"}}
    box = {"kind": "table", "caption": "Oslo", "header": [], "rows": [["Founded", "1048"], ["Area", "454 km²"]]}
    lists = box | {"form": "definitions"}
    rows = {"kind": "table", "caption": "", "header": ["Town", "River"], "rows": [["Oslo", "Aker"]]}
    lines = "\n".join(map(json.dumps, (jsonld(pair), box, lists, rows)))
    methods = [one.method for one in structured_statements(lines, "Page")]
    assert methods == ["jsonld", "property_value", "infobox", "infobox", "definition", "definition", "table"]


def test_images_and_pages_called_as_their_site_are_no_subjects():
    names = PageNames("Storm over Oslo | The Post", "Storm over Oslo", "The Post")
    image = {"@type": "ImageObject", "name": "A ship", "author": "Anne Berg"}
    page = {"@type": "NewsArticle", "name": "The Post", "author": "Anne Berg"}
    right = page | {"name": "Storm over Oslo"}
    found = structured_statements("\n".join(json.dumps(jsonld(one)) for one in (image, page, right)), "Storm over Oslo", names)
    assert [(one.subject, one.predicate) for one in found] == [("Storm over Oslo", "name"), ("Storm over Oslo", "author")]
