"""Scenarios about time: values that were true once, with the dates that show it in different places, or without."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.fact_sites import FORMER, STYLES, Country, Page, Site, Sites
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import agreement, read_value

Scenario = Callable[[Sites, Country], Iterator[Page]]
Dating = tuple[str, str]  # where the date stands, and the date
NOW = "2024"
TYPED = "jsonld", "microdata", "jsonld_graph"  # a table of one row would be none
TERMS = ("1996", "2008", "2020")  # years of which heads of state are told: of one, of another, and of the first one again
_FIRST = "Ada Bo Cy Di Eli Fay Gus Hal Ida Jo Kit Lou Mae Ned Ola Pam".split()
_LAST = "Ash Birch Elm Fir Hazel Larch Oak Pine Rowan Yew".split()
BARE: Dating = ("", "")


def heads_of_state(country: Country) -> Mapping[str, str]:
    """Invented ones, by year."""
    chance = random.Random(f"heads/{country.code}")
    names = [f"{first} {last}" for first, last in zip(chance.sample(_FIRST, 2), chance.sample(_LAST, 2), strict=True)]
    return dict(zip(TERMS, (*names, names[0]), strict=True))


def _site(host: str, number: int, dating: Dating) -> Site:
    template = {"label": "table", "property": "jsonld"}.get(dating[0], TYPED[number % len(TYPED)])
    return Site(f"{host}{number}.example", number % STYLES, template, dating=dating[0], when=dating[1])


def populations(now: Sequence[Dating], then: Sequence[Dating]) -> Scenario:
    """A site for each date: of `now` with the population of today, of `then` with that of 1994."""

    def pages(sites: Sites, country: Country) -> Iterator[Page]:
        for number, dating in enumerate(now):
            yield sites.own(_site("honest", number, dating), country, {"population": country.true["population"]})
        for number, dating in enumerate(then, len(now)):
            yield sites.own(_site("late", number, dating), country, {"population": country.former["population"]})

    return pages


def _changed_back(sites: Sites, country: Country) -> Iterator[Page]:
    for place, (year, name) in enumerate(heads_of_state(country).items()):
        for number in range(2):
            dating = ("value", f"since {year}") if number else ("label", year)
            site = replace(
                _site("term", 2 * place + number, dating), host=f"term{place}-{number}.example", template=("table", "jsonld")[number]
            )
            yield sites.own(site, country, {"head of state": name})


def _census_years(sites: Sites, country: Country) -> Iterator[Page]:
    for year in (FORMER, "2010", NOW):
        for number, how in enumerate(("label", "value", "property")):
            site = replace(_site("census", number, (how, year)), host=f"census{number}-{year}.example")
            yield sites.own(site, country, {"population": country.people[year]})


_LATELY = ("published", f"{NOW}-03-10"), ("modified", f"{NOW}-04-10")
_FRESH = (("modified", "2025-01-15"),) * 3
OVER_TIME: dict[str, Scenario] = {
    "outdated": populations([("value", NOW), ("published", f"{NOW}-11-05")], [("value", FORMER), ("modified", "1996-03-01"), BARE]),
    "outdated_in_text": populations([("label", NOW), ("value", NOW)], [("value", FORMER), ("label", FORMER), ("property", FORMER)]),
    "outdated_majority_bare": populations([("label", NOW), ("property", NOW)], [BARE, BARE, BARE]),
    "outdated_pages": populations(_LATELY, [("url", "1995-06-01"), ("published", "1996-02-03"), BARE]),
    "outdated_captures": populations([("fetched", f"{NOW}-02-01")] * 2, [("fetched", "1997-05-01")] * 3),
    "outdated_freshly_modified": populations([("value", NOW), ("label", NOW)], _FRESH),
    "outdated_freshly_modified_only": populations(_LATELY, _FRESH),
    "outdated_bare": populations([BARE, BARE], [BARE, BARE, BARE]),
    "changed_back": _changed_back,
    "census_years": _census_years,
}
# Nothing on the pages shows which value is of today.
UNDECIDABLE = frozenset({"outdated_freshly_modified_only", "outdated_bare"})


def findable(scenario: str, country: Country) -> set[tuple[str, str, str]]:
    """(country, property, year) of the facts that the dates of a scenario's pages show; the year is "" for the present."""
    if scenario == "changed_back":
        return {(country.code, "head of state", year) for year in (*TERMS[:-1], "")}
    if scenario == "census_years":
        return {(country.code, "population", year) for year in (FORMER, "2010", "")}
    return {(country.code, "population", "")}


def held_of(stated: Mapping[str, str | None], country: Country) -> tuple[str, str, str] | None:
    """(country, property, year) of a dated or superseded fact that was true of its time, or None."""
    known: Mapping[str, object] = {"population": country.people, "head of state": heads_of_state(country)}
    by_year = known.get(stated["predicate"] or "")
    if not isinstance(by_year, Mapping) or normal_key(stated["subject"] or "") != normal_key(country.name):
        return None
    said = read_value(stated["object"] or "", stated["predicate"] or "", stated["language"])
    of_year = (stated["valid_from"] or "")[:4]
    for year, value in sorted(by_year.items(), reverse=True):
        is_meant = year == of_year if of_year else year < (stated["valid_until"] or "")
        if is_meant and agreement(read_value(str(value), stated["predicate"] or "", "en"), said):
            is_last = stated["state"] == "current" and year == max(by_year)
            return country.code, stated["predicate"] or "", "" if is_last else year
    return None
