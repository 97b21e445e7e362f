"""Generated sites about real countries whose facts are known, in scenarios of error and copying."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from benchmarks.fact_prose import filler, own_prose, parted, translated_prose
from benchmarks.fact_templates import TEMPLATES, Stated, doubted, page

COUNTRIES, POPULATION = "kb/countries/dist/countries.json", "kb/population/data/population.csv"
AREA_MIN, PEOPLE_MIN = 1_000, 100_000  # below, rounding to square miles or hundredths of a million leaves too little
SQUARE_MILE = 2.589988
FACTORS = (1.13, 0.77, 1.31, 0.58, 1.74, 0.41)  # of wrong numbers; no two of them agree as rounded
FORMER = "1994"  # the year of outdated numbers
LANGUAGES = {"de": "deu", "fr": "fra", "es": "spa"}
HONEST = ("jsonld", "microdata", "infobox", "jsonld_graph", "infobox_untitled")
# Titles of pages, of the subject's name and the site's, where they are not "name | site".
TITLES = {"infobox_untitled": "{0}", "definition_list": "{0}", "infobox_site_dash": "{0} - {1}", "infobox_site_first": "{1}: {0}"}
STYLES = 5

Values = Mapping[str, str | int]


@dataclass(frozen=True)
class Country:
    """What is true of a country, which numbers once were, and how many people it had by year."""

    code: str
    names: Mapping[str, str]
    true: Values
    former: Values
    people: Mapping[str, int]

    @property
    def name(self) -> str:
        """In English."""
        return self.names["en"]


@dataclass(frozen=True)
class Page:
    """A page as a crawl brings it."""

    url: str
    html: str
    language: str = "en"
    fetched: datetime | None = None


@dataclass(frozen=True)
class Site:
    """A site with its own way to write; `style` is that of its numbers, `dating` says where it states `when` its values hold."""

    host: str
    style: int = 0
    template: str = "jsonld"
    names: str = "{name}"
    owner: str = ""
    dating: str = ""
    when: str = ""

    def page(self, country: Country, values: Values, prose: str, language: str = "en", more: Values | None = None) -> Page:
        """A page that states values of a country, or two of each property."""
        stated = [
            dated(written(key, value, self.style), self.dating, self.when) for one in (values, more or {}) for key, value in one.items()
        ]
        name = self.names.format(name=country.name)
        publisher = {"@type": "Organization", "name": self.owner, "url": "https://northgate.example/"}
        told = ({"publisher": publisher} if self.owner else {}) | ({"dateModified": self.when} if self.dating == "modified" else {})
        head = json.dumps({"@context": "https://schema.org", "@type": "WebPage"} | told) if told else ""
        head = f'<script type="application/ld+json">{head}</script>' if head else ""
        if self.dating == "published":
            head += f'<meta property="article:published_time" content="{self.when}T09:30:00+00:00">'
        template = doubted if self.template == "doubted" else TEMPLATES[self.template]
        html = page(
            TITLES.get(self.template, "{0} | {1}").format(name, self.host), name, prose,
            template(name, stated), language, head,
        )  # fmt: skip
        if self.dating == "property":
            html = html.replace('"@type": "Country"', f'"@type": "Country", "observationDate": "{self.when}"')
        path = f"{self.when.replace('-', '/')}/" if self.dating == "url" else ""
        fetched = datetime.fromisoformat(f"{self.when}T12:00:00+00:00") if self.dating == "fetched" else None
        return Page(f"https://{self.host}/{path}{country.code.lower()}", html, language, fetched)


def dated(stated: Stated, dating: str, when: str) -> Stated:
    """A value with the time in brackets behind it or behind its label, if that is where it stands."""
    if dating == "value":
        return replace(stated, text=f"{stated.text} ({when}{' est.' if stated.number else ''})")
    return replace(stated, when=f"{when} census") if dating == "label" else stated


def countries(data: Path) -> list[Country]:
    """Countries of mledoze/countries with their population by the World Bank, in order of their codes."""
    people: dict[str, dict[str, int]] = {}
    with (data / POPULATION).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people.setdefault(row["Country Code"], {})[row["Year"]] = int(float(row["Value"]))
    found: list[Country] = []
    for row in json.loads((data / COUNTRIES).read_text("utf-8")):
        by_year = people.get(row["cca3"], {})
        last = max(by_year, default="")
        if row["capital"] and row["currencies"] and row["area"] >= AREA_MIN and by_year.get(FORMER, 0) >= PEOPLE_MIN:
            currency = next(iter(row["currencies"].values()))["name"]
            true = {"capital": row["capital"][0], "area": round(row["area"]), "population": by_year[last]}
            names = {language: row["translations"][code]["common"] for language, code in LANGUAGES.items()}
            names["en"] = row["name"]["common"]
            true |= {"currency": currency, "continent": row["region"]}
            found.append(Country(row["cca2"], names, true, true | {"population": by_year[FORMER]}, by_year))
    return sorted(found, key=lambda country: country.code)


def written(key: str, value: str | int, style: int) -> Stated:
    """A value as a site of this style writes it: numbers exact or rounded, with or without separators, in either unit of area."""
    if isinstance(value, str):
        return Stated(key, value)
    rounded = round(value, 4 - len(str(value)))
    if key == "area":
        numbers = (f"{value:,}", str(value), f"{value / SQUARE_MILE:,.0f}", f"{rounded:,}", f"{value:,}".replace(",", "\u00a0"))
        unit = ("km²", "sq km", "sq mi", "km²", "km²")[style]
    else:
        thousands, millions = f"{value / 1e3:,.0f} thousand", f"{value / 1e6:.2f} million"  # a count without such a word is exact
        numbers = (f"{value:,}", str(value), millions, thousands, f"{value:,}".replace(",", "\u00a0"))
        unit = ""
    return Stated(key, f"{numbers[style]} {unit}".strip(), str(value), "km²" if unit else "")


class Sites:
    """The pages of every scenario about the same countries. `seed` decides who errs how, and all wordings; sites of different `part`s are
    about different countries."""

    def __init__(self, known: Sequence[Country], size: int, seed: int, part: int = 0) -> None:
        self._known = known
        self._countries = random.Random(seed).sample(known, len(known))[part * size : (part + 1) * size]
        self._seed = seed

    @property
    def countries(self) -> list[Country]:
        """Those that the pages are about."""
        return self._countries

    @cached_property
    def _choices(self) -> dict[str, list[str]]:
        return {key: sorted({str(country.true[key]) for country in self._known}) for key in ("capital", "currency", "continent")}

    def wrong(self, country: Country, kind: int = 0) -> Values:
        """Values of which none is true; those of two kinds are different."""
        found: dict[str, str | int] = {}
        for key, value in country.true.items():
            if isinstance(value, str):
                others = [one for one in self._choices[key] if one != value]
                found[key] = others[(sum(map(ord, country.name)) + kind) % len(others)]
            else:
                found[key] = round(value * FACTORS[(kind + len(country.name)) % len(FACTORS)])
        return found

    def prose(self, site: Site, country: Country) -> str:
        """A site's own text about a country."""
        chance = self._chance(site, country)
        return f"{own_prose(country.name, country.code, chance)} {filler(chance.randint(10, 60), chance)}"

    def own(self, site: Site, country: Country, values: Values, more: Values | None = None) -> Page:
        """A page that the site wrote itself."""
        return site.page(country, values, self.prose(site, country), more=more)

    def _chance(self, site: Site, country: Country) -> random.Random:
        return random.Random(f"{self._seed}/{site.host}/{country.code}")

    def with_words(self, site: Site, country: Country, text: str, before: int, behind: int) -> Page:
        """Wrong values and a text that is not the site's, among so many words of its own."""
        chance = self._chance(site, country)
        parts = filter(None, (filler(before, chance), text, filler(behind, chance)))
        return site.page(country, self.wrong(country), "\n".join(parts))


def honest(number: int, alike: bool = False) -> list[Site]:
    """Sites that write on their own, all in one format or each in its own."""
    return [Site(f"honest{place}.example", 0 if alike else place % STYLES, HONEST[0 if alike else place % 5]) for place in range(number)]


def wrongs(number: int, alike: bool = False) -> list[Site]:
    """Other sites."""
    return [replace(site, host=f"other{place}.example") for place, site in enumerate(reversed(honest(number, alike)))]


def erring(
    true: int, kinds: Sequence[int], alike: bool = False, listing: bool = False, dating: str = "", when: str = ""
) -> Callable[[Sites, Country], Iterator[Page]]:
    """So many true sites, and one for each kind of error, dated so; all in their own words. `listing`: and a page with both values."""

    def pages(sites: Sites, country: Country) -> Iterator[Page]:
        for site in honest(true, alike):
            yield sites.own(replace(site, dating=dating and "modified", when="2016-05-04"), country, country.true)
        for site, kind in zip(wrongs(len(kinds), alike), kinds, strict=True):
            yield sites.own(replace(site, dating=dating, when=when), country, sites.wrong(country, kind))
        if listing:
            yield sites.own(Site("list.example"), country, country.true, sites.wrong(country, kinds[0]))

    return pages


def copied(
    copy: Callable[[Sites, Country], Iterator[Page]], true: int = 2, alike: bool = False
) -> Callable[[Sites, Country], Iterator[Page]]:
    """Two true sites in their own words beside copies of a wrong one."""

    def pages(sites: Sites, country: Country) -> Iterator[Page]:
        for site in honest(true, alike):
            yield sites.own(site, country, country.true)
        yield from copy(sites, country)

    return pages


def _mirrored(sites: Sites, country: Country) -> Iterator[Page]:
    first = sites.own(Site("copy0.example"), country, sites.wrong(country))
    for number in range(3):
        yield replace(first, url=first.url.replace("copy0", f"copy{number}"))


def _syndicated(sites: Sites, country: Country) -> Iterator[Page]:
    text = sites.prose(Site("agency.example"), country)
    for number in range(3):
        yield sites.with_words(Site(f"copy{number}.example"), country, text, 0, 40)


def _paragraph(sites: Sites, country: Country) -> Iterator[Page]:
    text = parted(sites.prose(Site("agency.example"), country), (60,))[0]
    for number in range(3):
        yield sites.with_words(Site(f"copy{number}.example", number, HONEST[number]), country, text, 60, 140)


def _feed(sites: Sites, country: Country) -> Iterator[Page]:
    for number in range(3):
        yield sites.own(Site(f"copy{number}.example", 0, HONEST[number]), country, sites.wrong(country))


def _translated(sites: Sites, country: Country) -> Iterator[Page]:
    for number, language in enumerate(("en", *list(LANGUAGES)[:2])):
        site = Site(f"copy{number}.example", number)
        yield site.page(country, sites.wrong(country), translated_prose(country.names[language], country.code, language), language)


def _owned(sites: Sites, country: Country) -> Iterator[Page]:
    for number in range(3):
        site = Site(f"sister{number}.example", number, HONEST[number], owner="Northgate Media Group")
        yield sites.own(site, country, sites.wrong(country))


def _recaptured(sites: Sites, country: Country) -> Iterator[Page]:
    for number, host in enumerate(("captured.com", "www.captured.com", "m.captured.com")):
        yield sites.own(Site(host, number), country, sites.wrong(country))


def _true(sites: Sites, country: Country, alike: bool, names: Sequence[str], template: str) -> Iterator[Page]:
    for site, name in zip(honest(5, alike), names, strict=True):
        yield sites.own(replace(site, names=name, template=template or site.template), country, country.true)


def _read_by_form(wrong: Sequence[str] = ()) -> Callable[[Sites, Country], Iterator[Page]]:
    """Five true sites, each in a form of its own that is no structured data for machines; wrong ones in these forms."""

    def pages(sites: Sites, country: Country) -> Iterator[Page]:
        forms = ("rdfa", "bullets", "sentences", "infobox_wiki", "infobox_bold")
        for site, form in zip(honest(5), forms, strict=True):
            yield sites.own(replace(site, template=form), country, country.true)
        for site, form in zip(wrongs(len(wrong)), wrong, strict=True):
            yield sites.own(replace(site, template=form), country, sites.wrong(country))

    return pages


def _doubted(sites: Sites, country: Country) -> Iterator[Page]:
    """Two true sites, and three that do not state but deny, doubt, invent or quote one wrong value."""
    for site, form in zip(honest(2), ("sentences", "bullets"), strict=True):
        yield sites.own(replace(site, template=form), country, country.true)
    for site in wrongs(3):
        yield sites.own(replace(site, template="doubted"), country, sites.wrong(country))


_SAME = ("{name}",) * 5
SCENARIOS: dict[str, Callable[[Sites, Country], Iterator[Page]]] = {
    "one_wrong": erring(4, (0,)),
    "two_wrong_differently": erring(3, (0, 1)),
    "two_same_error": erring(3, (0, 0)),
    "two_same_error_alike": erring(3, (0, 0), alike=True),
    "two_same_error_of_now": erring(3, (0, 0), dating="value", when="2024"),
    "two_same_error_modified": erring(3, (0, 0), dating="modified", when="2025-02-03"),
    "two_same_error_and_list": erring(3, (0, 0), listing=True),
    "mirrored": copied(_mirrored),
    "mirrored_nobody_right": copied(_mirrored, true=0),
    "syndicated": copied(_syndicated),
    "copied_paragraph": copied(_paragraph),
    "same_feed": copied(_feed),
    "same_feed_alike": copied(_feed, alike=True),
    "translated": copied(_translated),
    "one_owner": copied(_owned),
    "recaptured": copied(_recaptured),
    "true_own_names": lambda sites, country: _true(sites, country, True, (*("{name}",) * 3, "The {name}", "{name} (country)"), ""),
    "true_own_formats": lambda sites, country: _true(sites, country, False, _SAME, ""),
    "true_alike": lambda sites, country: _true(sites, country, True, _SAME, ""),
    "true_own_templates": _read_by_form(),
    "own_templates_two_wrong": _read_by_form(("sentences_of_subject", "labels")),
    "doubted": _doubted,
    "true_lists": lambda sites, country: _true(sites, country, False, _SAME, "definition_list"),
}
