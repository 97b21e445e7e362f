"""L4: claims of single pages, facts that independent sites agree on, sections of vetted manuals."""

import dagster as dg
import pyarrow as pa

from resources import RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.knowledge import ClaimRules, FactRules, ManualRules, extract_claims, split_manuals, verify_facts
from tierline.lake import WHOLE_LAKE, Activity, StageResult
from tierline.tables import TABLES


@stage_asset("l4_claims", kinds={"python"})
def l4_claims(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Statements in the structured data of pages and in edited passages, each with the exact words that make it."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ClaimRules)
    documents, selected = lake.read_promoted("l2_selected", shard)
    passages, refined = lake.read_promoted("l3_refined", shard)
    activity = Activity.of("l4_claims", shard, rules, {f"l2_selected/{shard}": selected.digest, f"l3_refined/{shard}": refined.digest})
    return run_stage(lake, activity, lambda: extract_claims(documents, passages, rules))


@stage_asset("l4_manuals", kinds={"python"})
def l4_manuals(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Sections of documentation that a named team has vetted."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ManualRules)
    documents, source = lake.read_promoted("l2_selected", shard)
    activity = Activity.of("l4_manuals", shard, rules, {f"l2_selected/{shard}": source.digest})
    return run_stage(lake, activity, lambda: split_manuals(documents, rules))


@stage_asset("l4_facts", kinds={"python"})
def l4_facts(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """What at least two independent sources state and no other contradicts, from the promoted claims of all shards."""
    lake, rules, promoted = storage.open(), recipe.load().rules(FactRules), "l4_claims"
    manifests = lake.promoted(promoted)
    activity = Activity.of("l4_facts", WHOLE_LAKE, rules, {f"{promoted}/{one.shard}": one.digest for one in manifests})

    def compute() -> StageResult:
        parts = [lake.read_manifest(manifest) for manifest in manifests]
        return verify_facts(pa.concat_tables(parts) if parts else TABLES[promoted].schema.empty_table(), rules)

    return run_stage(lake, activity, compute)


l4_shard_assets = [l4_claims, l4_manuals]
l4_assets = [*l4_shard_assets, l4_facts]
l4_gates = [promotion_gate(asset) for asset in l4_assets]
