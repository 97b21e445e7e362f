"""Registers crawl files as shards and materializes every tier for them: what `make ingest` runs."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.compute as pc
from filelock import FileLock, Timeout

from resources import TierStorage, configuration_in, configured_resources
from tier_assets.instance import STATE_TAG, open_instance, state_name
from tier_assets.interruption import STOPPED, Interrupted, Interruption, close_run
from tier_assets.jobs import build_shared, job_of, run_shard
from tier_assets.outcomes import Outcome, Outcomes
from tier_assets.partitions import crawl_shards
from tier_assets.run_errors import system_error
from tier_assets.run_origin import list_in_ui, origin_tags
from tier_assets.run_states import OPEN
from tier_assets.specs import asset_name
from tier_assets.step_bar import StepBar, StepTimes, watched_run
from tierline.config.recipe import build
from tierline.crawl import CrawlRegistry, PackRules, find_crawl
from tierline.crawl.address import address_of
from tierline.crawl.fates import note_current
from tierline.dedup import DedupRules, unreconciled
from tierline.display import one_line, printable
from tierline.errors import BadInput, LakeUnavailable, TierlineError
from tierline.freshness import Configuration, Run, next_wave, survey
from tierline.freshness.waves import SHARED
from tierline.lake import Lake
from tierline.lake.locks import only_ingest
from tierline.lake.publish import publish_all
from tierline.lake.records import keep_newest
from tierline.logs import configure, in_json
from tierline.precompile import precompile
from tierline.stages import BY_NAME, STAGES, WHOLE_LAKE, downstream
from tierline.tables.records import CALLS, CALLS_TABLE

INGEST_TAG = {"tierline/started_by": "ingest"}
SHARED_NAMES = {"build_shared": "facts and mixes", "measure_scorers": "scorers"}  # of jobs over the whole lake, to people
RUNS_OF_A_STAGE = 4  # of one shard in one ingest: what is out of date after that does not settle by itself
NAMED_FILES, NAME_WIDTH = 100, 400  # files that are not read, and characters of what is said of one
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def ingest(pattern: str, shard_bytes: int | None = None) -> list[Outcome]:
    """Bring every crawl file that `pattern` names through the tiers, shard by shard, then rebuild facts and mixes.

    Finished work is kept; only what a changed file, recipe, model or code version affects reruns, and an interrupted run continues.
    Raises BadInput if there is nothing to read, LakeUnavailable if the lake cannot be written.
    """
    files, ignored = find_crawl(pattern)
    for address, why in list(ignored.items())[:NAMED_FILES]:
        print(f"{one_line(address, NAME_WIDTH)} is not read: {one_line(why, NAME_WIDTH)}", file=sys.stderr)
    if len(ignored) > NAMED_FILES:
        print(f"and {len(ignored) - NAMED_FILES:,} more files are not read", file=sys.stderr)
    return ingest_files(files, shard_bytes, revive=files == [address_of(pattern)])


def refresh() -> list[Outcome]:
    """Bring every registered shard up to date with the recipe, code, files and models; touch nothing that is up to date."""
    return ingest_files([])


def write_again(shard: str) -> list[Outcome]:
    """Write every stage of a shard (`all`: of the whole lake) again although the lake holds it, then what changed after it: for files
    that were damaged. Equal inputs give equal rows, and model answers are not asked for again. BadInput if there is no such shard."""
    return ingest_files([], again=shard)


def ingest_files(files: list[str], shard_bytes: int | None = None, revive: bool = False, again: str | None = None) -> list[Outcome]:
    """As `ingest`, for crawl files that were found already; without any, bring registered shards up to date.

    `revive`: also take files that were forgotten and have not changed since. `again`: first write this shard again.
    """
    resources = configured_resources()
    lake, configuration = resources["storage"].open(), configuration_in(resources)
    rules = configuration.recipe.rules(PackRules)
    if shard_bytes is not None:
        rules = build(PackRules, {"shard_bytes": shard_bytes}, "--shard-bytes")
    with only_ingest(lake), Interruption() as interruption, _instance() as instance, only_ingest_of(instance):
        interruption.cut_off = lambda: _close_open_runs(instance, STOPPED)
        precompile()
        with StepBar(StepTimes(lake.readable()), *_steps()) as bar:
            for name, stage, shard in keep_newest(lake.delta):
                print(f"{stage}/{shard}: two of its {name} were current; the newer one stays", file=sys.stderr)
            unread = _take_in(lake, files, rules, revive) if files else []
            todo = _Refresh(lake, configuration, instance, bar, interruption)
            if again is not None:
                todo.write_again(again)
            outcomes = [*unread, *todo.bring_up_to_date()]
            publish_all(lake)
            return outcomes


def _take_in(lake: Lake, files: list[str], rules: PackRules, revive: bool) -> list[Outcome]:
    """Register the files; the outcomes of those that cannot be read, which stop no other."""
    intake = CrawlRegistry(lake).take_in(files, rules, revive=revive)
    for address in intake.forgotten:
        print(f"{printable(address)} stays forgotten: name the file itself to take it again", file=sys.stderr)
    return [Outcome(address, failed=f"{why}; check the file and its permissions") for address, why in intake.refused.items()]


def _instance() -> dg.DagsterInstance:
    """Dagster's, but what steps print goes to the terminal: a copy takes four processes a step, which print tracebacks on a Ctrl-C."""
    printed = {"compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}}
    return open_instance(printed)


def _resolved(job: dg.JobDefinition) -> dg.JobDefinition:
    from definitions import defs  # here, so that a variable that cannot be meant is one line of main's

    return defs.resolve_job_def(job.name)


def _steps() -> tuple[list[str], list[str]]:
    per_shard, shared = (list(_resolved(job).graph.node_dict) for job in (run_shard, build_shared))
    return per_shard, shared


class _Refresh:
    """Runs wave after wave until nothing that can run is out of date."""

    def __init__(
        self, lake: Lake, configuration: Configuration, instance: dg.DagsterInstance, bar: StepBar, interruption: Interruption
    ) -> None:
        self._lake, self._configuration, self._instance, self._bar = lake, configuration, instance, bar
        self._interruption = interruption
        self._began = datetime.now(UTC)
        self._tried: Counter[tuple[str, str]] = Counter()
        self._answered: set[str] = set()
        self._outcomes = Outcomes()
        self._unbuilt = False
        self._again = ""

    def bring_up_to_date(self) -> list[Outcome]:
        """The outcome of every shard that ran, in the order in which they first ran, then that of what combines all shards."""
        while wave := self._wave():
            for number, run in enumerate(wave, 1):
                self._tried[run.shard, run.stages[0]] += 1
                self._answered.add(run.key)
                self._run(run.shard, run.stages, number, len(wave))
        if self._unbuilt:
            self._build()
        return self._outcomes.all(last=tuple(reversed(SHARED_NAMES.values())))

    def write_again(self, shard: str) -> None:
        """Every stage of the shard, whatever the lake holds."""
        if shard not in (WHOLE_LAKE, *CrawlRegistry(self._lake).shards()):
            raise BadInput("no such shard", shard or "''", "`tierline shards` lists them")
        self._again = shard
        if shard == WHOLE_LAKE:
            self._run(shard, SHARED)
            self._build()
        else:
            self._run(shard, [stage.name for stage in STAGES if stage.per_shard])
        self._again = ""

    def _wave(self) -> list[Run]:
        """What is out of date; where nothing is, one shard whose duplicates were resolved before an earlier shard changed."""
        stale = survey(self._lake, self._configuration, asked_before=self._began)
        note_current(self._lake, {(one.stage.name, one.shard) for one in stale})
        wave = next_wave(stale, self._may_run)
        return wave or [run for run in self._unreconciled() if self._may_run(run)][:1]

    def _may_run(self, run: Run) -> bool:
        """Each change is answered once, and no stage of a shard runs without end."""
        return run.key not in self._answered and self._tried[run.shard, run.stages[0]] < RUNS_OF_A_STAGE

    def _unreconciled(self) -> list[Run]:
        shards = unreconciled(self._lake.readable(), CrawlRegistry(self._lake).shards(), self._configuration.recipe.rules(DedupRules))
        stages = ("l1_filtered", *(name for name in downstream("l1_filtered") if BY_NAME[name].per_shard))
        return [Run(shard, stages, "an earlier shard has changed", f"reconcile:{shard}") for shard in shards]

    def _run(self, shard: str, stages: Sequence[str], number: int = 1, wave: int = 1) -> None:
        """One run: the `number`th of its wave."""
        job = job_of(stages)
        if job is build_shared:
            self._build()
            return
        assets = {asset_name(stage) for stage in stages}
        self._bar.begin_shard(SHARED_NAMES.get(job.name, shard), number, wave, assets)
        self._unbuilt = True
        if shard != WHOLE_LAKE:
            self._instance.add_dynamic_partitions(crawl_shards.name, [shard])
        self._execute(job, shard, {dg.AssetKey(asset) for asset in assets})

    def _build(self) -> None:
        """Facts, mixes and reports; a stage whose inputs are equal keeps its rows."""
        self._unbuilt = False
        self._bar.begin_shared()
        self._execute(build_shared, WHOLE_LAKE, None)

    def _execute(self, job: dg.JobDefinition, shard: str, selection: set[dg.AssetKey] | None) -> None:
        self._refuse_gone()  # else what needs no input would begin a new lake in its place
        began = datetime.now(UTC)
        whole, run_id = _resolved(job), watched_run(self._instance, self._bar)
        list_in_ui(self._instance, run_id)
        self._interruption.cancel_with(self._instance, run_id)
        result = (whole.get_subset(asset_selection=selection) if selection else whole).execute_in_process(
            run_config={} if in_json() else QUIET,
            instance=self._instance,
            partition_key=None if shard == WHOLE_LAKE else shard,
            raise_on_error=False,
            tags=INGEST_TAG | {STATE_TAG: state_name()} | origin_tags(),
            resources=self._resources(),
            run_id=run_id,
        )
        if self._interruption.number:
            _close_open_runs(self._instance, STOPPED)
            self._interruption.check()
        self._refuse_gone()
        self._bar.finish()
        self._tell_unanswered(shard, began)
        self._outcomes.add(SHARED_NAMES.get(job.name, shard), result)

    def _tell_unanswered(self, shard: str, since: datetime) -> None:
        calls = self._lake.delta.read(CALLS_TABLE, CALLS, {"shard": shard}, ["state", "called_at"])
        if failed := calls.filter((pc.field("state") == "error") & (pc.field("called_at") >= since)).num_rows:
            do = f"if that is the model server's fault, mend it, then `make ingest AGAIN={shard}`"
            print(f"{shard}: {failed} answers of the model could not be used, and nothing stands on them; {do}", file=sys.stderr)

    def _refuse_gone(self) -> None:
        if not CrawlRegistry(self._lake).exists():  # what a run wrote in its place has no files registered
            raise LakeUnavailable("is gone; it was here when this ingest began", self._lake.root, "bring its disk back, then run again")

    def _resources(self) -> dict[str, Any]:
        resources = configured_resources()
        storage: TierStorage = resources["storage"]
        # A copy would not do: Dagster makes the resource of a run from what the constructor was given.
        again = TierStorage(root=storage.root, storage_options=storage.storage_options, again=self._again)
        return resources | {"storage": again}


@contextmanager
def only_ingest_of(instance: dg.DagsterInstance) -> Iterator[None]:
    """Hold the ingest lock. A run that an earlier ingest left unfinished is dead then: close it and free its pool slots."""
    lock = FileLock(Path(instance.storage_directory()).parent / "ingest.lock")
    try:
        with lock.acquire(timeout=0):
            for run in _open_runs(instance):
                instance.report_run_failed(run, "its process ended before the run did")
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            yield
    except Timeout:
        raise BadInput("another ingest is running on this instance", lock.lock_file, "wait for it or end it") from None


def _close_open_runs(instance: dg.DagsterInstance, why: str) -> None:
    """Whoever calls this holds the ingest lock, and executes none of them any more."""
    for run in _open_runs(instance):
        close_run(instance, run, why)


def _open_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Those of any ingest of this state folder. One on another machine that shares the database goes on."""
    own = state_name()
    runs = instance.get_runs(dg.RunsFilter(tags=INGEST_TAG, statuses=OPEN))
    return [run for run in runs if run.tags.get(STATE_TAG, own) == own]


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: every shard was promoted or quarantined; 1: a run failed; 2: bad input; 128 + n: stopped by signal n."""
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("crawl", nargs="?", help="a crawl file, a folder, a glob (** crosses folders) or a URL; none: bring up to date")
    parser.add_argument("--again", metavar="SHARD", help="write every stage of this shard again, though its rows are in the lake")
    parser.add_argument("--shard-bytes", type=int, help="pack small files up to this size, instead of the recipe's")
    options = parser.parse_args(arguments)
    try:
        configure("ingest")
        if options.again is not None and options.crawl is not None:
            raise BadInput("a crawl and --again are given", options.again, "give one of them")
        if options.again is not None:
            outcomes = write_again(options.again)
        else:
            outcomes = refresh() if options.crawl is None else ingest(options.crawl, options.shard_bytes)
    except TierlineError as error:
        print(f"ingest: {printable(str(error))}", file=sys.stderr)
        return 2
    except Exception as error:
        if not (told := system_error(error)):
            raise
        print(f"ingest: {printable(told)}", file=sys.stderr)
        return 2
    except Interrupted as stop:
        stop.end()
    for outcome in outcomes:
        print(outcome)
    if not outcomes:
        print("Everything is up to date.")
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
