"""Measures one generation: L2 is selected again by the perplexity of a model that was trained on it, and controls say what that changed."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.generation_controls import Chosen, Selection, ranked, read_selection, swapped, with_selection
from tierline.config.bundled import folder
from tierline.config.cores import usable_cores
from tierline.display import TextTable, plain_table
from tierline.errors import BadInput, TierlineError
from tierline.lake import WHOLE_LAKE, Lake
from tierline.llm.checkpoint import NAME, write_checkpoint
from tierline.retiering.selection_diff import cohens_kappa
from tierline.training.arms import TIER, Rates, at, main_arms
from tierline.training.attribution import Scores
from tierline.training.corpus import read_corpus
from tierline.training.evidence import verdict
from tierline.training.experiment import Run
from tierline.training.metric import WEB, K
from tierline.training.prepare import Prepared, prepare
from tierline.training.recipe import TESTED, TrainingRecipe
from tierline.training.registration import digest_of
from tierline.training.session import Session
from tierline.training.statistics import Interval
from training_scripts.build_corpus import BUDGETS, CorpusRecipe, build_corpus, configure
from training_scripts.corpus_report import write_texts

PERPLEXITY_MODEL = "TIERLINE_PERPLEXITY_MODEL"
GENERATION = re.compile(NAME.format(generation=r"(\d+)"))
RELIABILITY = ("auc", "previous_auc", "weight", "previous_weight", "rank_correlation")
BEFORE, RETRAINED, SELECTED, SWAPPED, RANKED, WHOLE = "before", "retrained", "selected", "swapped", "ranked", "whole"
# What each is compared with, and what the difference then is.
COMPARED = {
    "whole": (BEFORE, WHOLE, "the whole step: L2 selected again, L3 and L4 made again of it"),
    "selection": (BEFORE, SELECTED, "the new selection alone, with L3 and L4 as they were"),
    "retraining": (BEFORE, RETRAINED, "the selection before, trained again with other seeds: noise"),
    "swap": (BEFORE, SWAPPED, "as many documents swapped at random"),
    "share": (BEFORE, RANKED, "as many documents as the new selection has, by the ranking before"),
    "selection_over_swap": (SWAPPED, SELECTED, "which documents were swapped"),
    "selection_over_share": (RANKED, SELECTED, "the new ranking at an equal share"),
}
TOKENS = 1_000_000
TEXTS, KEPT = "texts", "selection.json"  # what a step keeps of the lake before it
Row = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Prints tables and one JSON line; with --lake and --out keeps the lake, runs and models, and takes up what was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coevolution", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--budget", choices=BUDGETS, default="smoke", help="of the corpus and of training")
    parser.add_argument("--debian", action="store_true", help="as of training_scripts.build_corpus")
    parser.add_argument("--lake", type=Path, help="where the lake is or will be; it is selected again: name a copy of one to keep")
    parser.add_argument("--out", type=Path, help="where runs and models go")
    parser.add_argument("--tokens", type=int, help=f"of a whole run, instead of the recipe's; {TOKENS:,} where it leaves them to the speed")
    parser.add_argument("--seeds", type=int, help="instead of the recipe's")
    parser.add_argument("--workers", type=int, default=usable_cores())
    options = parser.parse_args(arguments)
    try:
        recipe = TrainingRecipe.load(folder("recipes") / "training" / f"{options.budget}.yaml")
        corpus = CorpusRecipe.load(folder("recipes") / "corpus" / f"{options.budget}.yaml")
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            lake, out = options.lake or scratch / "lake", options.out or scratch / "out"
            recipe = replace(recipe, tokens=options.tokens or recipe.tokens or TOKENS, seeds=options.seeds or recipe.seeds)
            texts = find_lake(options.data, lake, corpus, options.debian)
            metrics = next_generation(options.data, lake, texts, recipe, out, options.workers)
    except TierlineError as error:
        print(f"coevolution: {error}", file=sys.stderr)
        return 2
    print(json.dumps({"benchmark": "coevolution", "data": str(options.data), "metrics": metrics, "skipped": []}))
    return 0


def find_lake(data: Path, lake: Path, recipe: CorpusRecipe, debian: bool) -> Path:
    """The file of the lake's texts. A lake that was built is taken as it is; else it is built."""
    beside = lake.with_name(f"{lake.name}.corpus")
    texts = beside / "texts" / "corpus.parquet"
    if texts.is_file() and (beside / "recipes").is_dir():
        configure(data, lake, beside)
    else:
        build_corpus(data, lake, recipe, debian)
    return texts


def next_generation(data: Path, lake: Path, texts: Path, recipe: TrainingRecipe, out: Path, workers: int) -> Row:
    """Metrics of the step: what moved in L2, what anchors say of both perplexities, and each comparison's gain. The lake is opened again
    whenever another process wrote to it."""
    number = unfinished(out) or generation_of(Lake(str(lake))) + 1
    step = out / f"generation-{number}"
    if not (step / KEPT).is_file():
        refresh(out, number - 1)  # nothing but perplexity is then out of date in the step itself
        (step / TEXTS).mkdir(parents=True, exist_ok=True)
        write_texts(Lake(str(lake)), step / TEXTS / texts.name)
        kept = json.dumps(asdict(read_selection(Lake(str(lake)))))
        (step / KEPT).write_text(kept, "utf-8")  # last: with it what was before is whole
    before = Selection(**json.loads((step / KEPT).read_text("utf-8")))
    questions = data if (data / "bench").is_dir() else None
    prepared = prepare(read_corpus(step / TEXTS), recipe, questions)
    runs = {BEFORE: train_on(with_selection(prepared, before.chosen), step, BEFORE, workers)}
    if generation_of(Lake(str(lake))) < number:
        write_checkpoint(step / BEFORE / "models" / at(TIER, TESTED), out, number)
        refresh(out, number)
    again = Lake(str(lake))
    write_texts(again, texts)
    after = read_selection(again)
    documents = {name for name, tier in zip(prepared.rows.ids, prepared.rows.tiers, strict=True) if tier == "L1"}
    arms = selections(before.among(documents), after.among(documents), recipe.seed)
    runs = once_each(arms, runs, lambda arm, chosen: train_on(with_selection(prepared, chosen), step, arm, workers))
    runs[RETRAINED] = train_on(with_selection(prepared, before.chosen), step, RETRAINED, workers, recipe.seeds)
    whole = prepare(read_corpus(texts.parent), recipe, questions)
    if whole.tokenizer.to_str() != prepared.tokenizer.to_str():
        raise BadInput("L1 has changed since the step began", str(lake), "take the step in another --out")
    runs[WHOLE] = train_on(replace(whole, metric=prepared.metric), step, WHOLE, workers)  # upper tiers decide on overlaps too
    gains = compare(runs, prepared.metric.bytes_of_units)
    moved = effect_on_selection(before.kept, after.kept, again)
    print(f"{plain_table(gains_table(gains))}\n\n{plain_table(moved_table(moved))}")
    metrics = {"generation": number, "seeds": recipe.seeds, "tokens": runs[BEFORE][0]["tokens"]} | moved | metrics_of(gains)
    (step / "result.json").write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
    return metrics


def selections(before: Selection, after: Selection, seed: int) -> dict[str, Chosen]:
    """Each arm's own L2, of documents that are trained on."""
    return {
        BEFORE: before.chosen,
        SELECTED: after.chosen,
        SWAPPED: swapped(before, after, seed),
        RANKED: ranked(before, len(after.chosen)),
    }


def once_each(arms: Mapping[str, Chosen], runs: Mapping[str, list[Run]], train: Callable[[str, Chosen], list[Run]]) -> dict[str, list[Run]]:
    """Runs of every arm, those that were made among them. Arms that selected the same, as usefully, have the same runs."""
    found = dict(runs)
    for arm, chosen in arms.items():
        if arm not in found:
            same = next((other for other in found if arms[other] == chosen), None)
            found[arm] = found[same] if same else train(arm, chosen)
    return found


def train_on(prepared: Prepared, step: Path, arm: str, workers: int, first_seed: int = 0) -> list[Run]:
    """The tiers' tested arm with every seed, in a folder of the arm's own; finished runs are read. The first seed's model is kept."""
    recipe, rows = prepared.recipe, prepared.rows
    (tested,) = [one for one in main_arms(recipe) if one.name == at(TIER, TESTED)]
    selection = [name for name, tier in zip(rows.ids, rows.tiers, strict=True) if tier == "L2"]
    name = digest_of({"corpus": prepared.digest, "recipe": recipe.digest, "rows": len(rows.ids), "selection": selection})
    seeds = range(first_seed, first_seed + recipe.seeds)
    return Session(prepared, step / arm, workers).train([tested], seeds, Rates(), prepared, name)


def refresh(out: Path, generation: int) -> None:
    """Brings the lake that the environment names up to date, with a generation's model as perplexity model (0: the language model's), in
    a process of its own: settings are read when one starts. What is not decided by it is read from the store. BadInput if a run failed."""
    model = out / f"{NAME.format(generation=generation)}.gguf"
    if generation and not model.is_file():
        raise BadInput(f"no model of generation {generation}", str(model), "give the --out of the step before")
    own = {name: value for name, value in os.environ.items() if name != PERPLEXITY_MODEL}
    own |= {PERPLEXITY_MODEL: str(model.absolute())} if generation else {}
    home = folder("recipes").parent
    done = subprocess.run([sys.executable, "-m", "ingest"], cwd=home, env=own, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise BadInput(f"could not be brought up to date ({said[-1] if said else done.returncode})", "lake", "run this again")


def unfinished(out: Path) -> int | None:
    """The step that was begun in a folder and has no result."""
    begun = [path.parent for path in out.glob(f"generation-*/{KEPT}") if not (path.parent / "result.json").is_file()]
    return max((int(path.name.removeprefix("generation-")) for path in begun), default=None)


def generation_of(lake: Lake) -> int:
    """The generation of the model that perplexity was measured by; 0 if it was none that was trained here."""
    manifests = lake.promoted("l2_scores")
    models = {name for one in manifests for name in lake.read_manifest(one, ["perplexity_model_id"])["perplexity_model_id"].to_pylist()}
    return max((int(found[1]) for name in models if (found := GENERATION.fullmatch(name or ""))), default=0)


def effect_on_selection(before: Mapping[str, bool], after: Mapping[str, bool], lake: Lake) -> Row:
    """What moved between two selections, and what the anchors say of the two perplexities."""
    common = sorted(before.keys() & after.keys())
    promoted = sum(after[name] and not before[name] for name in common)
    demoted = sum(before[name] and not after[name] for name in common)
    found: Row = {"compared": len(common), "promoted": promoted, "demoted": demoted}
    found["agreement"] = 1 - (promoted + demoted) / len(common) if common else None
    found["kappa"] = cohens_kappa([before[name] for name in common], [after[name] for name in common])
    for row in lake.read_promoted("l2_reliability", WHOLE_LAKE)[0].to_pylist():
        if row["signal"] == "perplexity":
            found |= {f"{name}_{row['set']}": row[name] for name in RELIABILITY}
    return {name: value for name, value in found.items() if value is not None}


def compare(runs: Mapping[str, list[Run]], sizes: Mapping[str, list[float]]) -> dict[str, dict[str, Interval]]:
    """Of each of COMPARED, K's and the web's gain: by how many bits per byte the second arm's are lower."""
    scores = Scores(runs, sizes)
    return {name: {part: own for part, own in scores.brings(*pair).items() if part in (K, WEB)} for name, (*pair, _) in COMPARED.items()}


def gains_table(gains: Mapping[str, Mapping[str, Interval]]) -> TextTable:
    """A line a comparison; above 0 the first is better."""
    rows: list[tuple[str, ...]] = []
    for name, own in gains.items():
        _, _, why = COMPARED[name]
        cells = [(f"{one.value:+.4f} [{one.low:+.4f}, {one.high:+.4f}]", verdict(one)) for one in own.values()]
        rows.append((why, *(cell for pair in cells for cell in pair)))
    heads = [head for part in next(iter(gains.values())) for head in (f"gain in {part}", part)]
    return TextTable(("what is compared", *heads), rows, frozenset(range(1, 1 + len(heads))))


def moved_table(moved: Row) -> TextTable:
    """What moved in L2."""
    return TextTable(("L2 and perplexity on anchors", ""), [(name, f"{value:.4g}") for name, value in moved.items()])


def metrics_of(gains: Mapping[str, Mapping[str, Interval]]) -> Row:
    """Flat names and numbers."""
    named = {f"{name}_{part}": own for name, parts in gains.items() for part, own in parts.items()}
    return {f"{name}{end}": value for name, one in named.items() for end, value in (("", one.value), ("_lo", one.low), ("_hi", one.high))}


if __name__ == "__main__":
    sys.exit(main())
