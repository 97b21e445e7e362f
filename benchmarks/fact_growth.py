"""What one more shard of claims costs at N, 3 N and 10 N facts: seconds of a processor and memory of its claims, resolution, verification.

Pages of generated sites about invented countries fill a lake, each country's pages in shards drawn at random. Then further shards are
added, each by itself: most of their pages are about countries that the lake has facts about, the others about new ones. Their rows
must be those of a whole recomputation, digest by digest.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.fact_scenarios import documents
from benchmarks.fact_sites import SCENARIOS, Country, Page, Site, Sites
from benchmarks.peak_memory import peak_mb
from tierline.compute.workers import IN_PROCESS, Workers
from tierline.knowledge import ClaimRules, FactRules, extract_claims
from tierline.knowledge.fact_cache import FactCache
from tierline.knowledge.withdrawn import verified_before
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict
from tierline.tables import TABLES

# Countries of the smaller lake; shards that they are in; countries that a further shard has a page about, old and new; further shards.
BUDGETS = {"smoke": (40, 4, (10, 2), 2), "small": (200, 4, (150, 10), 3), "full": (600, 6, (400, 20), 5)}
SIZES = (1, 3, 10)  # times the countries
WRONG = 20  # countries of whose values wrong ones are taken
KINDS = (
    "one_wrong",
    "two_wrong_differently",
    "two_same_error",
    "same_feed",
    "mirrored",
    "copied_paragraph",
    "one_owner",
    "true_own_formats",
)
SYLLABLES = "ka lo mi ra te vo su ne da ri po ga lu be ti mo fa zo ne xi".split()
CURRENCIES = ("koruna", "dollar", "peso", "rand", "lira", "franc")
CONTINENTS = ("Africa", "Europe", "Asia", "Americas", "Oceania")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one shard's claims, of resolution and verification of all, and of the commits of both."""

    claims: float
    verification: float
    commits: float

    @property
    def seconds(self) -> float:
        """In all."""
        return self.claims + self.verification + self.commits


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.fact_growth", description=__doc__)
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure(Path(scratch), *BUDGETS[options.budget])
    for name, value in metrics.items():
        print(f"{name:28} {value:12.3f}")
    print(json.dumps({"benchmark": "fact_growth", "metrics": metrics}))
    return 0 if metrics["digests_equal"] else 1


def measure(scratch: Path, size: int, shards: int, pages: tuple[int, int], added: int) -> dict[str, float]:
    """Every metric at each of SIZES, how many times as much the largest lake needs, and KB of peak memory for each further claim."""
    metrics: dict[str, float] = {"digests_equal": 1.0}
    growing, filled = scratch / "growing", 0
    for times in SIZES:
        for part in range(filled, times):
            alone(fill, growing, part * size, size, shards)
        filled, place = times, scratch / f"lake{times}"
        shutil.copytree(growing, place)
        whole = alone(recompute, place, "first")
        found = alone(add, place, size * times, pages, added)
        again = alone(recompute, place, "again")
        shutil.rmtree(place)
        metrics["digests_equal"] *= again["digest"] == found["digest"]
        metrics |= {f"{name}_{times}x": value for name, value in found.items() if not isinstance(value, str)}
        metrics |= {f"whole_seconds_{times}x": whole["seconds"], f"whole_peak_memory_{times}x": max(whole["peak"], again["peak"])}
    last = SIZES[-1]
    for name in ("shard_seconds", "verification_seconds", "peak_memory", "whole_peak_memory"):
        metrics[f"{name.removesuffix('_seconds')}_ratio_{last}x"] = metrics[f"{name}_{last}x"] / metrics[f"{name}_1x"]
    more_memory, more_claims = (metrics[f"{name}_{last}x"] - metrics[f"{name}_1x"] for name in ("peak_memory", "claims"))
    return metrics | {"peak_kb_per_claim": more_memory * 1024 / more_claims}


def alone(work: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """The result of work in a process that does nothing else."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def fill(root: Path, first: int, size: int, shards: int) -> dict[str, Any]:
    """Claims about so many countries, from the number of the first one on, in so many shards."""
    lake, chance = Lake(str(root)), random.Random(first)
    pages: list[list[Page]] = [[] for _ in range(shards)]
    for page in about(countries(first, size)):
        chance.choice(pages).append(page)
    for number, own in enumerate(pages):
        put(lake, f"first{first}-{number}", documents(own))
    return {}


def recompute(root: Path, why: str) -> dict[str, Any]:
    """Seconds, peak memory in MB and digest of facts without anything that is known from before."""
    lake = Lake(str(root))
    shutil.rmtree(lake.cache_dir / "facts", ignore_errors=True)
    began = time.process_time()
    result = verify(lake, why)
    commit(lake, "l4_facts", WHOLE_LAKE, result, why)
    return {"seconds": time.process_time() - began, "peak": peak_mb(), "digest": digest(lake)}


def add(root: Path, size: int, pages: tuple[int, int], added: int) -> dict[str, Any]:
    """Medians over shards that are added, facts and claims that there are then, and the peak of memory in MB. One shard goes before them,
    for imports."""
    lake, old = Lake(str(root)), countries(0, size)
    costs: list[Cost] = []
    for number in range(added + 1):
        costs.append(one_more(lake, f"added{number}", documents(further(old, size, pages, number))))
    metrics = {
        "shard_seconds": statistics.median(cost.seconds for cost in costs[1:]),
        "claims_seconds": statistics.median(cost.claims for cost in costs[1:]),
        "verification_seconds": statistics.median(cost.verification for cost in costs[1:]),
        "commit_seconds": statistics.median(cost.commits for cost in costs[1:]),
        "peak_memory": peak_mb(),
        "facts": float(lake.manifest("l4_facts", WHOLE_LAKE).rows),
        "claims": float(sum(manifest.rows for manifest in lake.promoted("l4_claims"))),
    }
    return metrics | {"digest": digest(lake)}


def one_more(lake: Lake, shard: str, pages: pa.Table) -> Cost:
    """A further shard, as the assets of its claims and of facts go about it; without their gates."""
    times = [time.process_time()]
    claims = extract_claims(pages, TABLES["l3_refined"].schema.empty_table(), ClaimRules())
    times.append(time.process_time())
    commit(lake, "l4_claims", shard, claims)
    times.append(time.process_time())
    result = verify(lake, shard)
    times.append(time.process_time())
    commit(lake, "l4_facts", WHOLE_LAKE, result, shard)
    times.append(time.process_time())
    first, second, third, last = (later - earlier for earlier, later in pairwise(times))
    return Cost(first, third, second + last)


def verify(lake: Lake, why: str, workers: Workers = IN_PROCESS) -> StageResult:
    """Facts of all claims."""
    rules = FactRules()
    return FactCache(lake.cache_dir / "facts", Activity.of("l4_facts", WHOLE_LAKE, rules, {"": why})).verify(
        lake, lake.promoted("l4_claims"), rules, verified_before(lake), workers=workers
    )


def put(lake: Lake, shard: str, pages: pa.Table) -> None:
    """A shard's claims."""
    commit(lake, "l4_claims", shard, extract_claims(pages, TABLES["l3_refined"].schema.empty_table(), ClaimRules()))


def commit(lake: Lake, stage: str, shard: str, result: StageResult, why: str = "") -> None:
    """Rows that pass."""
    manifest = lake.commit(Activity.begin(stage, shard, "1", (), {"": why}), result)
    lake.record(Verdict(stage, shard, manifest.stage_digest, "benchmark", "0", True, "[]"))


def digest(lake: Lake) -> str:
    """Of facts, evidence and decisions."""
    row = lake.activity("l4_facts", WHOLE_LAKE)
    assert row is not None, "it was committed"
    return json.dumps(sorted((output["table"], output["digest"]) for output in row["outputs"]))


def countries(first: int, size: int) -> list[Country]:
    """Invented ones, by their numbers."""
    found: list[Country] = []
    for number in range(first, first + size):
        chance = random.Random(f"country/{number}")
        name, capital = (" ".join("".join(chance.choices(SYLLABLES, k=3)).title() for _ in range(parts)) for parts in (2, 1))
        area, people = chance.randrange(2_000, 9_000_000), chance.randrange(200_000, 90_000_000)
        true = {"capital": capital, "area": area, "population": people}
        true |= {"currency": chance.choice(CURRENCIES), "continent": chance.choice(CONTINENTS)}
        found.append(Country(f"x{number}", {"en": f"{name} {number}"}, true, true, {}))
    return found


def about(known: Sequence[Country]) -> Iterator[Page]:
    """Pages about each country, in one scenario."""
    sites = Sites([*known, *countries(-WRONG, WRONG)], 1, 1)
    for number, country in enumerate(known):
        yield from SCENARIOS[KINDS[number % len(KINDS)]](sites, country)


def further(old: Sequence[Country], size: int, pages: tuple[int, int], number: int) -> Iterator[Page]:
    """The pages of a further shard: one more about each of some old countries, and all about new ones."""
    chance = random.Random(f"further/{number}")
    sites = Sites(old, 1, 1)
    for country in chance.sample(old, pages[0]):
        yield sites.own(Site(f"late{chance.randrange(5)}-{number}.example", chance.randrange(5)), country, country.true)
    yield from about(countries(size + number * pages[1], pages[1]))


if __name__ == "__main__":
    sys.exit(main())
