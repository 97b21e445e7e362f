"""Scenarios about things and their names: two things of one name, one thing of several names, and identifiers that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.fact_sites import LANGUAGES, Country, Page, Site, Sites, Values, honest
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import agreement, read_value

Scenario = Callable[[Sites, Country], Iterator[Page]]
HOLMS = "North Holm", "South Holm"  # states that two cities of one name are in
TYPED = "jsonld", "microdata", "jsonld_graph", "jsonld_array"
JSON_TYPE, ITEM_TYPE = '"@type": "Country"', 'itemtype="https://schema.org/Country">'


def partner(sites: Sites, country: Country) -> Country | None:
    """The country behind one, for every other country; None for the rest, which are partners."""
    place = sites.countries.index(country)
    return sites.countries[place + 1] if place % 2 == 0 and place + 1 < len(sites.countries) else None


def wikidata(country: Country) -> str:
    """An invented number."""
    return f"https://www.wikidata.org/entity/Q{''.join(str(ord(letter)) for letter in country.code)}"


def described(page: Page, type_name: str, same: Sequence[str] = (), alias: str = "") -> Page:
    """The same page with another type of its thing, addresses that identify it, and another name."""
    told = {"sameAs": list(same), "alternateName": alias}
    members = "".join(f', "{key}": {json.dumps(value)}' for key, value in told.items() if value)
    links = "".join(f'<link itemprop="sameAs" href="{one}">' for one in same)
    links += f'<meta itemprop="alternateName" content="{alias}">' if alias else ""
    html = page.html.replace(JSON_TYPE, f'"@type": "{type_name}"{members}')
    return replace(page, html=html.replace(ITEM_TYPE, f'itemtype="https://schema.org/{type_name}">{links}'))


def _sites(host: str, number: int, name: str = "{name}") -> list[Site]:
    return [
        replace(site, host=f"{host}{place}.example", template=TYPED[place % len(TYPED)], names=name)
        for place, site in enumerate(honest(number))
    ]


def _of(
    sites: Sites, country: Country, host: str, number: int, type_name: str, name: str = "{name}", same: Sequence[str] = (),
    alias: str = "", more: Values | None = None,
) -> Iterator[Page]:  # fmt: skip
    """Pages of so many sites about a country, under a name."""
    for site in _sites(host, number, name):
        yield described(sites.own(site, country, {**country.true, **(more or {})}), type_name, same, alias)


def _untyped(sites: Sites, country: Country, host: str, number: int, name: str) -> Iterator[Page]:
    for site in _sites(host, number, name):
        yield sites.own(replace(site, template="infobox"), country, country.true)


def _two(types: Sequence[str], is_numbered: bool = False, states: Sequence[str] = ("", ""), untyped: int = 1) -> Scenario:
    """Two sites about a country, two about another under its name, and pages of both that do not say which is meant."""

    def pages(sites: Sites, country: Country) -> Iterator[Page]:
        if other := partner(sites, country):
            for one, kind, state, host in zip((country, other), types, states, ("one", "two"), strict=True):
                around = {"containedInPlace": state} if state else {}
                yield from _of(sites, one, host, 2, kind, country.name, [wikidata(one)] if is_numbered else (), more=around)
            yield from _untyped(sites, country, "plain", min(untyped, 1), country.name)
            yield from _untyped(sites, other, "bare", untyped, country.name)

    return pages


def _names_differ(sites: Sites, country: Country) -> Iterator[Page]:
    for place, language in enumerate(("en", *LANGUAGES)):
        yield from _of(sites, country, f"in{place}-", 1, "Place", country.names[language], [wikidata(country)])


def _bad_bridge(sites: Sites, country: Country) -> Iterator[Page]:
    if other := partner(sites, country):
        yield from _of(sites, country, "one", 3, "Place", same=[wikidata(country)])
        yield from _of(sites, other, "wrong", 1, "Place", same=[wikidata(country)])
        yield from _of(sites, other, "two", 3, "Place")


def _bad_chain(sites: Sites, country: Country) -> Iterator[Page]:
    """One page gives its country the numbers of two."""
    if other := partner(sites, country):
        yield from _of(sites, country, "one", 3, "Place", same=[wikidata(country)])
        yield from _of(sites, other, "two", 3, "Place", same=[wikidata(other)])
        yield from _of(sites, other, "both", 1, "Place", same=[wikidata(country), wikidata(other)])


def _template_id(sites: Sites, country: Country) -> Iterator[Page]:
    """Two sites that give all their things one number."""
    yield from _of(sites, country, "template", 2, "Place", same=["https://www.wikidata.org/wiki/Q42"])
    yield from _of(sites, country, "one", 1, "Place")


def _aliases(sites: Sites, country: Country) -> Iterator[Page]:
    for language, others in (("en", "de"), ("de", "en")):
        yield from _of(sites, country, language, 1, "Place", country.names[language], alias=country.names[others])


def _bad_alias(sites: Sites, country: Country) -> Iterator[Page]:
    """One page gives its country the name of another one."""
    if other := partner(sites, country):
        yield from _of(sites, country, "one", 2, "Place")
        yield from _of(sites, country, "wrong", 1, "Place", alias=other.name)
        yield from _of(sites, other, "two", 2, "Place")


def _contested_context(sites: Sites, country: Country) -> Iterator[Page]:
    """Two of five sites err about where a city is, and nothing else."""
    yield from _of(sites, country, "one", 3, "City", more={"state": HOLMS[0]})
    yield from _of(sites, country, "two", 2, "City", more={"state": HOLMS[1]})


def _errors_and_context(sites: Sites, country: Country) -> Iterator[Page]:
    """Two of five sites err alike in everything, and in where a city is."""
    yield from _of(sites, country, "one", 3, "City", more={"state": HOLMS[0]})
    for site in _sites("two", 2):
        yield described(sites.own(site, country, {**sites.wrong(country), "state": HOLMS[1]}), "City")


ABOUT_NAMES: dict[str, Scenario] = {
    "same_name_two_types": _two(("Country", "State")),
    "same_name_two_ids": _two(("Place", "Place"), is_numbered=True),
    "same_name_two_contexts": _two(("City", "City"), states=HOLMS, untyped=0),
    "same_name_many_plain": _two(("Country", "State"), untyped=3),
    "contested_context": _contested_context,
    "errors_and_context": _errors_and_context,
    "names_differ_same_id": _names_differ,
    "bad_bridge": _bad_bridge,
    "bad_chain": _bad_chain,
    "template_id": _template_id,
    "aliases": _aliases,
    "bad_alias": _bad_alias,
}


def named_right(scenario: str, fact: Mapping[str, str | None], known: Sequence[Country]) -> tuple[str, str, str] | None:
    """(country, property, "") of a fact that is true of the country that its name, and where two have it its type or number, means."""
    for place, country in enumerate(known):
        owner = known[place - 1] if scenario.startswith("same_name") and place % 2 else country
        if normal_key(fact["subject"] or "") not in {normal_key(name) for name in owner.names.values()}:
            continue
        key = fact["predicate"] or ""
        if key == "alternate name" and fact["object"] in owner.names.values():
            return country.code, key, ""
        if key == "state" and fact["object"] == HOLMS[0] and scenario in ("contested_context", "errors_and_context"):
            return country.code, key, ""
        if key in country.true and _is_meant(scenario, fact, country, place) and _is_true(country, key, fact):
            return country.code, key, ""
    return None


def _is_meant(scenario: str, fact: Mapping[str, str | None], country: Country, place: int) -> bool:
    """Whether a fact says by type, number or place which of two things of one name it is about, where the pages do."""
    if scenario == "same_name_two_contexts":
        return f"({HOLMS[place % 2]})" in (fact["text"] or "")
    if scenario in ("same_name_two_types", "same_name_many_plain"):
        return fact.get("subject_type") == ("Country", "State")[place % 2]
    return scenario != "same_name_two_ids" or fact.get("entity") == f"wikidata:{wikidata(country).rpartition('/')[2]}"


def _is_true(country: Country, key: str, fact: Mapping[str, str | None]) -> bool:
    true = read_value(f"{country.true[key]} km²" if key == "area" else str(country.true[key]), key, "en")
    return agreement(true, read_value(fact["object"] or "", key, fact["language"])) is not None
