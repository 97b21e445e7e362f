"""What a scope covers, and which nobody can have control over."""

import json

import duckdb
import pyarrow as pa
import pytest

from tierline.descent.scope import scope_of
from tierline.descent.selection import covered
from tierline.errors import BadInput
from tierline.takedown.ledger import parse_scope
from tierline.text.domains import ascii_host

AUTHORED = json.dumps(
    {"kind": "jsonld", "data": {"@type": "Article", "author": [{"@type": "Person", "@id": "https://orcid.example/7", "name": "Ada  Wren"}]}}
)
ROW = {
    "url": "https://www.Site.example/blog/post?id=7",
    "domain": "www.site.example",
    "license": "http://creativecommons.org/licenses/by/4.0/",
    "structured_data": f'{{"kind": "page", "heading": "Ada Wren"}}\n{AUTHORED}',
}


@pytest.mark.parametrize(
    ("kind", "value", "covers"),
    [
        ("url", "http://site.example/blog/post?id=7#top", True),
        ("url", "https://site.example/blog/post", False),
        ("prefix", "https://site.example/blog", True),
        ("prefix", "https://site.example/blog/post", True),
        ("prefix", "https://site.example/blo", False),
        ("domain", "Site.example", True),
        ("domain", "te.example", False),
        ("author", "ada  wren", True),
        ("author", "Ada", False),
        ("author", "https://orcid.example/7", True),
        ("license", "https://creativecommons.org/licenses/by/4.0", True),
        ("license", "https://creativecommons.org/licenses/by/3.0", False),
    ],
)
def test_a_scope_covers_what_it_names_in_any_spelling(kind, value, covers):
    assert parse_scope(kind, value).covers(ROW) is covers


@pytest.mark.parametrize("columns", [tuple(ROW), ("url", "license", "structured_data")])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("url", "https://xn--strae-oqa.example/Weg"),
        ("prefix", "http://www.straße.example/"),
        ("domain", "STRASSE.example"),
        ("domain", "straße.example"),
        ("author", "GROSS"),
        ("author", 'a "b"'),
        ("license", "cc0"),
    ],
)
def test_a_query_finds_the_rows_that_are_covered(kind, value, columns):
    """What a database compares first lets every row through that the rule covers."""
    named = [json.dumps({"author": name}, ensure_ascii=escaped) for name in ("groß", 'A  "b"') for escaped in (True, False)]
    hosts = ("straße.example", "xn--strae-oqa.example", "www.xn--strae-oqa.example", "%73trasse.example", "x.strasse.example")
    rows = [{"url": f"https://{host}/Weg", "domain": ascii_host(host), "license": "CC0"} for host in hosts]
    rows += [{"structured_data": data} for data in named] + [{}]
    rows = [{"key": str(number)} | dict.fromkeys(columns) | {name: row.get(name) for name in columns} for number, row in enumerate(rows)]
    with duckdb.connect() as database:
        database.register("pages", pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in ("key", *columns)])))
        found = covered(database, "pages", "key", columns, scope_of(kind, value))
    assert found == [row["key"] for row in rows if scope_of(kind, value).covers(row)] != []


def test_a_heading_is_no_author():
    heading = {"structured_data": '{"kind": "page", "heading": "Ada Wren"}'}
    assert not parse_scope("author", "Ada Wren").covers(heading)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("domain", "com"),
        ("domain", "co.uk"),
        ("domain", "localhost"),
        ("domain", "a.example/b"),
        ("url", "page"),
        ("author", " "),
        ("ip", "::1"),
    ],
)
def test_what_nobody_can_have_control_over_is_refused(kind, value):
    with pytest.raises(BadInput):
        parse_scope(kind, value)
