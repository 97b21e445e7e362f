"""L0: every record of a shard's crawl files, unjudged."""

import dagster as dg

from resources import RecipeFile, ShardWorkers, TierStorage
from tier_assets.crawl_files import files_table
from tier_assets.gates import promotion_gate
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.crawl import CrawlRegistry, ReadRules
from tierline.crawl.payload import source_gone
from tierline.crawl.read import read_shard
from tierline.lake import Activity, StageResult, recorded
from tierline.takedown.tombstones import Tombstones, takedown_inputs


@stage_asset("l0_raw", kinds={"python"})
def l0_raw(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, workers: ShardWorkers) -> dg.MaterializeResult:
    """Every record of the shard's crawl files as unfiltered text, with the address its bytes can be read from again; what was taken down is
    left out."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ReadRules)
    registry = CrawlRegistry(lake)
    before = registry.catch_up(shard)
    files = registry.files(shard)
    taken_down = recorded(takedown_inputs(lake, "l0_raw", shard))
    activity = Activity.of("l0_raw", shard, rules, {f"crawl_files/{shard}": registry.digest(shard), **taken_down})

    def read() -> StageResult:
        if missing := registry.missing(shard):
            raise source_gone(missing)  # the rows from before stay: nobody has said that they are not wanted
        result = read_shard(files, rules, Tombstones.of(lake).withheld, workers.of(lake, activity))
        registry.refuse_changed(before)
        return result

    return run_stage(lake, activity, read, lambda result: {"files": files_table(result.tables["l0_raw"], files)})


l0_assets = [l0_raw]
l0_gates = [promotion_gate(l0_raw)]
