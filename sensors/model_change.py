"""A model, prompt, threshold, anchor set or student changes: the shards that rest on it are judged, scored and selected anew."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from resources import AnchorFiles, LanguageModels, RecipeFile, TierStorage
from tier_assets.identities import configured_identities
from tier_assets.jobs import build_shared, measure_scorers, run_shard
from tierline.errors import TierlineError
from tierline.lake import Lake
from tierline.retiering.stale import FEEDS, SHARED, Identity, Stale, stale_stages
from tierline.tables import content_id

LOOK_SECONDS = 60
RUNS_PER_TICK = 8  # what is not asked for now is asked for once these have ended
ATTEMPTS = 2  # a run that died is asked for once more; after that a person has to look
STARTED_BY = {"tierline/started_by": "model_change"}
PARTITION = "dagster/partition"
OWN = [stage for stage in FEEDS if stage not in (*SHARED, "l2_annotations")]  # of each shard, after what all shards share
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in ENDED]


@dataclass(slots=True)
class Memory:
    """The cursor: how often each step was asked for, and whether mixes wait for shards that were."""

    asked: dict[str, int] = field(default_factory=dict[str, int])
    combine: bool = False

    def open(self, found: Iterable[Stale]) -> list[Stale]:
        """Those that may still be asked for."""
        return [stale for stale in found if self.asked.get(stale.want, 0) < ATTEMPTS]

    def ask(self, stale: Stale) -> str:
        """Counts an attempt; returns its run key: a change is processed once, and once more only where its run died."""
        self.asked[stale.want] = self.asked.get(stale.want, 0) + 1
        return f"{stale.want}:{self.asked[stale.want]}"


@dg.sensor(
    jobs=[run_shard, build_shared, measure_scorers],
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def model_change(
    context: dg.SensorEvaluationContext,
    storage: TierStorage,
    recipe: RecipeFile,
    language_models: LanguageModels,
    perplexity_model: LanguageModels,
    anchors: AnchorFiles,
) -> dg.SensorResult | dg.SkipReason:
    """Compares what activities recorded with what is configured, and requests runs of the stages that depend on a difference."""
    memory = Memory(**json.loads(context.cursor or "{}"))
    running = context.instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    if own := [run for run in running if STARTED_BY.items() <= run.tags.items()]:
        return dg.SkipReason(f"waiting for {len(own)} runs that were asked for")
    try:
        configured = configured_identities(recipe, language_models, perplexity_model, anchors)
    except TierlineError as error:
        return dg.SkipReason(str(error))
    busy = {run.tags[PARTITION] for run in running if PARTITION in run.tags}
    requests = next_runs(storage.open(), configured, memory, busy)
    cursor = json.dumps({"asked": memory.asked, "combine": memory.combine})
    if not requests:
        context.update_cursor(cursor)
        return dg.SkipReason("nothing to ask for: all that could be was made by what is configured")
    return dg.SensorResult(run_requests=requests, cursor=cursor)


def next_runs(lake: Lake, configured: Mapping[str, Identity], memory: Memory, busy: set[str]) -> list[dg.RunRequest]:
    """The next wave. Judgments of all shards come first, then what all scores rest on, then each shard's own tiers, then mixes:
    so each shard is scored once, by the new student. Shards with a run under way are left alone."""
    found = {stage: stale_stages(lake, stage, configured[stage]) for stage in FEEDS if stage in configured}
    memory.asked = {stale.want: memory.asked[stale.want] for wave in found.values() for stale in wave if stale.want in memory.asked}
    if judged := memory.open(found.get("l2_annotations", [])):
        return _shard_runs([(stale, ("l2_annotations",)) for stale in judged if stale.shard not in busy], memory)
    if shared := memory.open([stale for stage in SHARED for stale in found.get(stage, [])]):
        chosen = [stage for stage in shared[0].stages if stage in SHARED]
        return [_request(measure_scorers.name, memory.ask(shared[0]), chosen, shared[0].why)]
    first: dict[str, Stale] = {}
    for stale in memory.open([stale for stage in OWN for stale in found.get(stage, [])]):
        first.setdefault(stale.shard, stale)
    if first:
        memory.combine = True
        return _shard_runs([(stale, stale.stages) for shard, stale in sorted(first.items()) if shard not in busy], memory)
    if memory.combine:
        memory.combine = False
        selected = [f"{row['activity_id']} {row['ended_at'].isoformat()}" for row in lake.activities("l2_selected").to_pylist()]
        return [dg.RunRequest(job_name=build_shared.name, run_key=content_id("combine", sorted(selected)), tags=STARTED_BY)]
    return []


def _shard_runs(wave: Sequence[tuple[Stale, Sequence[str]]], memory: Memory) -> list[dg.RunRequest]:
    return [_request(run_shard.name, memory.ask(stale), stages, stale.why, stale.shard) for stale, stages in wave[:RUNS_PER_TICK]]


def _request(job: str, run_key: str, stages: Iterable[str], why: str, shard: str | None = None) -> dg.RunRequest:
    selection = [dg.AssetKey(stage) for stage in stages]
    tags = STARTED_BY | {"tierline/why": why[:250]}
    return dg.RunRequest(job_name=job, run_key=run_key, asset_selection=selection, partition_key=shard, tags=tags)
