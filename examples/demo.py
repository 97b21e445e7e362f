"""What `make demo` runs: the bundled crawl through every tier into three mixes, then the counts and a fact to trace."""

import os
import sys
import time
from pathlib import Path

from examples.quiz import write_benchmark
from examples.write_crawl import write_crawl
from ingest import ingest
from resources import RecipeFile, TierStorage, configured_resources
from tierline.config.bundled import folder
from tierline.errors import TierlineError
from tierline.lake import Lake
from tierline.lineage import flow_text, trace, trace_html
from tierline.mixes import MixRecipe, export_mix
from tierline.sql import Models
from tierline.tables.tiers import Phase

HOME = Path(".tierline/demo")
SHARD_BYTES = 60_000  # far below the recipe's, so that this small crawl makes several shards


def main() -> int:
    """Exit status 0: everything was promoted and a fact can be traced; 1: a shard was not; 2: bad input."""
    began = time.monotonic()
    try:
        files = write_crawl(HOME / "crawl")
        os.environ.setdefault("TIERLINE_BENCHMARKS", str(write_benchmark(HOME / "benchmarks" / "quiz.jsonl")))
        print(f"Wrote {len(files)} crawl files to {HOME / 'crawl'}; bringing them through the tiers.")
        outcomes = ingest(str(HOME / "crawl"), SHARD_BYTES)
        for outcome in outcomes:
            print(outcome)
        if any(outcome.failed or outcome.quarantined for outcome in outcomes):
            return 1
        storage, recipe = configured_resources()["storage"], configured_resources()["recipe"]
        assert isinstance(storage, TierStorage) and isinstance(recipe, RecipeFile)
        lake = storage.open()
        print("\n" + flow_text(Models(folder("dbt_like_sql")).run(lake, "tier_flow")))
        manifests = [export_mix(lake, MixRecipe.load(recipe.mix(phase)), HOME / "mixes") for phase in Phase]
        print(f"\nMixes: {', '.join(str(manifest.parent) for manifest in manifests)}. The page behind a trainer's token:\n")
        print(f"    .venv/bin/tierline --lake {lake.root} trace --mix {manifests[0].parent} --position 1000")
        print_fact(lake)
    except TierlineError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    print(f"\nDone in {time.monotonic() - began:.0f} s. `make ui` opens the asset graph; `.venv/bin/tierline --help` lists the commands.")
    return 0


def print_fact(lake: Lake) -> None:
    """The fact with most independent sources, the command that traces it, and its trace as a page."""
    facts = Models(folder("dbt_like_sql")).run(lake, "l4_fact_sources").to_pylist()
    if not facts:
        print("\nNo fact has two independent sources.")
        return
    fact = facts[0]
    page = HOME / "trace.html"
    page.write_text(trace_html(trace(lake, fact["fact_id"])), "utf-8")
    print(f"\n{fact['independent_sources']} independent sites say: {fact['subject']}, {fact['predicate']}: {fact['object']}.")
    print(f"Trace it back to their bytes (also in {page}):\n\n    .venv/bin/tierline --lake {lake.root} trace {fact['fact_id']}")


if __name__ == "__main__":
    sys.exit(main())
