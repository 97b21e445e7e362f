"""Measures what is promoted from generated sites by extraction and verification alone: by scenario, and what each template yields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from benchmarks.fact_entities import ABOUT_NAMES, named_right
from benchmarks.fact_sites import SCENARIOS as OF_ERRORS
from benchmarks.fact_sites import Country, Page, Site, Sites, countries, honest
from benchmarks.fact_templates import LABELS, TEMPLATES
from benchmarks.fact_times import OVER_TIME, UNDECIDABLE, findable, held_of
from benchmarks.value_states import scenario_states
from tierline.crawl.extract import extract_page
from tierline.filters.batch import clean
from tierline.filters.headings import in_cleaned
from tierline.knowledge import ClaimRules, FactRules, extract_claims, verify_facts
from tierline.knowledge.extraction_methods import Methods
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import agreement, read_value
from tierline.tables import TABLES, content_id

SCENARIOS = OF_ERRORS | OVER_TIME | ABOUT_NAMES
NOTHING_TO_FIND = UNDECIDABLE | {"mirrored_nobody_right"}
SHOWN = 10


def scenario_metrics(data: Path, size: int, seed: int) -> dict[str, float]:
    """`precision_<scenario>` and `recall_<scenario>` over so many countries, the same over all, the states of all values that are stated in
    scenarios of error and time, and `template_yield_<template>`."""
    known = countries(data)
    sites = Sites(known, size, seed)
    metrics: dict[str, float] = {}
    stated: dict[str, list[dict[str, Any]]] = {}
    all_right = all_promoted = 0
    for scenario in SCENARIOS:
        pages = [page for country in sites.countries for page in SCENARIOS[scenario](sites, country)]
        facts, values = verified(pages)
        stated |= {} if scenario in ABOUT_NAMES else {scenario: values}
        right, wrong = judge_facts(scenario, facts, sites.countries)
        metrics[f"precision_{scenario}"] = 1 - len(wrong) / max(1, len(facts))
        if scenario not in NOTHING_TO_FIND:
            metrics[f"recall_{scenario}"] = recall(scenario, right, sites.countries)
        metrics[f"promoted_{scenario}"] = len(facts)
        all_right, all_promoted = all_right + len(facts) - len(wrong), all_promoted + len(facts)
        for fact in wrong[:SHOWN]:
            print(f"{scenario}: {fact['text']} ({fact['independent_sources']} sources)")
    metrics["precision_promoted"] = all_right / max(1, all_promoted)
    metrics |= scenario_states(stated, lambda _, row: true_of_its_time(row, sites.countries) is not None)
    overlaps = list(honest_overlaps(sites))
    metrics |= {"honest_overlap_median": median(overlaps), "honest_overlap_max": max(overlaps)}
    return metrics | template_yields(sites)


def judge_facts(
    scenario: str, facts: Sequence[Mapping[str, Any]], known: Sequence[Country]
) -> tuple[set[tuple[str, str, str]], list[Mapping[str, Any]]]:
    """((country, property, year) of the facts that are true in a scenario, the facts that are not)."""
    truth = partial(named_right, scenario) if scenario in ABOUT_NAMES else true_of_its_time
    found = [truth(fact, known) for fact in facts]
    return {one for one in found if one}, [fact for fact, one in zip(facts, found, strict=True) if not one]


def recall(scenario: str, right: set[tuple[str, str, str]], known: Sequence[Country]) -> float:
    """The share of what can be found in a scenario that was."""
    found = {
        one
        for country in known
        for one in (findable(scenario, country) if scenario in OVER_TIME else {(country.code, key, "") for key in LABELS})
    }
    return len(right & found) / len(found)


def true_of_its_time(fact: Mapping[str, Any], known: Sequence[Country]) -> tuple[str, str, str] | None:
    """(country, property, year) of a fact that is true, of the present ("") or of the year that it names, or None."""
    if fact["valid_from"] or fact["state"] == "superseded":
        return next(filter(None, (held_of(fact, country) for country in known)), None)
    found = truth_of(fact, known)
    return (*found, "") if found else None


def documents(pages: Iterable[Page]) -> pa.Table:
    """Rows of `l2_selected`, as if every filter let the pages pass."""
    rows: list[dict[str, Any]] = []
    for number, made in enumerate(pages):
        read = extract_page(made.html)
        text = clean(read.text)
        headings = [{"line": heading.line, "level": heading.level} for heading in read.headings]
        rows.append(
            {
                "doc_id": content_id("doc", made.url, number),
                "url": made.url,
                "domain": urlsplit(made.url).hostname,
                "fetched_at": made.fetched,
                "title": read.title,
                "text": text,
                "headings": in_cleaned(headings, read.text, text),
                "structured_data": read.structured_data,
                "language": made.language,
                "tokens": 1,
            }
        )
    return pa.Table.from_pylist(rows, TABLES["l2_selected"].schema)


def claims_of(pages: Iterable[Page], methods: Methods | None = None) -> pa.Table:
    """Rows of `l4_claims`; of the proven methods unless others are given."""
    found = extract_claims(documents(pages), TABLES["l3_refined"].schema.empty_table(), ClaimRules(), methods).tables["l4_claims"]
    claims = found if isinstance(found, pa.Table) else pa.concat_tables(found)
    return claims.append_column("shard", pa.array(["s"] * len(claims), pa.string()))


def verified(pages: Iterable[Page]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The facts that these pages make, and all values that they state."""
    tables = verify_facts(claims_of(pages), FactRules()).tables
    facts, values = (
        (found if isinstance(found, pa.Table) else pa.concat_tables(found)).to_pylist()
        for found in (tables["l4_facts"], tables["l4_values"])
    )
    return facts, values


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
