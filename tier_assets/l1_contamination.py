"""L1, off the path to L2's scores: which documents copy a benchmark's questions."""

import dagster as dg

from resources import BenchmarkFiles, RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.l1_filtered import l1_filtered
from tier_assets.metadata import materialize
from tier_assets.specs import stage_asset
from tierline.filters.decontaminate import READ, DecontaminationRules, decontaminate
from tierline.lake import Activity


@stage_asset("l1_contamination", kinds={"python"}, deps=[l1_filtered])
def l1_contamination(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, benchmarks: BenchmarkFiles
) -> dg.MaterializeResult:
    """Matches of the shard's documents with benchmark questions: leaks, which no mix may draw, and common text."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(DecontaminationRules)
    documents, source = lake.read_promoted("l1_filtered", shard, list(READ))
    index = benchmarks.index(rules)
    inputs = {f"l1_filtered/{shard}": source.digest, **benchmarks.inputs()}
    activity = Activity.begin("l1_contamination", shard, "1", rules, inputs)
    return materialize(lake, activity, decontaminate(documents, index, rules), **benchmarks.describe(rules))


l1_contamination_gate = promotion_gate(l1_contamination)
