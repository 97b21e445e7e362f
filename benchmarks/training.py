"""Measures whether the order of tiers pays: proxy models trained on the same text in different orders, tested on held-out text."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.progress import Progress

from tierline.config.bundled import folder
from tierline.display import plain_table
from tierline.errors import TierlineError
from tierline.lake import Lake
from tierline.training.corpus import corpus_of_lake, read_corpus
from tierline.training.experiment import Outcome, run_experiment
from tierline.training.findings import find, first_line, metrics_of, ratio_text
from tierline.training.recipe import TrainingRecipe
from tierline.training.report import (
    arms_table,
    attribution_table,
    domain_table,
    paper_table,
    scale_table,
    token_value_table,
    write_report,
)
from training_scripts.build_corpus import CorpusRecipe, build_corpus

CORPUS_RECIPES = {"smoke": "smoke", "small": "benchmark", "full": "full"}  # by budget: what is built where no corpus is named


def main(arguments: list[str] | None = None) -> int:
    """Prints tables and one JSON line; with --out keeps runs, report and models there, and takes up what was interrupted."""
    parser = argparse.ArgumentParser(prog="benchmarks.training", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with bench/*.jsonl.gz and what docs/corpus.md lists")
    parser.add_argument("--budget", choices=list(CORPUS_RECIPES), default="small", help="which recipe of recipes/training")
    parser.add_argument("--recipe", help="a recipe file instead")
    parser.add_argument(
        "--corpus", help="a folder of Parquet rows (id, text, tier, domain, url, phase), as training_scripts.build_corpus writes"
    )
    parser.add_argument("--lake", help="a lake whose promoted mixes are the corpus")
    parser.add_argument("--out", help="where runs, report, models and the corpus that is built are kept")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    try:
        recipe = TrainingRecipe.load(options.recipe or folder("recipes") / "training" / f"{options.budget}.yaml")
        with ExitStack() as stack:
            out = Path(options.out or stack.enter_context(tempfile.TemporaryDirectory()))
            rows = _corpus(options, out)
            outcome = measure(rows, recipe, out, Path(options.data) / "bench", options.workers)
            findings = find(outcome)
            write_report(findings, out, f"python -m benchmarks.training {' '.join(arguments or sys.argv[1:])}")
    except TierlineError as error:
        print(error, file=sys.stderr)
        return 2
    for table in (scale_table, paper_table, domain_table, arms_table, attribution_table, token_value_table):
        print(f"{plain_table(table(findings))}\n")
    print(f"{ratio_text(findings)}\n{first_line(findings)}")
    print(json.dumps({"benchmark": "training", "data": options.data, "metrics": metrics_of(findings), "skipped": []}))
    return 0


def measure(rows: pa.Table, recipe: TrainingRecipe, out: Path, benchmarks: Path, workers: int) -> Outcome:
    """The experiment, with a bar that counts runs, and what it can find printed before what it finds."""
    bar = Progress(console=Console(stderr=True))
    task = bar.add_task("runs", total=None)
    with ExitStack() as running:

        def advance(done: int, whole: int) -> None:
            if not bar.live.is_started:  # the inputs are read by now: of a bad one there is one line, and no bar
                running.enter_context(bar)
            bar.update(task, completed=done, total=whole)

        return run_experiment(rows, recipe, out, benchmarks, workers=workers, progress=advance)


def _corpus(options: argparse.Namespace, out: Path) -> pa.Table:
    """The corpus that is named, or one that the pipeline makes of --data, kept beside the runs."""
    if options.corpus:
        return read_corpus(options.corpus)
    if options.lake:
        return corpus_of_lake(Lake(options.lake))
    recipe = CorpusRecipe.load(folder("recipes") / "corpus" / f"{CORPUS_RECIPES[options.budget]}.yaml")
    built = build_corpus(Path(options.data), out / "lake", recipe)
    for outcome in built["refused"]:  # a tier that lacks text then has its reason
        print(f"not promoted: {outcome}", file=sys.stderr)
    return read_corpus(built["corpus"])


if __name__ == "__main__":
    sys.exit(main())
