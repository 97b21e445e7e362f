"""A shard was deduplicated before a prior one was promoted: run it again, so that the order of runs changes nothing."""

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.jobs import run_shard
from tier_assets.partitions import crawl_shards
from tier_assets.run_states import OPEN
from tierline.crawl import CrawlRegistry
from tierline.dedup import DedupRules, unreconciled
from tierline.dedup.prior_shards import EARLIER, LakeDocuments

LOOK_SECONDS = 60


@dg.sensor(job=run_shard, minimum_interval_seconds=LOOK_SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def reconcile_duplicates(context: dg.SensorEvaluationContext, storage: TierStorage, recipe: RecipeFile) -> dg.SensorResult | dg.SkipReason:
    """Requests a run for every shard that is not reconciled; once for each state of all shards, while nothing else runs."""
    if context.instance.get_runs_count(dg.RunsFilter(statuses=[*OPEN, dg.DagsterRunStatus.QUEUED])):
        return dg.SkipReason("runs are queued or under way")
    lake = storage.open()
    shards = CrawlRegistry(lake).shards()
    now = LakeDocuments(lake, shards).inputs.get(EARLIER, "")
    if now == context.cursor:
        return dg.SkipReason("no shard has changed since the last look")
    again = unreconciled(lake, shards, recipe.load().rules(DedupRules))
    requests = [dg.RunRequest(run_key=f"settle:{shard}:{now}", partition_key=shard) for shard in again]
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=[crawl_shards.build_add_request(again)], cursor=now)
