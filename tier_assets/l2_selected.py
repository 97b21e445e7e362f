"""L2: every document is scored, SQL selects; what that moved and what a person should look at are tables beside it."""

from typing import Any

import dagster as dg
import pyarrow as pa

from resources import LanguageModels, RecipeFile, ShardWorkers, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.l2_judged import l2_judged, l2_judged_gates
from tier_assets.metadata import distribution_plot
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry
from tierline.display import markdown_table
from tierline.gates import GateRules
from tierline.lake import Activity, StageResult
from tierline.lake.reviews import settlements
from tierline.reliability.ensemble import read_scorers, weighted_signals
from tierline.reliability.rules import ReliabilityRules, ScoreRules
from tierline.retiering.selection_diff import Comparison, compare, moves_table, read_comparison
from tierline.selection.review import opinions, queue
from tierline.selection.reviewed import with_reviews
from tierline.selection.rules import ReviewRules, SelectRules
from tierline.selection.score import score
from tierline.selection.select import select
from tierline.selection.selected_vectors import SelectedVectors
from tierline.sql import Models

MART = "l2_selection"


@stage_asset("l2_scores", kinds={"llm", "scikitlearn"})
def l2_scores(
    context: dg.AssetExecutionContext,
    storage: TierStorage,
    recipe: RecipeFile,
    perplexity_model: LanguageModels,
    workers: ShardWorkers,
) -> dg.MaterializeResult:
    """Every signal of every document, and its usefulness: all signals combined by their measured weights."""
    lake, shard, loaded = storage.open(), context.partition_key, recipe.load()
    rules, reliability = loaded.rules(ScoreRules), loaded.rules(ReliabilityRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    annotations, judged = lake.read_promoted("l2_annotations", shard)
    scorers, inputs, said = read_scorers(lake, reliability, loaded.rules(GateRules))
    inputs |= {f"l1_filtered/{shard}": source.digest, f"l2_annotations/{shard}": judged.digest}
    with perplexity_model.session(lake, shard, loaded) as client:
        activity = client.begin("l2_scores", (rules, reliability), inputs)
        return run_stage(
            lake,
            activity,
            lambda: score(documents, annotations, scorers, client, rules, workers.of(lake, activity)),
            lambda result: {"student": said, "weights": scorers.ensemble.weights, "scores": _score_plot(result)},
        )


def _score_plot(result: StageResult) -> dg.MarkdownMetadataValue:
    names = "usefulness", "student", "perplexity", "toxicity"
    return distribution_plot({name: result.tables["l2_scores"][name] for name in names})


@stage_asset("l2_selected", kinds={"duckdb", "sql"})
def l2_selected(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, workers: ShardWorkers) -> dg.MaterializeResult:
    """Documents that pass the thresholds of marts/l2_selection.sql and repeat no document of an earlier shard."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(SelectRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    scores, scored = lake.read_promoted("l2_scores", shard)
    _, checked = lake.read_promoted("l1_contamination", shard, ["doc_id"])  # the mart reads it, and unpromoted rows would be missing there
    models = Models(folder("dbt_like_sql"))
    prior = SelectedVectors(lake, CrawlRegistry(lake).earlier(shard))
    reviews = settlements(lake, "l2_selected", shard)
    own = {f"l1_filtered/{shard}": source.digest, f"l2_scores/{shard}": scored.digest, f"l1_contamination/{shard}": checked.digest}

    activity = Activity.of("l2_selected", shard, rules, prior.inputs | own | reviews.inputs(shard))

    def compute() -> StageResult:
        prior.workers = workers.of(lake, activity)
        selection: pa.Table = models.run(lake, MART, rules.variables, [shard])
        return select(with_reviews(selection, documents, reviews), documents, scores, rules, prior)

    return run_stage(lake, activity, compute)


@stage_asset("l2_selection_diff", kinds={"python"})
def l2_selection_diff(context: dg.AssetExecutionContext, storage: TierStorage) -> dg.MaterializeResult:
    """Documents that came into L2 or left it since the previously promoted selection, and what caused it."""
    lake, shard = storage.open(), context.partition_key
    comparison = read_comparison(lake, shard)
    activity = Activity.of("l2_selection_diff", shard, (), comparison.inputs)
    return run_stage(lake, activity, lambda: compare(comparison), lambda result: _diff_report(result, comparison, shard))


def _diff_report(result: StageResult, comparison: Comparison, shard: str) -> dict[str, Any]:
    (summary,), moved = (result.tables[name].to_pylist() for name in ("l2_selection_diff_shards", "l2_selection_diff"))
    counted = {name: summary[name] for name in ("compared", "promoted", "demoted", "agreement", "kappa") if summary[name] is not None}
    report = markdown_table(moves_table([row | {"shard": shard} for row in moved], 10))
    return {"report": dg.MetadataValue.md(report), "causes": summary["causes"], **counted}


@stage_asset("review_queue", kinds={"python"})
def review_queue(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Documents that address a judge, or on which scorers disagree most; `tierline review` lists them for a person."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ReviewRules)
    documents, source = lake.read_promoted("l1_filtered", shard, ["doc_id", "text", "tokens"])
    scores, scored = lake.read_promoted("l2_scores", shard)
    signals, weighed = weighted_signals(lake)
    addressing = {row["doc_id"] for row in scores.select(["doc_id", "injection_spans"]).to_pylist() if row["injection_spans"]}
    inputs = {f"l1_filtered/{shard}": source.digest, f"l2_scores/{shard}": scored.digest} | weighed
    activity = Activity.of("review_queue", shard, rules, inputs)
    return run_stage(lake, activity, lambda: queue(documents, opinions(scores, documents, signals), rules, addressing))


l2_assets = [*l2_judged, l2_scores, l2_selected, l2_selection_diff, review_queue]
l2_gates = [*l2_judged_gates, *(promotion_gate(asset) for asset in (l2_scores, l2_selected, l2_selection_diff, review_queue))]
