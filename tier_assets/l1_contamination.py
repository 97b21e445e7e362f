"""L1, off the path to L2's scores: which documents copy a benchmark's questions."""

import json

import dagster as dg

from resources import BenchmarkFiles, RecipeFile, ShardWorkers, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.filters.decontaminate import READ, DecontaminationRules, decontaminate
from tierline.lake import Activity, StageResult


@stage_asset("l1_contamination", kinds={"python"})
def l1_contamination(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, benchmarks: BenchmarkFiles, workers: ShardWorkers
) -> dg.MaterializeResult:
    """Matches of the shard's documents with benchmark questions: leaks, which no mix may use, and common text."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(DecontaminationRules)
    documents, source = lake.read_promoted("l1_filtered", shard, list(READ))
    last = lake.activity("l1_contamination", shard)
    inputs = benchmarks.inputs(json.loads(last["inputs"]) if last else None)
    activity = Activity.of("l1_contamination", shard, rules, {f"l1_filtered/{shard}": source.digest, **inputs})

    def compute() -> StageResult:
        benchmarks.refuse_forgotten(inputs)
        return decontaminate(documents, benchmarks.index(rules), rules, workers.of(lake, activity))

    return run_stage(lake, activity, compute, lambda _: benchmarks.describe(rules))


l1_contamination_gate = promotion_gate(l1_contamination)
