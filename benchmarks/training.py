"""Measures whether tiers save training compute: what is registered from a pilot is run and tested, and nothing else is the headline."""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.progress import Progress

from tierline.config.bundled import folder
from tierline.config.cores import usable_cores
from tierline.display import plain_table
from tierline.errors import TierlineError
from tierline.lake import Lake
from tierline.training.agreement import compare
from tierline.training.attribution import SECONDS, SEEDS, attribute, attribution_metrics, attribution_table
from tierline.training.corpus import corpus_of_lake, read_corpus
from tierline.training.curation import read_curation
from tierline.training.findings import metrics_of
from tierline.training.forms import forms_of_lake, read_forms
from tierline.training.power import power_metrics
from tierline.training.prepare import prepare
from tierline.training.recipe import TrainingRecipe
from tierline.training.report import (
    compute_table,
    explanation,
    first_line,
    gains_table,
    secondary_table,
    steps_table,
    write_report,
)
from tierline.training.scaling import ScalingRecipe, run_scaling
from tierline.training.scaling_report import scaling_line, scaling_table
from tierline.training.session import Session
from tierline.training.subsample import sources_by_row
from training_scripts.build_corpus import CorpusRecipe, build_corpus

CORPUS_RECIPES = {"smoke": "smoke", "small": "benchmark", "full": "full"}  # by budget: what is built where no corpus is named
STEPS = ("corpus", "pilot", "register", "run", "attribute", "scale", "compare", "power")
CORPUS, REPORT = "corpus.parquet", "corpus.json"  # kept beside the runs
ON_THE_PAGE = "`--step run` writes the page again, with this on it; nothing is trained again"
Metrics = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Prints tables and one JSON line; with --out keeps corpus, registration, runs, report and models there, and takes up what was
    interrupted."""
    parser = argparse.ArgumentParser(prog="benchmarks.training", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with bench/, text/ and what docs/corpus.md lists")
    parser.add_argument("--budget", choices=list(CORPUS_RECIPES), default="small", help="which recipe of recipes/training")
    parser.add_argument("--recipe", help="a recipe file instead")
    parser.add_argument("--step", choices=STEPS, help="one step alone; without it the first four, as far as they are not done")
    parser.add_argument("--corpus", help="a folder of Parquet rows (docs/training.md), as training_scripts.build_corpus writes")
    parser.add_argument("--lake", help="a lake whose promoted rows are the corpus")
    parser.add_argument("--offline", action="store_true", help="build the corpus without the documentation packages that apt-get fetches")
    parser.add_argument("--out", help="where corpus, registration, runs, report and models are kept")
    parser.add_argument("--with", dest="other", metavar="FOLDER", help="the --out of a second complete run, for --step compare")
    parser.add_argument("--scaling", metavar="FILE", help="a recipe file for --step scale instead of recipes/scaling/BUDGET.yaml")
    parser.add_argument("--workers", type=_positive, default=usable_cores())
    parser.add_argument("--threads", type=_positive, default=1, help="of each worker; recorded in the runs, no part of the registration")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of the step attribute")
    parser.add_argument("--seconds", type=_seconds, default=SECONDS, help="of the step attribute: its runs get the tokens that fit")
    options = parser.parse_args(arguments)
    if (options.step == "compare") != bool(options.other) or (options.other and not options.out):
        parser.error("--step compare needs --out FOLDER and --with FOLDER, and --with belongs to no other step")
    command = f"python -m benchmarks.training {' '.join(arguments or sys.argv[1:])}"
    try:
        recipe = TrainingRecipe.load(options.recipe or folder("recipes") / "training" / f"{options.budget}.yaml")
        with ExitStack() as stack:
            out = Path(options.out or stack.enter_context(tempfile.TemporaryDirectory()))
            metrics = carry_out(options, recipe, out, command)
    except TierlineError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps({"benchmark": "training", "data": options.data, "metrics": metrics, "skipped": []}))
    return 0


def carry_out(options: argparse.Namespace, recipe: TrainingRecipe, out: Path, command: str) -> Metrics:
    """One step, or all; returns its metrics."""
    if options.step == "power":
        return power_metrics(options.workers)
    if options.step == "compare":
        agreement = compare(out, options.other)
        print(f"{plain_table(agreement.table())}\n\n{agreement.line}\n{ON_THE_PAGE}")
        return agreement.metrics()
    rows, stages = _corpus(options, out)
    if options.step == "corpus":
        return {"rows": rows.num_rows}
    with ExitStack() as running:
        bar = Progress(console=Console(stderr=True))
        task = bar.add_task("runs", total=None)

        def advance(done: int, whole: int) -> None:
            if not bar.live.is_started:  # the inputs are read by now: of a bad one there is one line, and no bar
                running.enter_context(bar)
            bar.update(task, completed=done, total=whole)

        session = Session(prepare(rows, recipe, options.data), out, options.workers, stages, advance, options.threads)
        if options.step == "scale":
            return _scaled(session, rows, options)
        if options.step == "attribute":
            found = attribute(session, _forms(options, out), options.seeds, options.seconds)
            print(f"{plain_table(attribution_table(found))}\n{found.tokens:,} tokens a whole run, {found.seeds} seeds")
            return attribution_metrics(found)
        return _steps(session, options.step, command)


def _scaled(session: Session, rows: pa.Table, options: argparse.Namespace) -> Metrics:
    recipe = ScalingRecipe.load(options.scaling or folder("recipes") / "scaling" / f"{options.budget}.yaml")
    found = run_scaling(session, sources_by_row(rows), recipe, lambda line: print(line, flush=True))
    print(f"\n{plain_table(scaling_table(found))}\n\n{scaling_line(found)}\n{ON_THE_PAGE}")
    return found.metrics()


def _steps(session: Session, step: str | None, command: str) -> Metrics:
    if step in (None, "pilot"):
        pilot = session.pilot()
        print(f"pilot: gain {pilot.gain:+.4f}, spread {pilot.spread:.4f}, slope {pilot.slope:.3f}, {pilot.tokens:,} tokens a whole run")
        if step:
            return {
                "gain": pilot.gain,
                "spread": pilot.spread,
                "slope": pilot.slope,
                "tokens": pilot.tokens,
                "tokens_per_second": pilot.tokens_per_second,
            }
    if step in (None, "register"):
        document = session.register()
        print(f"registered {document['digest']}")
        if step:
            return {"powered": int(document["registered"]["pilot"]["powered"])}
    findings = session.run()
    page = write_report(findings, session.folder, command)
    for table in (gains_table, steps_table, compute_table, secondary_table):
        print(f"{plain_table(table(findings))}\n")
    print("\n".join([*explanation(findings), f"{page}, registration {findings.registration['digest']}", first_line(findings)]))
    return metrics_of(findings)


def _corpus(options: argparse.Namespace, out: Path) -> tuple[pa.Table, dict[str, float]]:
    """The corpus that is named, or one that the pipeline makes of --data, kept beside the runs; and its tiers' cost, if that is known."""
    if options.lake:
        return corpus_of_lake(Lake(options.lake)), {}
    if options.corpus:
        report = Path(options.corpus) / REPORT
        return read_corpus(options.corpus), read_curation(report) if report.is_file() else {}
    kept = out / "corpus"
    if not (kept / REPORT).is_file():
        recipe = CorpusRecipe.load(folder("recipes") / "corpus" / f"{CORPUS_RECIPES[options.budget]}.yaml")
        fetched = not options.offline and options.budget != "smoke"
        built = build_corpus(Path(options.data), out / "lake", recipe, fetched)
        for outcome in built["refused"]:  # a tier that lacks text then has its reason
            print(f"not promoted: {outcome}", file=sys.stderr)
        kept.mkdir(parents=True, exist_ok=True)
        (kept / CORPUS).write_bytes((Path(built["corpus"]) / CORPUS).read_bytes())
        (kept / REPORT).write_text(json.dumps(built, indent=2) + "\n", "utf-8")  # last: with it the corpus is whole
    return read_corpus(kept), read_curation(kept / REPORT)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < math.inf:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return found


def _forms(options: argparse.Namespace, out: Path) -> dict[str, str]:
    """The kinds of the corpus' rows: as its files say, or else the lake that it was taken from."""
    lake = Path(options.lake or out / "lake")
    stated = {} if options.lake else read_forms(options.corpus or out / "corpus")
    if not stated and lake.is_dir():
        stated = forms_of_lake(Lake(str(lake)))
    if not stated:
        print("no row says of which kind it is: no form is left out", file=sys.stderr)
    return stated


if __name__ == "__main__":
    sys.exit(main())
