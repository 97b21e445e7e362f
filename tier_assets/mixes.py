"""The three training mixes: one asset for each phase, made by one factory from its recipe."""

from pathlib import Path

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.l1_contamination import l1_contamination
from tier_assets.l1_filtered import l1_filtered
from tier_assets.l2_selected import l2_selected
from tier_assets.l3_refined import l3_refined
from tier_assets.l4_verified import l4_facts, l4_manuals
from tier_assets.metadata import materialize
from tier_assets.specs import stage_asset
from tierline.lake import ALL, Activity
from tierline.mixes import MixRecipe, read_pools, sample_mix
from tierline.mixes.sample import pool_inputs
from tierline.tables.tiers import Phase

# What a phase's recipe may draw on; the recipe says what it does draw on (tierline.mixes.recipe checks it).
OFFERED = {
    Phase.PRETRAIN: [l1_filtered, l2_selected],
    Phase.MIDTRAIN: [l2_selected, l3_refined],
    Phase.ALIGNMENT: [l3_refined, l4_facts, l4_manuals],
}


def mix_asset(phase: Phase) -> dg.AssetsDefinition:
    """The asset of one phase."""

    @stage_asset(f"{phase}_mix", kinds={"parquet"}, deps=[*OFFERED[phase], l1_contamination], per_shard=False, code_version="2")
    def mix(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
        """Rows in training order, drawn from promoted shards by the phase's recipe; the metadata pins what they came from."""
        lake, rules = storage.open(), MixRecipe.load(recipe.mix(phase))
        pools = read_pools(lake, rules)
        pins = {table: lake.version(table) for table in sorted({"l1_contamination"} | {source.table for source in rules.sources})}
        activity = Activity.begin(rules.stage, ALL, "2", rules, pool_inputs(pools))
        result = sample_mix(lake, rules, pools)
        offered = {pool.source.table: sum(pool.offered["tokens"].to_pylist()) for pool in pools}
        return materialize(lake, activity, result, table_versions=pins, tokens_offered=offered, recipe=str(Path(recipe.mix(phase)).name))

    return mix


mix_assets = [mix_asset(phase) for phase in Phase]
mix_gates = [promotion_gate(asset) for asset in mix_assets]
