"""Makes pages from knowledge bases, one per entry, that state facts in sentences and as JSON-LD, so that L4 finds agreements."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

Record = dict[str, Any]
A_COUNTRY = "{} is one of the countries and territories to which the International Organization for Standardization has given codes."
COLUMNS = {
    "official_name_en": "official name",
    "Capital": "capital",
    "Region Name": "region",
    "Sub-region Name": "subregion",
    "ISO4217-currency_alphabetic_code": "currency code",
    "ISO4217-currency_name": "currency",
    "ISO3166-1-Alpha-2": "two-letter code",
    "ISO3166-1-Alpha-3": "three-letter code",
    "ISO3166-1-numeric": "numeric code",
    "IOC": "Olympic code",
    "TLD": "top-level domain",
    "Dial": "calling code",
    "FIFA": "football code",
    "Continent": "continent",
}
ELEMENT_FIELDS = {
    "symbol": "symbol",
    "number": "atomic number",
    "phase": "phase",
    "category": "category",
    "electron_configuration": "electron configuration",
}


def read_countries(path: Path, prefix: str) -> Iterator[Record]:
    """A page a country of mledoze/countries."""
    countries: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    names = {country["cca3"]: country["name"]["common"] for country in countries}
    for country in countries:
        currencies: dict[str, Any] = country["currencies"] or {}
        facts = {
            "two-letter code": country["cca2"],
            "three-letter code": country["cca3"],
            "numeric code": country["ccn3"],
            "Olympic code": country["cioc"],
            "capital": _listed(country["capital"]),
            "official name": country["name"]["official"],
            "top-level domain": _listed(country["tld"]),
            "currency code": _listed(currencies),
            "currency": _listed(currency["name"] for currency in currencies.values()),
            "subregion": country["subregion"],
            "region": country["region"],
            "area in square kilometres": f"{country['area']:g}",
            "neighbor": _listed(names[code] for code in country["borders"]),
            "language": _listed((country["languages"] or {}).values()),
        }
        name = country["name"]["common"]
        yield _page(name, facts, f"{prefix}{country['cca3']}", A_COUNTRY.format(name))


def read_country_codes(path: Path, prefix: str) -> Iterator[Record]:
    """A page a country of datasets/country-codes."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            facts = {name: row.get(column, "") for column, name in COLUMNS.items()}
            name = row["CLDR display name"]
            yield _page(name, facts, f"{prefix}{row['ISO3166-1-Alpha-3']}", A_COUNTRY.format(name))


def read_elements(path: Path, prefix: str) -> Iterator[Record]:
    """A page an element of Periodic-Table-JSON, with its summary."""
    for element in json.loads(path.read_text("utf-8"))["elements"]:
        facts = {name: str(element[field] or "") for field, name in ELEMENT_FIELDS.items()}
        yield _page(element["name"], facts, f"{prefix}{element['name'].lower()}", element["summary"])


def read_elements_dictionary(path: Path, prefix: str) -> Iterator[Record]:
    """A page an element of the Elements Database, in the form that dictd reads: fields, then a description."""
    text = gzip.decompress(path.read_bytes()).decode("latin-1")
    for entry in re.split(r"\n\n(?=\S)", text):
        name, *lines = entry.strip().split("\n")
        fields = dict(line.split(": ", 1) for line in lines[:3] if ": " in line)
        if fields.keys() >= {"Symbol", "Atomic number"}:
            facts = {"symbol": fields["Symbol"], "atomic number": fields["Atomic number"]}
            yield _page(name.capitalize(), facts, f"{prefix}{name}", " ".join(lines[3:]))


def _listed(values: Any) -> str:
    return ", ".join(str(value) for value in values or ())


def _page(name: str, facts: Mapping[str, str], url: str, prose: str = "") -> Record:
    """The facts as sentences behind the prose, and as the JSON-LD that a page of a knowledge base would hold."""
    known = {predicate: value.strip() for predicate, value in facts.items() if value and value.strip()}
    sentences = " ".join(f"Its {predicate} is {value.rstrip('.')}." for predicate, value in known.items())
    stated = json.dumps({"name": name} | known, ensure_ascii=False).replace("</", "<\\/")
    html = (
        f'<html lang="en"><title>{escape(name)}</title><script type="application/ld+json">{stated}</script>'
        f"<main><h1>{escape(name)}</h1><p>{escape(f'{prose} {sentences}'.strip())}</p></main></html>"
    )
    return {"url": url, "title": name, "html": html}
