"""Measures one generation: a model trained on what L2 selected measures perplexity, and L2 is selected again with it."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import torch

from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry
from tierline.errors import BadInput, TierlineError
from tierline.lake import WHOLE_LAKE, Lake
from tierline.llm.checkpoint import NAME, write_checkpoint
from tierline.retiering.selection_diff import cohens_kappa
from tierline.training.arms import TIER, Rates, at, main_arms
from tierline.training.checkpoint import export_model
from tierline.training.corpus import Corpus, part_corpus, read_corpus
from tierline.training.metric import make_metric
from tierline.training.prepare import prepare
from tierline.training.recipe import TrainingRecipe
from tierline.training.statistics import paired_effect
from tierline.training.train import train
from training_scripts.build_corpus import BUDGETS, CorpusRecipe, build_corpus
from training_scripts.corpus_report import write_texts

PERPLEXITY_MODEL = "TIERLINE_PERPLEXITY_MODEL"
GENERATION = re.compile(NAME.format(generation=r"(\d+)"))
RELIABILITY = ("auc", "previous_auc", "weight", "previous_weight", "rank_correlation")
Row = dict[str, Any]


def train_generation(rows: pa.Table, measured_on: Corpus, recipe: TrainingRecipe, target: Path | None) -> list[float]:
    """Trains the tiers' arm with every seed on rows of the corpus' schema; returns each one's bits per byte of the held-out texts of
    `measured_on`, books and web weighing the same. Into `target`, if any, goes the first seed's model in Hugging Face's layout."""
    prepared = prepare(rows, recipe, None)
    arm = next(one for one in main_arms(recipe) if one.name == at(TIER, 1.0))
    texts = make_metric(measured_on, prepared.tokenizer, recipe.model.context, recipe.measuring, [], []).texts
    scores: list[float] = []
    for seed in range(recipe.seeds):
        pools = prepared.pools(seed)
        trained = train(prepared.plan(arm, seed, pools, Rates()), pools, recipe.model, recipe.optimization)
        scores.append(float(np.mean(list(texts.bits_per_byte(trained.model).values()))))
        if target and seed == 0:
            about = {"arm": arm.name, "seed": seed, "recipe": recipe.digest, "corpus": measured_on.digest}
            export_model(trained.model, prepared.tokenizer, target, about)
    return scores


def retier(lake: Lake, checkpoint: Path) -> None:
    """Brings every shard through the tiers with the checkpoint as perplexity model: what it does not decide is read from the store.
    BadInput if a run failed."""
    from ingest import only_ingest_of, run_shards

    os.environ[PERPLEXITY_MODEL] = str(checkpoint)
    with dg.DagsterInstance.get() as instance, only_ingest_of(instance):
        outcomes = run_shards(instance, CrawlRegistry(lake).shards())
    if failed := next((outcome for outcome in outcomes if outcome.failed), None):
        raise BadInput(f"failed: {failed.failed}", failed.shard, "run this again with --lake: answers are kept")


def selected(lake: Lake) -> dict[str, bool]:
    """Document -> whether L2 has it, over all promoted shards."""
    shards = [manifest.shard for manifest in lake.promoted("l2_selected")]
    rows = [row for shard in shards for row in lake.decisions("l2_selected", shard).to_pylist()]
    return {row["row_id"]: row["outcome"] == "kept" for row in rows}


def generation_of(lake: Lake) -> int:
    """The generation of the model that perplexity was measured by; 0 if it was none that was trained here."""
    manifests = lake.promoted("l2_scores")
    names = {name for one in manifests for name in lake.read_manifest(one, ["perplexity_model_id"])["perplexity_model_id"].to_pylist()}
    return max((int(found[1]) for name in names if (found := GENERATION.fullmatch(name))), default=0)


def effect_on_selection(before: dict[str, bool], after: dict[str, bool], lake: Lake) -> Row:
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


def next_generation(data: Path, folder_of_lake: Path, corpus: CorpusRecipe, recipe: TrainingRecipe, debian: bool, out: Path) -> Row:
    """Metrics of the step: selection, perplexity on anchors, bits per byte of both models on the held-out texts of the earlier one."""
    torch.set_num_threads(1)  # sums are of the same order on every machine
    built, lake = build_corpus(data, folder_of_lake, corpus, debian), Lake(str(folder_of_lake))
    generation, chosen_before = generation_of(lake) + 1, selected(lake)
    rows = read_corpus(built["corpus"])
    measured_on, trained = part_corpus(rows, recipe), out / f"generation-{generation}"
    before = train_generation(rows, measured_on, recipe, trained)
    retier(lake, write_checkpoint(trained, out, generation))
    write_texts(lake, Path(built["corpus"]) / "corpus.parquet")
    after = train_generation(read_corpus(built["corpus"]), measured_on, recipe, None)
    effect = paired_effect(after, before)
    scores = {"bits_per_byte_before": float(np.mean(before)), "bits_per_byte_after": float(np.mean(after))}
    delta = {"delta_bits_per_byte": effect.value, "delta_bits_per_byte_lo": effect.low, "delta_bits_per_byte_hi": effect.high}
    about = {"generation": generation, "seeds": recipe.seeds, "within_noise": float(effect.within_noise)}
    return about | effect_on_selection(chosen_before, selected(lake), lake) | scores | delta


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line; with --lake and --out keeps the lake and both models, and takes up what was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coevolution", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--budget", choices=BUDGETS, default="smoke", help="of the corpus and of training")
    parser.add_argument("--debian", action="store_true", help="as of training_scripts.build_corpus")
    parser.add_argument("--lake", type=Path, help="where the lake is or will be")
    parser.add_argument("--out", type=Path, help="where the models go")
    parser.add_argument("--tokens", type=int, default=1_000_000, help="of one run, where the recipe leaves them to the speed")
    options = parser.parse_args(arguments)
    try:
        recipe = TrainingRecipe.load(folder("recipes") / "training" / f"{options.budget}.yaml")
        corpus = CorpusRecipe.load(folder("recipes") / "corpus" / f"{options.budget}.yaml")
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            lake, out = options.lake or scratch / "lake", options.out or scratch / "out"
            recipe = replace(recipe, tokens=recipe.tokens or options.tokens)
            metrics = next_generation(options.data, lake, corpus, recipe, options.debian, out)
    except TierlineError as error:
        print(f"coevolution: {error}", file=sys.stderr)
        return 2
    verdict = "within noise: nothing can be said of it" if metrics["within_noise"] else "beyond noise"
    print(f"Trained on what the checkpoint helped to select, bits per byte differ by {metrics['delta_bits_per_byte']:+.4f}, {verdict}.")
    for name, value in metrics.items():
        print(f"{name:40}{value:>12.4f}")
    print(json.dumps({"benchmark": "coevolution", "data": str(options.data), "metrics": metrics, "skipped": []}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
