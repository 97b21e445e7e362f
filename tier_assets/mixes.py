"""The three training mixes: one asset for each phase, made by one factory from its recipe."""

from pathlib import Path
from typing import Any

import dagster as dg

from resources import RecipeFile, ShardWorkers, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.lake import WHOLE_LAKE, Activity, StageResult
from tierline.mixes import MixRecipe, read_pools, sample_mix
from tierline.mixes.pools import pool_inputs
from tierline.mixes.sample import tokens_by_table
from tierline.stages import STAGES, Stage


def mix_asset(stage: Stage) -> dg.AssetsDefinition:
    """The asset of one phase."""

    @stage_asset(stage.name, kinds={"parquet"})
    def mix(storage: TierStorage, recipe: RecipeFile, workers: ShardWorkers) -> dg.MaterializeResult:
        """Rows in training order, drawn from promoted shards by the phase's recipe; the metadata records the tables' versions."""
        lake, path = storage.open(), recipe.mix(str(stage.phase))
        rules = MixRecipe.load(path)
        pools = read_pools(lake, rules)
        pins = {table: lake.version(table) for table in sorted({"l1_contamination"} | {source.table for source in rules.sources})}
        activity = Activity.of(stage.name, WHOLE_LAKE, rules, pool_inputs(pools))

        def described(result: StageResult) -> dict[str, Any]:
            offered = tokens_by_table(result.ledgers[stage.name][1])
            return {"table_versions": pins, "tokens_offered": offered, "recipe": Path(path).name}

        return run_stage(lake, activity, lambda: sample_mix(lake, rules, pools, workers.of(lake, activity)), described)

    return mix


mix_assets = [mix_asset(stage) for stage in STAGES if stage.phase]
mix_gates = [promotion_gate(asset) for asset in mix_assets]
