"""What `make demo` runs: the bundled crawl through every tier into three mixes, then the counts and a fact to trace."""

import os
import sys
import time
from pathlib import Path

from examples.quiz import write_benchmark
from examples.write_crawl import write_crawl
from ingest import ingest
from resources import RecipeFile, TierStorage, configured_resources
from tier_assets.interruption import Interrupted
from tierline.config.bundled import folder
from tierline.config.environment import Environment
from tierline.display import one_line
from tierline.errors import TierlineError
from tierline.forms.rules import KINDS
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
        os.environ["TIERLINE_BENCHMARKS"] = Environment().get(
            "TIERLINE_BENCHMARKS", str(write_benchmark(HOME / "benchmarks" / "quiz.jsonl"))
        )
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
        mixes = [export_mix(lake, MixRecipe.load(recipe.mix(phase)), HOME / "mixes").parent for phase in Phase]
        print(f"\nMixes: {', '.join(map(str, mixes))}.")
        print("\nWhat L4 says for training, one form of each kind:\n\n" + "\n".join(forms(lake)))
        print(f"Done in {time.monotonic() - began:.0f} s. What to look at next:\n\n" + "\n".join(next_steps(lake, mixes[0])))
    except TierlineError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except Interrupted as stop:
        stop.end()
    return 0


def forms(lake: Lake) -> list[str]:
    """A line for each kind of training form: the first that is in English, with its question."""
    shown: dict[str, str] = {}
    for manifest in lake.promoted("l4_forms"):
        for batch in lake.stream(manifest, ["kind", "language", "question", "text"]):
            for row in batch.to_pylist():
                said = f"{row['question']} {row['text']}" if row["question"] else row["text"]
                if row["language"] == "en":
                    shown.setdefault(row["kind"], f"  {row['kind'].replace('_', ' ')}: {one_line(said, 150)}")
    return [shown[kind] for kind in KINDS if kind in shown] or ["  nothing yet: no fact has two independent sources"]


def next_steps(lake: Lake, mix: Path) -> list[str]:
    """Five lines: what can be looked at now, and the command that shows it. The trace of a fact is written as a page too."""
    command = f".venv/bin/tierline --lake {lake.root}"
    facts = Models(folder("dbt_like_sql")).run(lake, "l4_fact_sources").to_pylist()
    if facts:  # the one with most independent sources comes first
        fact, page = facts[0], HOME / "trace.html"
        page.write_text(trace_html(trace(lake, fact["fact_id"])), "utf-8")
        said = f"{fact['subject']}, {fact['predicate']}: {fact['object']}"
        traced = f"  A fact and the bytes it comes from ({fact['independent_sources']} independent sites; {said}): {command} trace {fact['fact_id']}"
        shown = f"  The same trace as a web page: open {page.resolve().as_uri()}"
    else:
        traced = f"  A document and the bytes it comes from: {command} trace --mix {mix} --position 0"
        shown = "  No fact has two independent sources here; with one, its trace would be a web page too"
    return [
        traced,
        shown,
        f"  The page behind a token that a trainer complains of: {command} trace --mix {mix} --position 1000",
        "  The asset graph: make ui, then http://localhost:3000/asset-groups; click l1_filtered, then its newest materialization and check",
        "  Your own crawl (WARC, JSONL, Parquet, CSV, HTML and more; file, folder, glob or URL): make ingest CRAWL=<path>",
    ]


if __name__ == "__main__":
    sys.exit(main())
