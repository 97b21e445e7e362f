"""What a scope covers, and which nobody can have control over."""

import json

import pytest

from tierline.errors import BadInput
from tierline.takedown.scope import parse_scope

AUTHORED = json.dumps({"kind": "jsonld", "data": {"@type": "Article", "author": [{"@type": "Person", "name": "Ada Wren"}]}})
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
        ("license", "https://creativecommons.org/licenses/by/4.0", True),
        ("license", "https://creativecommons.org/licenses/by/3.0", False),
    ],
)
def test_a_scope_covers_what_it_names_in_any_spelling(kind, value, covers):
    assert parse_scope(kind, value).covers(ROW) is covers


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
