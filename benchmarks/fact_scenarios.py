"""Measures what is promoted from generated sites by extraction and verification alone: by scenario, and what each template yields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from benchmarks.fact_sites import SCENARIOS, Country, Page, Site, Sites, countries, honest
from benchmarks.fact_templates import LABELS, TEMPLATES
from tierline.crawl.extract import extract_page
from tierline.filters.batch import clean
from tierline.knowledge import ClaimRules, FactRules, extract_claims, verify_facts
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import agreement, read_value
from tierline.tables import TABLES, content_id

TRUE_SITES_MIN = 2  # a fact that so many true sites state can be found
SHOWN = 10


def scenario_metrics(data: Path, size: int, seed: int) -> dict[str, float]:
    """`precision_<scenario>` and `recall_<scenario>` over so many countries, the same over all, and `template_yield_<template>`."""
    known = countries(data)
    sites = Sites(known, size, seed)
    metrics: dict[str, float] = {}
    all_right = all_promoted = 0
    for scenario in SCENARIOS:
        pages = list(sites.pages(scenario))
        facts = promoted(pages)
        right = {found for fact in facts if (found := truth_of(fact, sites.countries))}
        wrong = [fact for fact in facts if not truth_of(fact, sites.countries)]
        findable = {(country.code, key) for country in sites.countries for key in stated_keys(scenario)}
        metrics[f"precision_{scenario}"] = 1 - len(wrong) / max(1, len(facts))
        if scenario != "mirrored_nobody_right":
            metrics[f"recall_{scenario}"] = len(right) / len(findable)
        metrics[f"promoted_{scenario}"] = len(facts)
        all_right, all_promoted = all_right + len(facts) - len(wrong), all_promoted + len(facts)
        for fact in wrong[:SHOWN]:
            print(f"{scenario}: {fact['text']} ({fact['independent_sources']} sources)")
    metrics["precision_promoted"] = all_right / max(1, all_promoted)
    overlaps = list(honest_overlaps(sites))
    metrics |= {"honest_overlap_median": median(overlaps), "honest_overlap_max": max(overlaps)}
    return metrics | template_yields(sites)


def stated_keys(scenario: str) -> tuple[str, ...]:
    """The properties that the pages of a scenario state."""
    return ("population",) if scenario == "outdated" else tuple(LABELS)


def documents(pages: Iterable[Page]) -> pa.Table:
    """Rows of `l2_selected`, as if every filter let the pages pass."""
    rows: list[dict[str, Any]] = []
    for number, made in enumerate(pages):
        read = extract_page(made.html)
        rows.append(
            {
                "doc_id": content_id("doc", made.url, number),
                "url": made.url,
                "domain": urlsplit(made.url).hostname,
                "title": read.title,
                "text": clean(read.text),
                "structured_data": read.structured_data,
                "language": made.language,
                "tokens": 1,
            }
        )
    return pa.Table.from_pylist(rows, TABLES["l2_selected"].schema)


def claims_of(pages: Iterable[Page]) -> pa.Table:
    """Rows of `l4_claims`."""
    found = extract_claims(documents(pages), TABLES["l3_refined"].schema.empty_table(), ClaimRules()).tables["l4_claims"]
    claims = found if isinstance(found, pa.Table) else pa.concat_tables(found)
    return claims.append_column("shard", pa.array(["s"] * len(claims), pa.string()))


def promoted(pages: Iterable[Page]) -> list[dict[str, Any]]:
    """The facts that these pages make."""
    found = verify_facts(claims_of(pages), FactRules()).tables["l4_facts"]
    return (found if isinstance(found, pa.Table) else pa.concat_tables(found)).to_pylist()


def truth_of(stated: Mapping[str, Any], known: Sequence[Country]) -> tuple[str, str] | None:
    """(country, property) whose true value a fact or claim states, or None."""
    key = stated["predicate"]
    for country in known:
        if key in country.true and normal_key(stated["subject"]) in _names(country):
            value = country.true[key]
            true = read_value(f"{value} km²" if key == "area" else str(value), key, "en")
            return (country.code, key) if agreement(true, read_value(stated["object"], key, stated["language"])) else None
    return None


def _names(country: Country) -> set[str]:
    return {normal_key(form.format(country.name)) for form in ("{}", "The {}", "{} (country)")}


def template_yields(sites: Sites) -> dict[str, float]:
    """`template_yield_<template>`: the share of statements that become the right claim of their page."""
    metrics: dict[str, float] = {}
    for template in TEMPLATES:
        site = Site("template.example", template=template)
        made = claims_of(sites.own(site, country, country.true) for country in sites.countries).to_pylist()
        right = {found for claim in made if (found := truth_of(claim, sites.countries))}
        metrics[f"template_yield_{template}"] = len(right) / (len(sites.countries) * len(LABELS))
    return metrics


def honest_overlaps(sites: Sites) -> Iterator[float]:
    """The share of the shorter text's word 5-grams, for each pair of texts that sites wrote on their own about one country."""
    for country in sites.countries:
        texts = [sites.prose(site, country).split() for site in honest(5)]
        grams = [{tuple(words[place : place + 5]) for place in range(len(words) - 4)} for words in texts]
        for one, other in combinations(grams, 2):
            yield len(one & other) / min(len(one), len(other))
