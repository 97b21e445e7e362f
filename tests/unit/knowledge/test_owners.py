"""Owners: who publishes the page, and nobody else whom its data names."""

import json

import pytest

from tierline.knowledge.owners import owners_of


def owners(*data: object, kind: str = "jsonld") -> list[str]:
    return owners_of("\n".join(json.dumps({"kind": kind, "data": one}) for one in data))


ACME = {"@type": "Organization", "name": "Acme Media Group", "url": "https://www.acme.com/", "sameAs": ["https://facebook.com/Acme"]}


@pytest.mark.parametrize("kind", ["WebPage", "NewsArticle", "BlogPosting", "https://schema.org/WebSite", ["Thing", "AboutPage"]])
@pytest.mark.parametrize("name", ["publisher", "copyrightHolder", "schema:sourceOrganization"])
def test_the_publisher_of_the_page_owns_it(kind, name):
    assert owners({"@type": kind, name: ACME}) == ["acme.com", "facebook.com/acme", "name:acme media group"]


def test_an_owner_may_be_named_by_its_id_in_a_graph_by_a_word_or_several_times():
    graph = {"@graph": [{"@type": "WebPage", "publisher": {"@id": "#us"}}, {"@id": "#us", "name": "Acme Media Group"}]}
    assert owners(graph) == ["name:acme media group"]
    assert owners({"@type": "WebPage", "publisher": ["Acme Media", "https://acme.com/"]}) == ["acme.com", "name:acme media"]
    assert owners({"@type": "WebPage", "copyrightHolder": "The Acme Media"}, kind="microdata") == ["name:acme media"]


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "Book", "publisher": ACME},
        {"@type": "ScholarlyArticle", "publisher": ACME},
        {"@type": "WebPage", "publisher": "WordPress"},  # one word names many
        {"@type": "WebPage", "publisher": {"sameAs": "https://www.facebook.com/"}},  # where many have their profiles
        {"@type": "WebPage", "publisher": {"@id": "#us", "url": "mailto:a@b.example", "name": 7}},
        {"@type": "WebPage", "publisher": {"url": "http://[broken/"}},
        {"publisher": ACME},
        [],
        "publisher",
    ],
)
def test_what_names_no_owner_of_the_page_says_nothing(data):
    assert owners(data) == []


@pytest.mark.parametrize("lines", ["", "publisher", '{"kind": "table", "rows": [["publisher", "Acme Media"]]}', '["publisher"]'])
def test_other_lines_say_nothing(lines):
    assert owners_of(lines) == []
