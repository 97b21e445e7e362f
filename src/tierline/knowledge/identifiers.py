"""Reads from addresses and numbers which thing is meant: `scheme:value`, in one form for all ways to write it, checked where it can be."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tierline.text.domains import ascii_host, registrable_domain

CHARACTERS_MAX = 400  # of an address or a number
# Schemes of which a thing has one value: two values are two things. It may have many ISBNs, article numbers and addresses, titles that lead
# to one article, and be a node and a relation of OpenStreetMap.
_TELLING = frozenset("wikidata geonames iso3166-1 orcid isni viaf gnd lccn imdb musicbrainz ror lei doi".split())
# The best first, for the id of what has several.
_SCHEMES = (
    *("wikidata", "iso3166-1", "geonames", "orcid", "isni", "lei", "ror", "doi", "imdb", "musicbrainz", "openlibrary", "viaf", "gnd"),
    *("lccn", "osm", "wikipedia", "isbn", "issn", "gtin", "url"),
)
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# By registrable domain: what stands behind it in the address of a thing, and the scheme.
_REGISTRIES: dict[str, tuple[re.Pattern[str], str]] = {
    domain: (re.compile(rf"/{path}/?\Z"), scheme)
    for domain, path, scheme in (
        ("wikidata.org", r"(?:wiki|entity)/(Q[1-9]\d{0,11})", "wikidata"),
        ("geonames.org", r"([1-9]\d{0,9})(?:/[^/]{0,200})?", "geonames"),
        ("orcid.org", r"(\d{4}-\d{4}-\d{4}-\d{3}[\dX])", "orcid"),
        ("isni.org", r"(?:isni/|page/)?(\d{15}[\dX])", "isni"),
        ("viaf.org", r"viaf/(\d{1,22})", "viaf"),
        ("d-nb.info", r"gnd/(\d[\d-]{1,12}[\dX])", "gnd"),
        ("loc.gov", r"authorities/(?:names|subjects)/([a-z]{1,3}\d{1,12})", "lccn"),
        ("imdb.com", r"(?:title|name)/((?:tt|nm)\d{7,10})", "imdb"),
        ("musicbrainz.org", rf"[a-z-]{{3,20}}/({_UUID})", "musicbrainz"),
        ("openlibrary.org", r"(?:works|authors|books)/(OL\d{1,10}[AMW])(?:/[^/]{0,200})?", "openlibrary"),
        ("ror.org", r"(0[a-hj-km-np-tv-z0-9]{6}\d{2})", "ror"),
        ("openstreetmap.org", r"((?:node|way|relation)/\d{1,14})", "osm"),
        ("doi.org", r"(10\.\d{4,9}/\S{1,200}?)", "doi"),
        ("dbpedia.org", r"(?:resource|page)/([^/]{1,200})", "wikipedia"),  # which names things by titles of Wikipedia
        ("wikipedia.org", r"wiki/([^/]{1,200})", "wikipedia"),
    )
}
_NO_ARTICLE = re.compile(r"[^:]{1,40}:(?!_)|Main_Page\Z|.{0,200}\((?:disambiguation|Begriffsklärung|homonymie|desambiguación)\)\Z")
# Names of properties, without case, spaces and signs, and the scheme of their values.
_PROPERTIES = {
    "isbn": "isbn", "isbn10": "isbn", "isbn13": "isbn", "issn": "issn", "gtin": "gtin", "gtin8": "gtin", "gtin12": "gtin",
    "gtin13": "gtin", "gtin14": "gtin", "ean": "gtin", "ean13": "gtin", "upc": "gtin", "leicode": "lei", "lei": "lei", "orcid": "orcid",
    "isni": "isni", "doi": "doi", "wikidata": "wikidata", "wikidataid": "wikidata", "geonames": "geonames", "geonamesid": "geonames",
    "viaf": "viaf", "imdb": "imdb", "iso31661": "iso3166-1", "iso31661alpha2": "iso3166-1", "iso31661code": "iso3166-1",
}  # fmt: skip
PROPERTIES = frozenset(_PROPERTIES)
_CHECKED = {"isbn": "isbn", "issn": "issn", "gtin": "ean", "lei": "lei", "orcid": "isni", "isni": "isni"}  # python-stdnum's modules
_FORMS = {
    "wikidata": re.compile(r"Q[1-9]\d{0,11}\Z"),
    "geonames": re.compile(r"[1-9]\d{0,9}\Z"),
    "viaf": re.compile(r"\d{1,22}\Z"),
    "imdb": re.compile(r"(?:tt|nm)\d{7,10}\Z"),
    "doi": re.compile(r"10\.\d{4,9}/\S{1,200}\Z"),
}
_SHARED = frozenset("sharer sharer.php share share.php intent home hashtag search login plugins watch explore".split())
_RESERVED = frozenset(("example.com", "example.org", "example.net", "localhost", "schema.org", "w3.org"))


def identifier_at(address: str) -> str | None:
    """The identifier of the thing that an address of a registry names, an encyclopedia's article among them; None for others."""
    parts = _parts(address)
    if not parts or not parts.hostname:
        return None
    host = ascii_host(parts.hostname)
    found = _REGISTRIES.get(registrable_domain(host))
    if not found or parts.fragment:
        return None
    pattern, scheme = found
    match = pattern.match(unquote(parts.path) if scheme in ("wikipedia", "doi") else parts.path)
    if not match:
        return None
    if scheme == "wikipedia":
        language = host.split(".")[0]
        return _article(language if language not in ("www", "dbpedia", "wikipedia", "m") else "en", match[1])
    return _checked(scheme, match[1])


def identifier_of(name: str, value: str) -> str | None:
    """The identifier that a value of a property is, by the property's name: `isbn`, `gtin13`, `Wikidata ID`; or that which the value is by
    itself: an address of a registry, `doi:10.1000/182`. None for others, and where check digits are wrong."""
    plain = value.strip()
    if not 0 < len(plain) <= CHARACTERS_MAX:
        return None
    if plain.startswith(("http:", "https:")):
        return identifier_at(plain)
    prefix, colon, rest = plain.partition(":")
    scheme = _PROPERTIES.get(_letters(name)) or (_PROPERTIES.get(_letters(prefix)) if colon else None)
    if not scheme:
        return None
    return _checked(scheme, rest.strip() if colon and _PROPERTIES.get(_letters(prefix)) == scheme else plain)


def site_at(address: str) -> str | None:
    """`url:` and an address of the web as all ways to write it share it: without scheme, `www.`, fragment and query; None for what is no
    address, and for one that is nobody's: a button of a social network, a placeholder."""
    parts = _parts(address)
    host = ascii_host(parts.hostname or "").removeprefix("www.").removeprefix("m.") if parts else ""
    if not parts or "." not in host or registrable_domain(host) in _RESERVED:
        return None
    path = parts.path.rstrip("/")
    if path.rpartition("/")[2] == "profile.php":
        path += "?id=" + "".join(parse_qs(parts.query).get("id", ())[:1])
    if path.lstrip("/").partition("/")[0].casefold() in _SHARED or path.endswith("="):
        return None
    found = f"url:{'twitter.com' if host == 'x.com' else host}{path.casefold()}"
    return found if len(found) <= CHARACTERS_MAX else None


def is_root(identifier: str) -> bool:
    """Whether it is the address of a whole site."""
    return identifier.startswith("url:") and "/" not in identifier


def scheme_of(identifier: str) -> str:
    """The part before the first colon."""
    return identifier.partition(":")[0]


def is_telling(identifier: str) -> bool:
    """Whether one thing has but one of its scheme, so that two are two things."""
    return scheme_of(identifier) in _TELLING


def are_apart(one: str, other: str) -> bool:
    """Whether two identifiers, or "", are of one scheme of which a thing has but one, and differ."""
    return one != other and is_telling(one) and scheme_of(one) == scheme_of(other)


def rank(identifier: str) -> tuple[int, str]:
    """The smaller, the better a thing is called by it: by its scheme, then in alphabetical order."""
    scheme = scheme_of(identifier)
    return (_SCHEMES.index(scheme) if scheme in _SCHEMES else len(_SCHEMES)), identifier


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address.strip()) if len(address) <= CHARACTERS_MAX else None
        return parts if parts and parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _article(language: str, title: str) -> str | None:
    name = title.strip().replace(" ", "_")
    if not language.replace("-", "").isalpha() or not name or _NO_ARTICLE.match(name):
        return None
    return f"wikipedia:{language}/{name[0].upper()}{name[1:]}"


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold() if len(name) <= 40 else ""


def _checked(scheme: str, value: str) -> str | None:
    """`scheme:value` in its compact form; None if the check digits are wrong or the form is none."""
    if scheme in _CHECKED:
        return _with_digits(scheme, value)
    if scheme == "iso3166-1":
        from iso3166 import countries_by_alpha2, countries_by_alpha3

        country = countries_by_alpha2.get(value.upper()) or countries_by_alpha3.get(value.upper())
        return f"iso3166-1:{country.alpha2}" if country else None
    if scheme in _FORMS and not _FORMS[scheme].match(value):
        return None
    return f"{scheme}:{value.casefold() if scheme == 'doi' else value}"


def _with_digits(scheme: str, value: str) -> str | None:
    module: Any = import_module(f"stdnum.{_CHECKED[scheme]}")
    try:
        number = str(module.validate(value))
        number = str(module.to_isbn13(number)) if scheme == "isbn" else number
    except Exception as error:
        if type(error).__module__ == "stdnum.exceptions":
            return None
        raise
    number = number.replace("-", "").replace(" ", "")
    if scheme == "gtin":
        number = number.lstrip("0").zfill(13)
        scheme = "isbn" if number.startswith(("978", "979")) and len(number) == 13 else scheme
    if scheme == "orcid":
        number = "-".join(number[place : place + 4] for place in range(0, 16, 4))
    return f"{scheme}:{number}"
