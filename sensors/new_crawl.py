"""A crawl file arrives, changes or is taken away: its shard goes through all tiers."""

from collections.abc import Iterator

import dagster as dg

from resources import CrawlInbox, RecipeFile, TierStorage
from tier_assets.jobs import run_shard
from tier_assets.partitions import crawl_shards
from tierline.crawl import CrawlRegistry, PackRules
from tierline.crawl.inbox import Arrivals, Inbox
from tierline.display import one_line
from tierline.errors import TierlineError

LOOK_SECONDS = 10  # between two listings a file that is still being written grows
NAMED = 5  # files, in one line
LOGGED = 100  # files, in one tick
WIDTH = 200  # characters of a name


@dg.sensor(job=run_shard, minimum_interval_seconds=LOOK_SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def new_crawl(
    context: dg.SensorEvaluationContext, storage: TierStorage, recipe: RecipeFile, inbox: CrawlInbox
) -> dg.SensorResult | dg.SkipReason:
    """Registers every file of the inbox that has arrived completely, and requests a run for each shard that is new or changed."""
    lake, rules = storage.open(), recipe.load().rules(PackRules)
    known = int(context.cursor) if (context.cursor or "").isdecimal() else None
    try:
        found = Inbox(lake, inbox.root).take_in(rules, forget_missing=inbox.forgets, known=known)
    except TierlineError as error:
        return dg.SkipReason(str(error))
    for line in list(lines(found))[:LOGGED]:
        context.log.warning(line)
    if found.waiting:
        context.log.info(f"{found.waiting:,} more files are next")
    cursor = str(found.number)
    if not found.shards:
        context.update_cursor(cursor)
        return dg.SkipReason(f"{inbox.root}: {summary(found)}")
    registry = CrawlRegistry(lake)
    requests = [dg.RunRequest(run_key=f"{shard}:{registry.change(shard)}", partition_key=shard) for shard in found.shards]
    added = crawl_shards.build_add_request(list(found.shards))
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=[added], cursor=cursor)


def lines(found: Arrivals) -> Iterator[str]:
    """What a person should know of single files, a line each."""
    for address, why in found.ignored.items():
        yield f"{one_line(address, WIDTH)} is not read: {one_line(why, WIDTH)}"
    for old, new in found.moved.items():
        yield f"{one_line(old, WIDTH)} is called {one_line(new, WIDTH)} now"
    for address in found.missing:
        yield f"{one_line(address, WIDTH)} is gone; its rows stay until `tierline forget` withdraws them or it is put back"
    for address in found.forgotten:
        yield f"{one_line(address, WIDTH)} is gone and forgotten: its rows are withdrawn"


def summary(found: Arrivals) -> str:
    """The same in one line."""
    parts = [f"waiting for {_names(list(found.growing))} to be written"] if found.growing else []
    parts += [f"{found.waiting:,} more files are next"] if found.waiting else []
    told = list(lines(found))
    return "; ".join([*(parts or ["nothing new"]), *told[:NAMED]]) + (
        f"; and {len(told) - NAMED:,} more files, see `tierline files`" if len(told) > NAMED else ""
    )


def _names(addresses: list[str]) -> str:
    shown = ", ".join(one_line(address, WIDTH) for address in addresses[:NAMED])
    return shown + (f" and {len(addresses) - NAMED:,} more" if len(addresses) > NAMED else "")
