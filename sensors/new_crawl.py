"""A crawl file arrives or changes: its shard goes through the whole chain."""

import dagster as dg

from resources import CrawlInbox, RecipeFile, TierStorage
from tier_assets.jobs import process_shard


@dg.sensor(job=process_shard, minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING)
def new_crawl(
    context: dg.SensorEvaluationContext, storage: TierStorage, recipe: RecipeFile, inbox: CrawlInbox
) -> dg.SensorResult | dg.SkipReason:
    """Registers every file of the inbox that has arrived whole, and requests a run for each shard that is new or changed."""
