"""Identity of subjects: what pages say of which thing they mean, in structured data of any form, and what they only seem to say."""

import json

import pytest

from tests.conftest import rows_of
from tierline.crawl.extract import extract_page
from tierline.knowledge import ClaimRules, extract_claims
from tierline.knowledge.kinds import are_compatible, kinds_of
from tierline.tables import TABLES


def claimed(data: object = None, html: str = "", domain: str = "news.com", language: str = "en") -> dict:
    """The only claim that is not about a name, of a page with this JSON-LD or HTML."""
    structured = json.dumps({"kind": "jsonld", "data": data}) if data else extract_page(f"<html><body>{html}</body></html>").structured_data
    row = {"doc_id": "doc_1", "url": f"https://{domain}/a", "domain": domain, "text": "", "title": "", "language": language, "tokens": 1}
    documents = rows_of("l2_selected", [row | {"structured_data": structured}])
    claims = extract_claims(documents, TABLES["l3_refined"].schema.empty_table(), ClaimRules()).tables["l4_claims"].to_pylist()
    (claim,) = [one for one in claims if one["predicate"] == "area"]
    assert structured[claim["span_start"] : claim["span_end"]] == claim["quote"]
    return claim


def ids(type_name: str = "Place", domain: str = "news.com", **told: object) -> list[str]:
    return claimed({"@type": type_name, "name": "Oslo", "area": "454"} | {key.replace("at_", "@"): value for key, value in told.items()}, domain=domain)["subject_ids"]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"sameAs": "https://www.wikidata.org/wiki/Q585"}, ["wikidata:Q585"]),
        ({"sameAs": ["https://www.wikidata.org/wiki/Q585", "https://no.wikipedia.org/wiki/Oslo"]}, ["wikidata:Q585", "wikipedia:no/Oslo"]),
        ({"sameAs": {"@id": "https://www.geonames.org/3143244"}}, ["geonames:3143244"]),
        ({"sameAs": "https://www.facebook.com/Oslo"}, ["url:facebook.com/oslo"]),
        ({"at_id": "http://www.wikidata.org/entity/Q585"}, ["wikidata:Q585"]),
        ({"at_id": "#oslo"}, []),
        ({"at_id": "/places/oslo"}, []),
        ({"at_id": "https://other.com/#oslo"}, []),  # a site's own name for it
        ({"mainEntityOfPage": "https://en.wikipedia.org/wiki/Oslo"}, ["wikipedia:en/Oslo"]),
        ({"mainEntityOfPage": {"@type": "WebPage", "@id": "https://other.com/oslo"}}, []),
        ({"url": "https://other.com/"}, []),  # of a place, that may be anybody's page
        ({"sameAs": "https://news.com/places/oslo"}, []),  # the page's own site
        ({"sameAs": "oslo@news.com"}, []),
        ({"sameAs": ["https://example.com/", "", None]}, []),
        ({"identifier": "https://www.wikidata.org/wiki/Q585"}, ["wikidata:Q585"]),
        ({"identifier": {"@type": "PropertyValue", "propertyID": "wikidata", "value": "Q585"}}, ["wikidata:Q585"]),
        ({"identifier": {"@type": "PropertyValue", "propertyID": "uid", "value": "Q585"}}, []),
        ({"identifier": "12345"}, []),
        ({"isbn": ["0-306-40615-2", "0-306-40615-3"]}, ["isbn:9780306406157"]),
    ],
)
def test_what_identifies_a_subject(told, expected):
    assert ids(**told) == expected


def test_the_site_of_an_organization_is_its_own_and_of_nothing_else():
    assert ids("Organization", url="https://www.acme.com/") == ["url:acme.com"] == ids("Organization", "acme.com", url="https://acme.com")
    assert (
        ids("Organization", url="https://acme.com/about")
        == ids("Person", url="https://acme.com/")
        == ids("Brand", url="https://acme.com/")
        == []
    )


def test_a_page_is_not_what_others_call_it():
    assert ids("WebPage", sameAs="https://www.wikidata.org/wiki/Q585") == ids("NewsArticle", sameAs="https://facebook.com/oslo") == []


@pytest.mark.parametrize(
    ("type_name", "name", "language", "expected"),
    [
        ("Country", "Norway", "en", ["iso3166-1:NO"]),
        ("Country", "Norwegen", "de", ["iso3166-1:NO"]),
        ("Country", "The Gambia", "en", ["iso3166-1:GM"]),
        ("Country", "Georgia (country)", "en", ["iso3166-1:GE"]),
        ("Country", "Atlantis", "en", []),
        ("State", "Georgia", "en", []),
        ("Place", "Norway", "en", []),
    ],
)
def test_a_country_has_its_code_where_the_page_says_that_it_is_one(type_name, name, language, expected):
    assert claimed({"@type": type_name, "name": name, "area": "1"}, language=language)["subject_ids"] == expected


def test_type_and_other_names_stand_beside_the_subject():
    told = {
        "@type": ["Thing", "Place", "City"],
        "name": {"en": "Vienna", "de": "Wien"},
        "alternateName": ["Bécs", "Vienna", "n/a"],
        "area": "1",
    }
    claim = claimed({"@context": "https://schema.org"} | told)
    assert (claim["subject"], claim["subject_type"], claim["aliases"]) == ("Vienna", "City", ["Bécs", "Wien"])
    plain = claimed(html="<table><caption>Vienna</caption><tr><th>Area</th><td>1</td></tr><tr><th>Mayor</th><td>Ann</td></tr></table>")
    assert (plain["subject_type"], plain["subject_ids"], plain["aliases"]) == (None, [], [])


@pytest.mark.parametrize(
    "html",
    [
        '<div itemscope itemtype="https://schema.org/City"><b itemprop="name">Oslo</b><i itemprop="area">454</i>'
        '<link itemprop="sameAs" href="https://www.wikidata.org/wiki/Q585"></div>',
        '<div vocab="https://schema.org/" typeof="City"><b property="name">Oslo</b><i property="area">454</i>'
        '<a property="sameAs" href="https://www.wikidata.org/wiki/Q585">More</a></div>',
    ],
)
def test_microdata_and_rdfa_identify_as_json_ld_does(html):
    claim = claimed(html=html)
    assert (claim["subject_ids"], claim["subject_type"]) == (["wikidata:Q585"], "City")


BOX = "<table><caption>Oslo</caption><tr><th>Area</th><td>454 km²</td></tr><tr><th>Mayor</th><td>Ann</td></tr></table>"
ARTICLE = {"@type": "Article", "name": "Oslo", "mainEntity": "http://www.wikidata.org/entity/Q585", "sameAs": "https://www.facebook.com/a"}


def box(article: dict | None = None, url: str = "https://news.com/a", caption: str = "Oslo") -> list[str]:
    """Identifiers of what an infobox of a page titled Oslo is about."""
    head = f'<script type="application/ld+json">{json.dumps(article)}</script>' if article else ""
    read = extract_page(f"<html><head><title>Oslo</title>{head}</head><body><h1>Oslo</h1>{BOX.replace('Oslo', caption)}</body></html>")
    row = {"doc_id": "doc_1", "url": url, "domain": url.split("/")[2], "text": "", "title": read.title, "language": "en", "tokens": 1}
    documents = rows_of("l2_selected", [row | {"structured_data": read.structured_data}])
    claims = extract_claims(documents, TABLES["l3_refined"].schema.empty_table(), ClaimRules()).tables["l4_claims"].to_pylist()
    return next(claim["subject_ids"] for claim in claims if claim["predicate"] == "area")


def test_what_a_page_is_about_is_identified_by_its_own_object_or_its_address():
    assert box(ARTICLE) == ["wikidata:Q585"] and box() == []
    assert box(url="https://en.wikipedia.org/wiki/Oslo") == ["wikipedia:en/Oslo"]
    assert box(ARTICLE, "https://en.wikipedia.org/wiki/Oslo") == ["wikidata:Q585", "wikipedia:en/Oslo"]
    assert box(ARTICLE, caption="Bergen") == []  # which the page is not about
    assert box(ARTICLE | {"sameAs": "https://www.wikidata.org/wiki/Q1"}) == []  # two numbers


def test_an_inner_object_has_its_own_identity():
    data = {
        "@type": "Country",
        "name": "Norway",
        "capital": {"@type": "City", "name": "Oslo", "sameAs": "https://www.wikidata.org/wiki/Q585", "area": "454"},
    }
    claim = claimed(data)
    assert (claim["subject"], claim["subject_ids"], claim["subject_type"]) == ("Oslo", ["wikidata:Q585"], "City")


def test_another_name_that_is_the_name_is_no_claim():
    with pytest.raises(ValueError, match="not enough values"):
        claimed({"@type": "City", "name": "Oslo", "alternateName": "OSLO"})


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Country", "State", False), ("City", "State", False), ("Place", "Country", True), ("AdministrativeArea", "City", True),
        ("Person", "Organization", False), ("Corporation", "NGO", True), ("Organization", "SportsTeam", True), ("Restaurant", "Organization", True),
        ("Restaurant", "Place", True), ("Restaurant", "Person", False), ("Book", "Movie", False),
        ("Product", "Book", True), ("Book", "TVSeries", False), ("RiverBodyOfWater", "State", False),
        ("Brand", "Organization", True), ("Product", "Organization", False), ("WebPage", "City", False), ("Thing", "City", True), ("", "City", True),
        ("https://schema.org/Country", "State", False), ("MusicEvent", "MusicGroup", False),
    ],
)  # fmt: skip
def test_types_of_which_one_thing_can_be(one, other, expected):
    assert are_compatible(kinds_of(one), kinds_of(other)) is are_compatible(kinds_of(other), kinds_of(one)) is expected
