"""A crawl file arrives or changes: its shard goes through all tiers."""

import json

import dagster as dg

from resources import CrawlInbox, RecipeFile, TierStorage
from tier_assets.jobs import run_shard_and_build
from tier_assets.partitions import crawl_shards
from tierline.crawl import CrawlRegistry, PackRules
from tierline.crawl.inbox import arrivals, look_at

LOOK_SECONDS = 10  # between two looks a file that is still being written has grown


@dg.sensor(job=run_shard_and_build, minimum_interval_seconds=LOOK_SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def new_crawl(
    context: dg.SensorEvaluationContext, storage: TierStorage, recipe: RecipeFile, inbox: CrawlInbox
) -> dg.SensorResult | dg.SkipReason:
    """Registers every file of the inbox that has arrived whole, and requests a run for each shard that is new or changed."""
    memory = json.loads(context.cursor or '{"seen": {}, "taken": {}}')
    found = arrivals(look_at(inbox.root), memory["seen"], memory["taken"])
    taken = {path: state for path, state in memory["taken"].items() if path in found.look} | {
        path: found.look[path] for path in found.settled
    }
    cursor = json.dumps({"seen": found.look, "taken": taken})
    if not found.settled:
        context.update_cursor(cursor)
        waiting = f"waiting for {', '.join(found.growing)} to be written" if found.growing else "nothing new"
        return dg.SkipReason(f"{inbox.root}: {waiting}")
    registry = CrawlRegistry(storage.open())
    shards = registry.register(found.settled, recipe.load().rules(PackRules))
    requests = [dg.RunRequest(run_key=f"{shard}:{registry.digest(shard)}", partition_key=shard) for shard in shards]
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=[crawl_shards.build_add_request(shards)], cursor=cursor)
