"""Measures what is promoted from generated sites by the whole pipeline, scenario by scenario, and where claims are lost on the way."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.fact_lakes import build_lake, measure_scorers, plain_recipe
from benchmarks.fact_scenarios import NOTHING_TO_FIND, SCENARIOS, SHOWN, claims_of, judge_facts, recall, truth_of
from benchmarks.fact_sites import Page, Site, Sites, countries
from benchmarks.fact_templates import LABELS, TEMPLATES
from tierline.lake import WHOLE_LAKE, Lake

ALL_TEMPLATES = "templates"  # beside the scenarios: a page of each template about each country
WHOLE = (*SCENARIOS, ALL_TEMPLATES)
LAKES = 4  # that all these are dealt to: what a lake costs without a page is shared, and the countries are enough for all in one
PROCESSES = 2
# Where a claim can be lost: in which stage's ledger its page ends, and whether as a copy of another page.
PLACES = "l0", "l1_rules", "l1_copies", "l2_rules", "l2_copies", "l4_claims"
_LEDGERS = {"l0_raw": ("l0", "l0"), "l1_filtered": ("l1_rules", "l1_copies"), "l2_selected": ("l2_rules", "l2_copies")}
_HOST_END = re.compile(r"(?<=\w)\.(example|com)\b")

Stated = tuple[str, str, str, str]  # address, subject, predicate, object
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one scenario. `lost` counts claims by (place, rule); `wrong` are texts of facts that are not true."""

    scenario: str
    claims: int
    lost: Counter[tuple[str, str]]
    promoted: int
    wrong: tuple[str, ...]
    recall: float
    yields: Mapping[str, float]


def whole_metrics(data: Path, size: int, seed: int, names: Sequence[str] = WHOLE, kept: Path | None = None) -> dict[str, float]:
    """`precision_whole_<scenario>`, `recall_whole_<scenario>`, `template_yield_whole_<template>`, and `claims_lost_<place>`: the share of
    the claims that extraction alone finds whose pages end there. Prints wrong facts, and the rules that claims are lost by, lake after
    lake. What a lake gave is in the folder `kept`, if there is one, and is taken from there by a run of the same scenarios, size and seed.
    """
    outcomes = {one.scenario: one for found in _lakes(data, size, seed, names, kept) for one in map(_told, found)}
    metrics: dict[str, float] = {}
    for name in names:
        metrics |= _metrics_of(outcomes[name])
    of_scenarios = [outcome for outcome in outcomes.values() if outcome.scenario in SCENARIOS]
    promoted = sum(outcome.promoted for outcome in of_scenarios)
    metrics["precision_promoted_whole"] = 1 - sum(len(outcome.wrong) for outcome in of_scenarios) / max(1, promoted)
    claims = max(1, sum(outcome.claims for outcome in of_scenarios))
    for place in PLACES:
        lost = sum(count for outcome in of_scenarios for (where, _), count in outcome.lost.items() if where == place)
        metrics[f"claims_lost_{place}"] = lost / claims
    return metrics


def _lakes(data: Path, size: int, seed: int, names: Sequence[str], kept: Path | None) -> Iterator[list[Outcome]]:
    """The outcomes of each lake, as soon as they are known."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = kept or Path(scratch) / "kept"
        folder.mkdir(parents=True, exist_ok=True)
        dealt = {folder / f"whole-{seed}-{size}-{number}of{LAKES}.pickle": names[number::LAKES] for number in range(min(LAKES, len(names)))}
        wanted: dict[Path, Sequence[str]] = {}
        for path, own in dealt.items():
            found: list[Outcome] = pickle.loads(path.read_bytes()) if path.exists() else []
            if [one.scenario for one in found] == list(own):
                yield found
            else:
                wanted[path] = own
        if not wanted:
            return
        measured = measure_scorers(Path(scratch) / "scorers", plain_recipe())
        with ProcessPoolExecutor(min(PROCESSES, os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
            jobs = {pool.submit(run_lake, own, data, size, seed, measured, Path(scratch) / path.stem): path for path, own in wanted.items()}
            for job in as_completed(jobs):
                found = job.result()
                jobs[job].write_bytes(pickle.dumps(found))
                yield found


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


def run_lake(names: Sequence[str], data: Path, size: int, seed: int, measured: Path, root: Path) -> list[Outcome]:
    """Several scenarios through one lake, each about countries of its own, on sites of its own."""
    known = countries(data)
    sites = {name: Sites(known, size, seed, part) for part, name in enumerate(names)}
    pages = {name: [of_scenario(name, page) for page in pages_of(name, own)] for name, own in sites.items()}
    lake = build_lake([page for own in pages.values() for page in own], root, measured, plain_recipe(), seed)
    claims = pa.concat_tables([lake.read_manifest(one) for one in lake.promoted("l4_claims")]).to_pylist()
    of_claim = {claim["claim_id"]: claim["domain"] for claim in claims}
    facts = [(fact, of_claim[fact["parents"][0]]) for fact in lake.read_promoted("l4_facts", WHOLE_LAKE)[0].to_pylist()]
    ends = page_ends(lake)
    found: list[Outcome] = []
    for name, own in sites.items():
        stated = [claim for claim in claims if is_of_scenario(name, claim["domain"])]
        promoted = [fact for fact, domain in facts if is_of_scenario(name, domain)]
        found.append(_outcome(name, own, stated, promoted, claims_of(pages[name]).to_pylist(), ends))
    return found


def _outcome(name: str, sites: Sites, claims: Rows, facts: Rows, alone: Rows, ends: Mapping[str, tuple[str, str]]) -> Outcome:
    lost = losses(alone, claims, ends)
    if name == ALL_TEMPLATES:
        return Outcome(name, len(alone), lost, len(facts), (), 0.0, whole_yields(claims, sites))
    right, wrong = judge_facts(name, facts, sites.countries)
    texts = tuple(f"{fact['text']} ({fact['independent_sources']} sources)" for fact in wrong)
    return Outcome(name, len(alone), lost, len(facts), texts, recall(name, right, sites.countries), {})


def of_scenario(name: str, page: Page) -> Page:
    """The page on a site that no other scenario has."""
    end = rf"{_in(name)}.\1"
    return replace(page, url=_HOST_END.sub(end, page.url, count=1), html=_HOST_END.sub(end, page.html))


def is_of_scenario(name: str, domain: str) -> bool:
    """Whether a host or domain is of a page of `of_scenario`."""
    return domain.rpartition(".")[0].endswith(_in(name))


def _in(name: str) -> str:
    return f"-in-{name.replace('_', '-')}"


def pages_of(scenario: str, sites: Sites) -> list[Page]:
    """The pages of a scenario, or of all templates, about every country."""
    if scenario == ALL_TEMPLATES:
        return list(template_pages(sites))
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
    hosts = {name: f"{name.replace('_', '-')}{_in(ALL_TEMPLATES)}.example" for name in TEMPLATES}
    return {name: by_site[host] / (len(sites.countries) * len(LABELS)) for name, host in hosts.items()}


def losses(
    alone: Iterable[Mapping[str, Any]], whole: Iterable[Mapping[str, Any]], ends: Mapping[str, tuple[str, str]]
) -> Counter[tuple[str, str]]:
    """(place, rule) of the claims that extraction alone finds and a lake with these `page_ends` has not, counted."""
    found = set(map(_stated, whole))
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
