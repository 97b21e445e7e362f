"""L4: claims of single pages, facts that independent sites agree on, sections of vetted manuals."""

import dagster as dg
import pyarrow as pa

from resources import RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.l2_selected import l2_selected
from tier_assets.l3_refined import l3_refined
from tier_assets.metadata import materialize
from tier_assets.specs import stage_asset
from tierline.knowledge import ClaimRules, FactRules, ManualRules, extract_claims, split_manuals, verify_facts
from tierline.lake import ALL, Activity
from tierline.tables import TABLES


@stage_asset("l4_claims", kinds={"python"}, deps=[l2_selected, l3_refined])
def l4_claims(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """What pages state in structured data and edited passages in plain sentences, each with the exact words that say so."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ClaimRules)
    documents, selected = lake.read_promoted("l2_selected", shard)
    passages, refined = lake.read_promoted("l3_refined", shard)
    inputs = {f"l2_selected/{shard}": selected.digest, f"l3_refined/{shard}": refined.digest}
    return materialize(lake, Activity.begin("l4_claims", shard, "1", rules, inputs), extract_claims(documents, passages, rules))


@stage_asset("l4_manuals", kinds={"python"}, deps=[l2_selected])
def l4_manuals(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Sections of documentation that a named team has vetted."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ManualRules)
    documents, source = lake.read_promoted("l2_selected", shard)
    activity = Activity.begin("l4_manuals", shard, "1", rules, {f"l2_selected/{shard}": source.digest})
    return materialize(lake, activity, split_manuals(documents, rules))


@stage_asset("l4_facts", kinds={"python"}, deps=[l4_claims], per_shard=False)
def l4_facts(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """What at least two independent domains state and no other contradicts, from the promoted claims of all shards."""
    lake, rules = storage.open(), recipe.load().rules(FactRules)
    parts = [lake.read_promoted("l4_claims", manifest.shard) for manifest in lake.promoted("l4_claims")]
    claims = pa.concat_tables([rows for rows, _ in parts]) if parts else TABLES["l4_claims"].schema.empty_table()
    inputs = {f"l4_claims/{manifest.shard}": manifest.digest for _, manifest in parts}
    return materialize(lake, Activity.begin("l4_facts", ALL, "1", rules, inputs), verify_facts(claims, rules))


l4_shard_assets = [l4_claims, l4_manuals]
l4_assets = [*l4_shard_assets, l4_facts]
l4_gates = [promotion_gate(asset) for asset in l4_assets]
