"""L0: every record of a shard's crawl files, unjudged."""

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.metadata import materialize
from tier_assets.specs import stage_asset
from tierline.crawl import CrawlRegistry, ReadRules, read_shard
from tierline.lake import Activity


@stage_asset("l0_raw", kinds={"python"}, automation=None)
def l0_raw(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Every record of the shard's crawl files as unfiltered text, with the address its bytes can be read from again."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ReadRules)
    registry = CrawlRegistry(lake)
    activity = Activity.begin("l0_raw", shard, "1", rules, {f"crawl_files/{shard}": registry.digest(shard)})
    files = registry.files(shard)
    return materialize(lake, activity, read_shard(files, rules), files=files)


l0_assets = [l0_raw]
l0_gates = [promotion_gate(l0_raw)]
