"""L1: documents that pass the published heuristics, without duplicates of this or prior shards."""

import dagster as dg

from resources import RecipeFile, ShardWorkers, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.crawl import CrawlRegistry
from tierline.dedup import DedupRules, LakeDocuments
from tierline.filters import BoilerplateRules, FilterRules
from tierline.filters.filter import filter_shard
from tierline.filters.rights import Rights
from tierline.filters.site_rights import site_captures, site_inputs
from tierline.lake import Activity, StageResult, recorded
from tierline.rights.rules import RightsRules
from tierline.rights.site_files import SiteFiles


@stage_asset("l1_filtered", kinds={"python"})
def l1_filtered(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, workers: ShardWorkers) -> dg.MaterializeResult:
    """Documents of a known language whose rights are not reserved and that pass every rule, with personal data redacted; each drop has a
    named reason."""
    lake, shard = storage.open(), context.partition_key
    loaded = recipe.load()
    rules, dedup, boilerplate = loaded.rules(FilterRules), loaded.rules(DedupRules), loaded.rules(BoilerplateRules)
    rights = loaded.rules(RightsRules)
    raw, source = lake.stream_promoted("l0_raw", shard)
    prior = LakeDocuments(lake, CrawlRegistry(lake).earlier(shard))
    inputs = {f"l0_raw/{shard}": source.digest, **prior.inputs, **recorded(site_inputs(lake, shard))}
    activity = Activity.of("l1_filtered", shard, (rules, dedup, boilerplate, rights), inputs)

    def filtered() -> StageResult:
        sites = SiteFiles(site_captures(lake, shard), rights.agents)
        prior.workers = workers.of(lake, activity)
        return filter_shard(raw, rules, dedup, prior, boilerplate, Rights(rights, sites), prior.workers)

    return run_stage(lake, activity, filtered)


l1_assets = [l1_filtered]
l1_gates = [promotion_gate(l1_filtered)]
