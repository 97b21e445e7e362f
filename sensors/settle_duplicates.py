"""A shard that was resolved before an earlier one was promoted: run it again, so that the order of runs changes nothing."""

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.jobs import process_shard
from tier_assets.order import l1_under_way
from tier_assets.progress import unsettled
from tierline.crawl import CrawlRegistry
from tierline.dedup import DedupRules
from tierline.dedup.earlier import LakeDocuments

LOOK_SECONDS = 60


@dg.sensor(job=process_shard, minimum_interval_seconds=LOOK_SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def settle_duplicates(context: dg.SensorEvaluationContext, storage: TierStorage, recipe: RecipeFile) -> dg.RunRequest | dg.SkipReason:
    """Requests one run for the first shard that does not stand; asked once for each state of the shards before it."""
    if context.instance.get_runs_count(dg.RunsFilter(statuses=l1_under_way)):
        return dg.SkipReason("runs are queued or under way")
    lake = storage.open()
    registry = CrawlRegistry(lake)
    shard = unsettled(lake, registry, recipe.load().rules(DedupRules))
    if shard is None:
        return dg.SkipReason("every promoted shard stands beside the earlier ones")
    state = LakeDocuments(lake, registry.earlier(shard)).inputs.get("l1_signatures/earlier", "none")
    return dg.RunRequest(run_key=f"settle:{shard}:{state}", partition_key=shard)
