"""Measures what is promoted from generated sites by the whole pipeline, scenario by scenario, and where claims are lost on the way."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.fact_lakes import build_lake, measure_scorers, plain_recipe
from benchmarks.fact_scenarios import NOTHING_TO_FIND, SCENARIOS, SHOWN, claims_of, judge_facts, recall, truth_of
from benchmarks.fact_sites import Page, Site, Sites, countries
from benchmarks.fact_templates import LABELS, TEMPLATES
from tierline.lake import WHOLE_LAKE, Lake

TEMPLATES_LAKE = "templates"  # beside the lakes of scenarios: one with a page of each template about each country
# Where a claim can be lost: in which stage's ledger its page ends, and whether as a copy of another page.
PLACES = "l0", "l1_rules", "l1_copies", "l2_rules", "l2_copies", "l4_claims"
_LEDGERS = {"l0_raw": ("l0", "l0"), "l1_filtered": ("l1_rules", "l1_copies"), "l2_selected": ("l2_rules", "l2_copies")}

Stated = tuple[str, str, str, str]  # address, subject, predicate, object


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one scenario. `lost` counts claims by (place, rule); `wrong` are texts of facts that are not true."""

    scenario: str
    claims: int
    lost: Counter[tuple[str, str]]
    promoted: int
    right: frozenset[tuple[str, str, str]]
    wrong: tuple[str, ...]
    recall: float
    yields: Mapping[str, float]


def whole_metrics(data: Path, size: int, seed: int, names: Iterable[str] = (*SCENARIOS, TEMPLATES_LAKE)) -> dict[str, float]:
    """`precision_whole_<scenario>`, `recall_whole_<scenario>`, `template_yield_whole_<template>`, and `claims_lost_<place>`: the share of
    the claims that extraction alone finds whose pages end there. Prints wrong facts, and the rules that claims are lost by."""
    with tempfile.TemporaryDirectory() as scratch:
        measured = measure_scorers(Path(scratch) / "scorers", plain_recipe())
        with ProcessPoolExecutor(min(4, os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
            jobs = [pool.submit(run_scenario, name, data, size, seed, measured, Path(scratch) / name) for name in names]
            outcomes = [_told(job.result()) for job in jobs]
    metrics: dict[str, float] = {}
    for outcome in outcomes:
        metrics |= _metrics_of(outcome)
    of_scenarios = [outcome for outcome in outcomes if outcome.scenario in SCENARIOS]
    promoted = sum(outcome.promoted for outcome in of_scenarios)
    metrics["precision_promoted_whole"] = 1 - sum(len(outcome.wrong) for outcome in of_scenarios) / max(1, promoted)
    claims = max(1, sum(outcome.claims for outcome in of_scenarios))
    for place in PLACES:
        lost = sum(count for outcome in of_scenarios for (where, _), count in outcome.lost.items() if where == place)
        metrics[f"claims_lost_{place}"] = lost / claims
    return metrics


def _metrics_of(outcome: Outcome) -> dict[str, float]:
    name = outcome.scenario
    metrics = {f"template_yield_whole_{template}": share for template, share in outcome.yields.items()}
    if name not in SCENARIOS:
        return metrics
    metrics[f"precision_whole_{name}"] = 1 - len(outcome.wrong) / max(1, outcome.promoted)
    if name not in NOTHING_TO_FIND:
        metrics[f"recall_whole_{name}"] = outcome.recall
    return metrics | {f"promoted_whole_{name}": outcome.promoted}


def _told(outcome: Outcome) -> Outcome:
    """Prints wrong facts, the share of the claims that is lost in each place, and by which rules."""
    for text in outcome.wrong[:SHOWN]:
        print(f"whole pipeline, {outcome.scenario}: {text}")
    by_place = Counter[str]()
    for (place, _), count in outcome.lost.items():
        by_place[place] += count
    shares = " ".join(f"{place} {by_place[place] / max(1, outcome.claims):.3f}" for place in PLACES if by_place[place])
    rules = ", ".join(f"{rule} {count}" for (_, rule), count in outcome.lost.most_common())
    told = f"{outcome.promoted - len(outcome.wrong)} of {outcome.promoted} facts are right, recall {outcome.recall:.3f}"
    print(f"{outcome.scenario}: {told}; of {outcome.claims} claims lost {shares or 'none'} ({rules})", flush=True)
    return outcome


def beside_each_other(metrics: Mapping[str, float]) -> Iterator[str]:
    """Precision and recall of each scenario by extraction and verification alone, and by the whole pipeline; recall is "-" where pages
    show nothing that could be found."""
    yield f"{'':28} {'alone':>17} {'whole':>17}"
    for name in SCENARIOS:
        kinds = [metrics.get(f"{kind}_{name}") for kind in ("precision", "recall", "precision_whole", "recall_whole")]
        yield f"{name:28} " + " ".join(f"{'-' if value is None else format(value, '.4f'):>8}" for value in kinds)


def run_scenario(name: str, data: Path, size: int, seed: int, measured: Path, root: Path) -> Outcome:
    """One scenario, or all templates, through a lake of its own."""
    sites = Sites(countries(data), size, seed)
    pages = list(template_pages(sites)) if name == TEMPLATES_LAKE else pages_of(name, sites)
    lake = build_lake(pages, root, measured, plain_recipe(), seed)
    claims = pa.concat_tables([lake.read_manifest(one) for one in lake.promoted("l4_claims")]).to_pylist()
    facts = lake.read_promoted("l4_facts", WHOLE_LAKE)[0].to_pylist()
    alone = claims_of(pages).to_pylist()
    if name == TEMPLATES_LAKE:
        return Outcome(name, len(alone), losses(alone, claims, lake), len(facts), frozenset(), (), 0.0, whole_yields(claims, sites))
    right, wrong = judge_facts(name, facts, sites.countries)
    texts = tuple(f"{fact['text']} ({fact['independent_sources']} sources)" for fact in wrong)
    found = recall(name, right, sites.countries)
    return Outcome(name, len(alone), losses(alone, claims, lake), len(facts), frozenset(right), texts, found, {})


def pages_of(scenario: str, sites: Sites) -> list[Page]:
    """The pages of a scenario about every country."""
    return [page for country in sites.countries for page in SCENARIOS[scenario](sites, country)]


def template_pages(sites: Sites) -> Iterator[Page]:
    """A site for each template, with a page of its own words about each country."""
    for template in TEMPLATES:
        site = Site(f"{template.replace('_', '-')}.example", template=template)
        yield from (sites.own(site, country, country.true) for country in sites.countries)


def whole_yields(claims: Iterable[Mapping[str, Any]], sites: Sites) -> dict[str, float]:
    """The share of each template's statements that become the right claim of their page."""
    right = {(claim["domain"], found) for claim in claims if (found := truth_of(claim, sites.countries))}
    by_site = Counter(domain for domain, _ in right)
    return {name: by_site[f"{name.replace('_', '-')}.example"] / (len(sites.countries) * len(LABELS)) for name in TEMPLATES}


def losses(alone: Iterable[Mapping[str, Any]], whole: Iterable[Mapping[str, Any]], lake: Lake) -> Counter[tuple[str, str]]:
    """(place, rule) of the claims that extraction alone finds and the lake has not, counted."""
    found, ends = set(map(_stated, whole)), page_ends(lake)
    return Counter(ends.get(claim["url"], ("l4_claims", "not extracted")) for claim in alone if _stated(claim) not in found)


def _stated(claim: Mapping[str, Any]) -> Stated:
    return claim["url"], claim["subject"], claim["predicate"], claim["object"]


def page_ends(lake: Lake) -> dict[str, tuple[str, str]]:
    """Address -> (place, rule) of the pages that do not reach L4."""
    ends: dict[str, tuple[str, str]] = {}
    for manifest in lake.manifests("l0_raw"):
        urls = dict(zip(*(lake.read_manifest(manifest, ["doc_id", "url"])[name].to_pylist() for name in ("doc_id", "url")), strict=True))
        for ledger, (dropped, merged) in _LEDGERS.items():
            for row in lake.decisions(ledger, manifest.shard).to_pylist():
                if row["outcome"] != "kept" and row["row_id"] in urls:
                    place = merged if row["outcome"] == "merged" else dropped
                    ends.setdefault(urls[row["row_id"]], (place, row["rule"] or row["outcome"]))
    return ends
