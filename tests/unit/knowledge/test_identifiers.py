"""Identifiers: one form for all ways to write them, check digits that are right, and nothing where an address names no thing."""

import pytest

from tierline.knowledge.identifiers import identifier_at, identifier_of, is_telling, rank, site_at


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.wikidata.org/wiki/Q183", "wikidata:Q183"),
        ("http://www.wikidata.org/entity/Q183", "wikidata:Q183"),
        ("https://m.wikidata.org/wiki/Q183/", "wikidata:Q183"),
        ("https://www.wikidata.org/wiki/Property:P36", None),
        ("https://www.wikidata.org/wiki/Q183#sitelinks", None),  # a part of the page
        ("https://en.wikipedia.org/wiki/Germany", "wikipedia:en/Germany"),
        ("https://en.m.wikipedia.org/wiki/germany", "wikipedia:en/Germany"),
        ("https://de.wikipedia.org/wiki/K%C3%B6ln", "wikipedia:de/Köln"),
        ("https://en.wikipedia.org/wiki/Star_Wars:_Episode_I", "wikipedia:en/Star_Wars:_Episode_I"),
        ("https://en.wikipedia.org/wiki/Category:Countries", None),
        ("https://en.wikipedia.org/wiki/Georgia_(disambiguation)", None),
        ("https://en.wikipedia.org/wiki/Main_Page", None),
        ("http://dbpedia.org/resource/Germany", "wikipedia:en/Germany"),
        ("http://de.dbpedia.org/resource/Deutschland", "wikipedia:de/Deutschland"),
        ("https://www.geonames.org/2921044/federal-republic-of-germany.html", "geonames:2921044"),
        ("https://sws.geonames.org/2921044/", "geonames:2921044"),
        ("https://www.imdb.com/title/tt0111161/", "imdb:tt0111161"),
        ("https://www.imdb.com/find?q=shawshank", None),
        ("https://orcid.org/0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1825-0098", None),  # a wrong check digit
        ("https://isni.org/isni/0000000121032683", "isni:0000000121032683"),
        ("https://doi.org/10.1000/ABC.182", "doi:10.1000/abc.182"),
        ("https://viaf.org/viaf/113230702", "viaf:113230702"),
        ("https://wikidata.org.evil.com/wiki/Q183", None),
        ("https://www.acme.com/", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_an_address_of_a_registry_names_a_thing(address, expected):
    assert identifier_at(address) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("isbn", "978-0-306-40615-7", "isbn:9780306406157"),
        ("isbn", "0-306-40615-2", "isbn:9780306406157"),
        ("isbn", "978-0-306-40615-8", None),
        ("gtin13", "4006381333931", "gtin:4006381333931"),
        ("gtin14", "04006381333931", "gtin:4006381333931"),
        ("gtin13", "4006381333932", None),
        ("gtin13", "9780306406157", "isbn:9780306406157"),  # a book's number is its article number
        ("leiCode", "529900T8BM49AURSDO55", "lei:529900T8BM49AURSDO55"),
        ("leiCode", "529900T8BM49AURSDO56", None),
        ("Wikidata ID", "Q183", "wikidata:Q183"),
        ("wikidata", "P36", None),
        ("ISO 3166-1 alpha-2", "de", "iso3166-1:DE"),
        ("ISO 3166-1", "DEU", "iso3166-1:DE"),
        ("ISO 3166-1", "XX", None),
        ("", "doi:10.1000/182", "doi:10.1000/182"),
        ("", "https://www.wikidata.org/wiki/Q183", "wikidata:Q183"),
        ("", "100000004558832", None),  # a number of nobody knows what
        ("sku", "4006381333931", None),
        ("isbn", "", None),
    ],
)
def test_a_number_names_a_thing_if_its_scheme_is_known_and_its_check_digits_are_right(name, value, expected):
    assert identifier_of(name, value) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.Acme.com/", "url:acme.com"),
        ("http://acme.com", "url:acme.com"),
        ("https://www.facebook.com/Acme/", "url:facebook.com/acme"),
        ("https://m.facebook.com/acme?ref=share#top", "url:facebook.com/acme"),
        ("https://x.com/acme", "url:twitter.com/acme"),
        ("https://www.facebook.com/profile.php?id=12&x=1", "url:facebook.com/profile.php?id=12"),
        ("https://www.facebook.com/profile.php", None),
        ("https://www.facebook.com/sharer/sharer.php?u=a", None),
        ("https://example.com/", None),
        ("/about", None),
        ("#organization", None),
        ("mailto:a@acme.com", None),
        ("http://localhost/", None),
    ],
)
def test_an_address_of_the_web_has_one_form(address, expected):
    assert site_at(address) == expected


def test_a_thing_has_one_number_of_a_registry_but_may_have_many_pages_and_article_numbers():
    assert all(map(is_telling, ("wikidata:Q1", "iso3166-1:DE", "orcid:0000-0002-1825-0097")))
    assert not any(map(is_telling, ("isbn:9780306406157", "gtin:4006381333931", "url:acme.com", "wikipedia:en/Germany")))
    assert min(("url:a.com", "wikidata:Q2", "wikipedia:en/A", "wikidata:Q1"), key=rank) == "wikidata:Q1"
