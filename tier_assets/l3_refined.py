"""L3: passages that a language model edited or questioned and that kept their facts."""

import dagster as dg

from resources import LanguageModels, RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.metadata import distribution_plot
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.crawl import CrawlRegistry
from tierline.editing import EditRules, FaithfulnessRules, refine
from tierline.selection.selected_vectors import SelectedVectors
from tierline.text.embedding import Embedder


@stage_asset("l3_refined", kinds={"llm"})
def l3_refined(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """Edited passages and questions that the faithfulness judge accepted; the ledger `l3_edits` says why others were rejected."""
    lake, shard, loaded = storage.open(), context.partition_key, recipe.load()
    rules, faithfulness = loaded.rules(EditRules), loaded.rules(FaithfulnessRules)
    documents, source = lake.read_promoted("l2_selected", shard)
    known = SelectedVectors(lake, [*CrawlRegistry(lake).earlier(shard), shard])
    inputs = known.inputs | {f"l2_selected/{shard}": source.digest}
    with language_models.session(lake, shard, loaded) as client:
        return run_stage(
            lake,
            client.begin("l3_refined", (rules, faithfulness), inputs, rules.prompt_sha256),
            lambda: refine(documents, client, Embedder(), rules, faithfulness, known),
            lambda result: {"edits": distribution_plot({name: result.tables["l3_refined"][name] for name in PLOTTED})},
        )


PLOTTED = ("faithfulness", "similarity", "changed_word_share")
l3_assets = [l3_refined]
l3_gates = [promotion_gate(l3_refined)]
