"""L2: every document is scored, SQL selects; what that moved and what a person should look at are tables beside it."""

import dagster as dg
import numpy as np
import pyarrow as pa

from resources import LanguageModels, RecipeFile, TierStorage
from tier_assets.automation import on_changed_promoted_input
from tier_assets.gates import promotion_gate
from tier_assets.l1_contamination import l1_contamination
from tier_assets.l1_filtered import l1_filtered
from tier_assets.l2_judged import l2_annotations, l2_judged, l2_judged_gates, l2_reliability, l2_student
from tier_assets.metadata import column_lineage, distribution_plot, materialize
from tier_assets.specs import stage_asset
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry
from tierline.display import markdown_table
from tierline.gates import GateRules
from tierline.lake import Activity
from tierline.reliability.ensemble import read_scorers, weighted_signals
from tierline.reliability.reliability import ReliabilityRules
from tierline.reliability.signals import ScoreRules
from tierline.retiering.selection_diff import compare, moves_table, read_comparison
from tierline.selection.review import ReviewRules, opinions, queue
from tierline.selection.score import score
from tierline.selection.select import SelectRules, select
from tierline.selection.selected_vectors import selected_embeddings
from tierline.sql import Models

MART = "l2_selection"


# A new student does not by itself score every shard anew in the same breath: `model_change` asks for that, some shards at a time.
_ignores_the_student = on_changed_promoted_input.ignore(dg.AssetSelection.assets(l2_student))


@stage_asset(
    "l2_scores",
    group="l2_selected",
    kinds={"llm", "scikitlearn"},
    deps=[l1_filtered, l2_annotations, l2_reliability, l2_student],
    code_version="2",
    language_model=True,
    automation=_ignores_the_student,
)
def l2_scores(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, perplexity_model: LanguageModels
) -> dg.MaterializeResult:
    """Every signal of every document, and the usefulness that they add up to by their measured weights."""
    lake, shard, loaded = storage.open(), context.partition_key, recipe.load()
    rules = loaded.rules(ScoreRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    annotations, judged = lake.read_promoted("l2_annotations", shard)
    scorers, inputs, said = read_scorers(lake, loaded.rules(ReliabilityRules), loaded.rules(GateRules))
    inputs |= {f"l1_filtered/{shard}": source.digest, f"l2_annotations/{shard}": judged.digest}
    with perplexity_model.session(lake, shard, loaded) as client:
        activity = client.begin("l2_scores", "2", rules, inputs)
        result = score(documents, annotations, scorers, client, rules)
    columns = {name: result.tables["l2_scores"][name] for name in ("usefulness", "student", "perplexity", "toxicity")}
    return materialize(lake, activity, result, student=said, weights=scorers.ensemble.weights, scores=distribution_plot(columns))


@stage_asset("l2_selected", group="l2_selected", kinds={"duckdb", "sql"}, deps=[l1_filtered, l1_contamination, l2_scores])
def l2_selected(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Documents that the thresholds of marts/l2_selection.sql let through and that repeat none of an earlier shard."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(SelectRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    scores, scored = lake.read_promoted("l2_scores", shard)
    _, checked = lake.read_promoted("l1_contamination", shard, ["doc_id"])  # the mart reads it; unpromoted it would be empty there
    models = Models(folder("dbt_like_sql"))
    selection: pa.Table = models.run(lake, MART, rules.variables, [shard])
    earlier_ids, earlier_vectors, inputs = selected_embeddings(lake, CrawlRegistry(lake).earlier(shard))
    inputs |= {f"l1_filtered/{shard}": source.digest, f"l2_scores/{shard}": scored.digest, f"l1_contamination/{shard}": checked.digest}
    result = select(selection, documents, scores, rules, earlier_ids, np.asarray(earlier_vectors))
    lineage = column_lineage(models.column_lineage(MART))
    return materialize(lake, Activity.begin("l2_selected", shard, "1", rules, inputs), result, selection_lineage=lineage)


@stage_asset("l2_selection_diff", group="l2_selected", kinds={"python"}, deps=[l2_selected])
def l2_selection_diff(context: dg.AssetExecutionContext, storage: TierStorage) -> dg.MaterializeResult:
    """Which documents came into L2 or left it since the selection that was promoted before, and what caused it."""
    lake, shard = storage.open(), context.partition_key
    comparison = read_comparison(lake, shard)
    result = compare(comparison)
    (summary,), moved = (result.tables[name].to_pylist() for name in ("l2_selection_diff_shards", "l2_selection_diff"))
    counted = {name: summary[name] for name in ("compared", "promoted", "demoted", "agreement", "kappa") if summary[name] is not None}
    report = markdown_table(moves_table([row | {"shard": shard} for row in moved], 10))
    activity = Activity.begin("l2_selection_diff", shard, "1", (), comparison.inputs)
    return materialize(lake, activity, result, report=dg.MetadataValue.md(report), causes=summary["causes"], **counted)


@stage_asset("review_queue", group="l2_selected", kinds={"python"}, deps=[l1_filtered, l2_reliability, l2_scores])
def review_queue(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Documents that address a judge, or on which scorers contradict each other most: `tierline review` lists them for a person."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ReviewRules)
    documents, source = lake.read_promoted("l1_filtered", shard, ["doc_id", "text", "tokens"])
    scores, scored = lake.read_promoted("l2_scores", shard)
    weighty, weighed = weighted_signals(lake)
    inputs = {f"l1_filtered/{shard}": source.digest, f"l2_scores/{shard}": scored.digest} | weighed
    activity = Activity.begin("review_queue", shard, "1", rules, inputs)
    addressing = {row["doc_id"] for row in scores.select(["doc_id", "injection_spans"]).to_pylist() if row["injection_spans"]}
    return materialize(lake, activity, queue(documents, opinions(scores, documents, weighty), rules, addressing))


l2_assets = [*l2_judged, l2_scores, l2_selected, l2_selection_diff, review_queue]
l2_gates = [*l2_judged_gates, *(promotion_gate(asset) for asset in (l2_scores, l2_selected, l2_selection_diff, review_queue))]
