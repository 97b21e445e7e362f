"""L3: documents after the operations that their verifiers accepted, and questions about them."""

import dagster as dg
import pyarrow as pa

from resources import LanguageModels, RecipeFile, ShardWorkers, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.metadata import distribution_plot
from tier_assets.operation_metadata import budget_table, kinds_plot, operations_table
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.crawl import CrawlRegistry
from tierline.editing import FaithfulnessRules
from tierline.lake import StageResult
from tierline.lake.external_sort import scan
from tierline.lake.reviews import settlements
from tierline.operations.refine import refine
from tierline.operations.rules import EditRules, OperationRules
from tierline.selection.selected_vectors import SelectedVectors
from tierline.text.embedding import Embedder


@stage_asset("l3_refined", kinds={"llm"})
def l3_refined(
    context: dg.AssetExecutionContext,
    storage: TierStorage,
    recipe: RecipeFile,
    language_models: LanguageModels,
    workers: ShardWorkers,
) -> dg.MaterializeResult:
    """Documents as their accepted operations leave them, and questions; `l3_operations` holds each operation with its verdict."""
    lake, shard, loaded = storage.open(), context.partition_key, recipe.load()
    rules, faithfulness, operations = loaded.rules(EditRules), loaded.rules(FaithfulnessRules), loaded.rules(OperationRules)
    documents, source = lake.read_promoted("l2_selected", shard)
    earlier = CrawlRegistry(lake).earlier(shard)
    known = SelectedVectors(lake, [*earlier, shard]), SelectedVectors(lake, earlier, "l3_refined")
    reviews = settlements(lake, "l3_refined", shard)
    inputs = known[0].inputs | known[1].inputs | {f"l2_selected/{shard}": source.digest} | reviews.inputs(shard)
    with language_models.session(lake, shard, loaded) as client:
        activity = client.begin("l3_refined", (operations, rules, faithfulness), inputs, rules.prompt_sha256)

        def refined() -> StageResult:
            nodes = workers.of(lake, activity)
            for one in known:
                one.workers = nodes
            return refine(documents, client, Embedder(), rules, faithfulness, operations, known, reviews=reviews, workers=nodes)

        return run_stage(
            lake,
            activity,
            refined,
            described,
        )


def described(result: StageResult) -> dict[str, dg.MetadataValue]:
    """What was done and refused by kind, and what the model's budget went to."""
    rows = {
        name: [value for batch in scan(result.tables["l3_refined"], [name]) for value in batch.column(0).to_pylist()] for name in PLOTTED
    }
    return {
        "edits": distribution_plot({name: pa.chunked_array([pa.array(values, pa.float64())]) for name, values in rows.items()}),
        "operations": operations_table(result.tables["l3_operations"]),
        "operations_by_kind": kinds_plot(result.tables["l3_operations"]),
        "budget_by_target": budget_table(result.ledgers["l3_edits"][1]),
    }


PLOTTED = ("operations", "similarity", "changed_word_share")
l3_assets = [l3_refined]
l3_gates = [promotion_gate(l3_refined)]
