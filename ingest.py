"""Registers crawl files as shards and materializes every tier for them: what `make ingest` runs."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg
from dagster_shared.error import SerializableErrorInfo
from filelock import FileLock, Timeout

from definitions import defs
from resources import BenchmarkFiles, RecipeFile, TierStorage, configured_resources
from tier_assets.partitions import crawl_shards
from tier_assets.progress import unfinished
from tier_assets.step_bar import StepBar, StepTimes, watched_run
from tierline.crawl import CrawlRegistry, PackRules, find_crawl_files
from tierline.dedup import DedupRules, unreconciled
from tierline.errors import BadInput, TierlineError
from tierline.lake import Lake
from tierline.precompile import precompile

INGEST_TAG = {"tierline/started_by": "ingest"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended: promoted through every tier, quarantined by a gate (with the reasons), or failed (with the error)."""

    shard: str
    quarantined: tuple[str, ...] = ()
    failed: str = ""

    def __str__(self) -> str:
        return f"{self.shard}: " + (self.failed or "; ".join(self.quarantined) or "promoted")


def ingest(pattern: str, shard_bytes: int | None = None) -> list[Outcome]:
    """Bring every crawl file that `pattern` names through the tiers, shard by shard, then rebuild facts and mixes.

    Shards that are finished are left alone; a changed file or an interrupted run is taken up again. Raises BadInput where
    there is nothing to read, LakeUnavailable where the lake cannot be written.
    """
    return ingest_files(find_crawl_files(pattern), shard_bytes)


def ingest_files(files: list[str], shard_bytes: int | None = None) -> list[Outcome]:
    """As `ingest`, of crawl files that were found already."""
    resources = configured_resources()
    storage, recipe, benchmarks = resources["storage"], resources["recipe"], resources["benchmarks"]
    assert isinstance(storage, TierStorage) and isinstance(recipe, RecipeFile) and isinstance(benchmarks, BenchmarkFiles)
    lake, rules = storage.open(), recipe.load().rules(PackRules)
    registry, looked_for = CrawlRegistry(lake), benchmarks.inputs()
    precompile()
    changed = registry.register(files, replace(rules, shard_bytes=shard_bytes) if shard_bytes else rules)
    shards = [shard for shard in registry.shards() if shard in changed or unfinished(lake, registry, shard, looked_for)]
    with dg.DagsterInstance.get() as instance, only_ingest(instance):
        instance.add_dynamic_partitions(crawl_shards.name, shards)
        outcomes = run_shards(instance, shards)
        return outcomes + settle(instance, lake, registry, recipe.load().rules(DedupRules))


def settle(instance: dg.DagsterInstance, lake: Lake, registry: CrawlRegistry, rules: DedupRules) -> list[Outcome]:
    """Run again, in order of registration, the shards that were resolved before an earlier one was promoted or changed.

    Each is run once: what it settles against are shards before it, which its own run cannot change.
    """
    outcomes: list[Outcome] = []
    tried: set[str] = set()
    while again := [shard for shard in unreconciled(lake, registry.shards(), rules) if shard not in tried]:
        tried.add(again[0])
        instance.add_dynamic_partitions(crawl_shards.name, again[:1])
        outcomes += run_shards(instance, again[:1])
    return outcomes


def run_shards(instance: dg.DagsterInstance, shards: list[str]) -> list[Outcome]:
    """One run a shard, in registration order, then one run of what combines all shards; a bar shows the step and the time behind."""
    climb, combine = defs.resolve_job_def("run_shard"), defs.resolve_job_def("build_shared")
    storage = configured_resources()["storage"]
    assert isinstance(storage, TierStorage)
    outcomes: list[Outcome] = []
    with StepBar(StepTimes(storage.open()), list(climb.graph.node_dict), list(combine.graph.node_dict)) as bar:
        for number, shard in enumerate(shards, 1):
            bar.begin_shard(number, len(shards))
            outcomes.append(_run(climb, instance, shard, bar))
        bar.begin_shared()
        outcomes.append(_run(combine, instance, None, bar))
    return outcomes


def _run(job: dg.JobDefinition, instance: dg.DagsterInstance, shard: str | None, bar: StepBar) -> Outcome:
    result = job.execute_in_process(
        run_config=QUIET,
        instance=instance,
        partition_key=shard,
        raise_on_error=False,
        tags=INGEST_TAG,
        resources=configured_resources(),
        run_id=watched_run(instance, bar),
    )
    bar.finish()
    name = shard or "facts and mixes"
    if result.success:
        return Outcome(name)
    refused = tuple(
        f"{evaluation.asset_key.path[-1]} {evaluation.description}"
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed
    )
    if refused:
        return Outcome(name, quarantined=refused)
    errors = [event.event_specific_data.error for event in result.all_events if event.is_step_failure]
    return Outcome(name, failed=_root_cause(errors[0]) if errors else "the run failed; see it in the UI")


def _root_cause(error: SerializableErrorInfo) -> str:
    while error.cause:
        error = error.cause
    return " ".join(error.message.split())


@contextmanager
def only_ingest(instance: dg.DagsterInstance) -> Iterator[None]:
    """Hold the ingest lock. A run that an earlier ingest left unfinished is dead then: close it and free its pool slots."""
    lock = FileLock(Path(instance.storage_directory()).parent / "ingest.lock")
    try:
        with lock.acquire(timeout=0):
            dead = instance.get_runs(dg.RunsFilter(tags=INGEST_TAG, statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]))
            for run in dead:
                instance.report_run_failed(run, "its process ended before the run did")
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            yield
    except Timeout:
        raise BadInput("another ingest is running on this instance", lock.lock_file, "wait for it or end it") from None


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: every shard was promoted or quarantined; 1: a run failed; 2: bad input."""
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("crawl", help="a crawl file, a folder, a glob (** crosses folders) or a URL")
    parser.add_argument("--shard-bytes", type=int, help="pack small files up to this size, instead of the recipe's")
    options = parser.parse_args(arguments)
    try:
        outcomes = ingest(options.crawl, options.shard_bytes)
    except TierlineError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 2
    for outcome in outcomes:
        print(outcome)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
