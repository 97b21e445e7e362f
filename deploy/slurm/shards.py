"""Takes one task's share of a lake's shards up the tiers: `python -m deploy.slurm.shards`, in each task of an array job.

Task i of n has every n-th shard, by SLURM_ARRAY_TASK_ID, SLURM_ARRAY_TASK_MIN and SLURM_ARRAY_TASK_COUNT. `--register CRAWL`, once before
the array, takes crawl files in and runs nothing. What combines all shards is `python -m ingest` after it, which also does what a task
did not end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import dagster as dg

from ingest import QUIET
from resources import configuration_in, configured_resources
from tier_assets.jobs import run_shard
from tier_assets.outcomes import Outcome, Outcomes
from tier_assets.partitions import crawl_shards
from tier_assets.run_errors import system_error
from tier_assets.specs import asset_name
from tierline.config.environment import Environment
from tierline.crawl import CrawlRegistry, PackRules, find_crawl
from tierline.display import printable
from tierline.errors import BadInput, TierlineError
from tierline.lake.locks import only_ingest
from tierline.logs import configure, in_json
from tierline.precompile import precompile
from tierline.stages import STAGES

MOST = 1_000_000  # tasks
PER_SHARD = tuple(stage.name for stage in STAGES if stage.per_shard)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: every shard of this task was promoted or quarantined; 1: a run failed; 2: bad input."""
    parser = argparse.ArgumentParser(prog="deploy.slurm.shards", description=__doc__)
    parser.add_argument("--register", metavar="CRAWL", help="take these files in as shards: a file, folder, glob or address")
    parser.add_argument("--stages", nargs="+", choices=PER_SHARD, default=PER_SHARD, metavar="STAGE", help="only these stages")
    options = parser.parse_args(arguments)
    try:
        configure("shards")
        if options.register is not None:
            return register(options.register)
        outcomes = run_shards(share(registered()), options.stages)
    except TierlineError as error:
        print(f"shards: {printable(str(error))}", file=sys.stderr)
        return 2
    except Exception as error:
        if not (told := system_error(error)):
            raise
        print(f"shards: {printable(told)}", file=sys.stderr)
        return 2
    for outcome in outcomes:
        print(outcome)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def register(pattern: str) -> int:
    """Take the files in and say how many shards there are now."""
    resources = configured_resources()
    lake, files = resources["storage"].open(), find_crawl(pattern)[0]
    with only_ingest(lake):
        intake = CrawlRegistry(lake).take_in(files, configuration_in(resources).recipe.rules(PackRules))
    for address, why in intake.refused.items():
        print(f"shards: {printable(address)} is not read: {printable(why)}", file=sys.stderr)
    print(f"{len(registered())} shards: sbatch --array=0-{max(0, len(registered()) - 1)} for a task each, or fewer tasks")
    return 1 if intake.refused else 0


def registered() -> list[str]:
    """Every shard of the lake."""
    return sorted(CrawlRegistry(configured_resources()["storage"].open()).shards())


def share(shards: Sequence[str], given: Environment | None = None) -> list[str]:
    """Those of this task. BadInput outside of an array job."""
    given = given or Environment()
    if not given.get("SLURM_ARRAY_TASK_ID"):
        raise BadInput("is not set", "SLURM_ARRAY_TASK_ID", "start this in an array job: deploy/slurm/array.sh")
    first, count = _whole(given, "SLURM_ARRAY_TASK_MIN", "0"), _whole(given, "SLURM_ARRAY_TASK_COUNT", "1")
    task = _whole(given, "SLURM_ARRAY_TASK_ID", "0") - first
    if not 0 <= task < count:
        raise BadInput(f"task {task} of {count}", "SLURM_ARRAY_TASK_ID", "give --array a range without steps")
    return list(shards[task::count])


def run_shards(shards: Sequence[str], stages: Sequence[str]) -> list[Outcome]:
    """One run after the other, their history in memory: the lake has all that later runs need."""
    from definitions import defs  # here, so that a variable that cannot be meant is one line of main's

    precompile()
    assets = {dg.AssetKey(asset_name(stage)) for stage in stages}
    job = defs.resolve_job_def(run_shard.name).get_subset(asset_selection=assets)
    outcomes, settings = Outcomes(), dict[str, Any]() if in_json() else QUIET
    with dg.DagsterInstance.ephemeral() as instance:
        for shard in shards:
            instance.add_dynamic_partitions(crawl_shards.name, [shard])
            outcomes.add(shard, job.execute_in_process(settings, instance, shard, raise_on_error=False))
    return outcomes.all()


def _whole(given: Environment, name: str, default: str) -> int:
    value = given.get(name, default).strip()
    if not (value.isascii() and value.isdecimal() and int(value) <= MOST):
        raise BadInput(f"expected a whole number, found {value!r}", name)
    return int(value)


if __name__ == "__main__":
    sys.exit(main())
