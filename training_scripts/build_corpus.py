"""Builds the lake of the tier experiment from a data folder and, with --debian, from Debian's documentation, by the real pipeline:
`python -m training_scripts.build_corpus --data DIR --lake DIR [--debian] [--budget smoke|small|full]`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tierline.config.bundled import folder
from tierline.config.recipe import load_recipe
from tierline.errors import BadInput, TierlineError
from tierline.lake import Lake
from tierline.tables.tiers import Phase
from training_scripts.corpus_report import report_text, stage_costs, stored_calls, write_texts
from training_scripts.corpus_sources import REFERENCES, crawl_files, write_references
from training_scripts.debian_pages import described, write_packages

BUDGETS = ("smoke", "small", "full")
EVERYTHING = 1_000_000_000_000  # tokens: mixes of the experiment hold every row once, how much of each is trained on is the arms' business


@dataclass(frozen=True, slots=True)
class CorpusRecipe:
    """How much of what. `tiers` replaces sections of recipes/tiers.yaml; what L3 may spend on its model is bounded there."""

    crawl: tuple[str, ...]  # globs below the data folder
    reference_documents: int  # of each collection, at most
    packages: tuple[str, ...]
    pages_per_package: int
    tiers: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])

    @classmethod
    def load(cls, path: Path) -> CorpusRecipe:
        """From a YAML file; BadInput if a setting is missing, unknown or of a wrong type."""
        return load_recipe(cls, path, "corpus recipe")


def build_corpus(data: Path, lake: Path, recipe: CorpusRecipe, debian: bool = False) -> dict[str, Any]:
    """Brings everything through the tiers into `lake`, and writes beside it: NAME.corpus/ (crawl files and recipes made for it, texts
    of all tiers as texts/corpus.parquet) and NAME.corpus.json, the report that is returned.

    Finished shards and stored answers are left alone: an interrupted run goes on where it stopped. Raises BadInput.
    """
    began, processor = time.monotonic(), time.process_time()
    beside = lake.with_name(f"{lake.name}.corpus")
    files = crawl_files(data, recipe.crawl) + write_references(data, recipe.reference_documents, beside / "crawl")
    packages = write_packages(recipe.packages, recipe.pages_per_package, beside / "crawl") if debian else []
    write_recipes(recipe, beside / "recipes")
    configure(data, lake, beside)
    opened = Lake(str(lake))
    before = stored_calls(opened)
    refused = climb([*files, *(package.crawl_file for package in packages if package.pages)])
    report = {
        "corpus": str(beside / "texts"),
        "scale": write_texts(opened, beside / "texts" / "corpus.parquet"),
        "stages": stage_costs(opened),
        "seconds": time.monotonic() - began,
        "processor_seconds": time.process_time() - processor,
        "model_calls": stored_calls(opened) - before,
        "packages": described(packages),
        "refused": refused,
    }
    lake.with_name(f"{lake.name}.corpus.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return report


def write_recipes(recipe: CorpusRecipe, target: Path) -> None:
    """tiers.yaml with the experiment's sections and vetted collections, and one recipe for each mix that draws every row once."""
    mixes = target / "mixes"
    mixes.mkdir(parents=True, exist_ok=True)
    tiers = merged(yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8")), recipe.tiers)
    vetted = {"l4": {"manuals": {"vetted": [asdict(reference.vetted) for reference in REFERENCES if reference.vetted]}}}
    (target / "tiers.yaml").write_text(yaml.safe_dump(merged(tiers, vetted), sort_keys=False), "utf-8")
    for phase in Phase:
        mix = yaml.safe_load((folder("recipes") / "mixes" / f"{phase}.yaml").read_text("utf-8"))
        (mixes / f"{phase}.yaml").write_text(yaml.safe_dump(mix | {"token_budget": EVERYTHING, "epochs_max": 1}, sort_keys=False), "utf-8")


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with the changes, section by section."""
    found = dict(base)
    for name, value in changes.items():
        found[name] = merged(base.get(name) or {}, value) if isinstance(value, dict) else value
    return found


def configure(data: Path, lake: Path, beside: Path) -> None:
    """What `make ingest` takes from the environment. The data folder's benchmarks are kept out of training, its labels weigh scorers."""
    state = beside / "state"
    state.mkdir(parents=True, exist_ok=True)
    values = {"DAGSTER_HOME": folder("recipes").parent, "TIERLINE_STATE": state, "TIERLINE_TABLES": beside / "tables"}
    values |= {
        "TIERLINE_LAKE": lake,
        "TIERLINE_RECIPE": beside / "recipes" / "tiers.yaml",
        "TIERLINE_MIX_RECIPES": beside / "recipes" / "mixes",
    }
    values |= {"TIERLINE_BENCHMARKS": data / "bench"} if (data / "bench").is_dir() else {}
    values |= {"TIERLINE_ANCHORS": data / "labels"} if (data / "labels" / "quality").is_dir() else {}
    os.environ |= {name: str(value.absolute()) for name, value in values.items()}


def climb(files: list[str]) -> list[str]:
    """The files as `make ingest` takes them; returns what was not promoted. Raises BadInput if a run failed."""
    from ingest import ingest_files  # reads the settings of the environment when it is imported

    outcomes = ingest_files(files)
    if failed := next((outcome for outcome in outcomes if outcome.failed), None):
        raise BadInput(f"failed: {failed.failed}", failed.shard, "run this again: what is finished is left alone")
    return [str(outcome) for outcome in outcomes if outcome.quarantined]


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 and the report; 2 and one line on bad input."""
    parser = argparse.ArgumentParser(prog="python -m training_scripts.build_corpus", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder laid out as docs/corpus.md says")
    parser.add_argument("--lake", type=Path, required=True, help="folder of the lake; what is made for it lies beside it")
    parser.add_argument("--debian", action="store_true", help="fetch documentation packages by apt-get")
    parser.add_argument("--budget", choices=BUDGETS, default="small", help="recipes/corpus/BUDGET.yaml")
    options = parser.parse_args(arguments)
    try:
        recipe = CorpusRecipe.load(folder("recipes") / "corpus" / f"{options.budget}.yaml")
        report = build_corpus(options.data, options.lake, recipe, options.debian)
    except TierlineError as error:
        print(f"build_corpus: {error}", file=sys.stderr)
        return 2
    print(report_text(report))
    print(json.dumps({"corpus": report["corpus"], "scale": report["scale"], "seconds": round(report["seconds"])}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
