"""A recipe value, bundled file, code version, model, input or waiver changes: the shards that rest on it are brought up to date."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

import dagster as dg

from resources import AnchorFiles, BenchmarkFiles, FeedbackFiles, KnowledgeBases, LanguageModels, RecipeFile, TierStorage, configuration_of
from tier_assets.jobs import job_of, measure_scorers, run_shard
from tier_assets.partitions import crawl_shards
from tier_assets.run_states import SHARD_TAG, UNFINISHED
from tier_assets.specs import asset_name
from tierline.errors import TierlineError
from tierline.freshness import Configuration, Run, next_wave, survey
from tierline.lake import Lake
from tierline.lake.locks import is_ingest_running
from tierline.stages import SHARED, STAGES, WHOLE_LAKE
from tierline.tables import content_id

INTERVAL_SECONDS = 60
RUNS_PER_TICK = 8  # further runs are requested once these have ended
ATTEMPTS = 2  # a run that died is requested once more; after that a person has to look
REMEMBERED = 10_000  # changes, the newest
STARTED_BY = {"tierline/started_by": "configuration_change"}
PATIENCE = timedelta(hours=1)  # until a model whose answers could not be used is asked again: its server has been mended, or not
CLIMBING = [stage for stage in STAGES if stage.per_shard or stage.name in SHARED]


@dataclass(slots=True)
class Memory:
    """The cursor: how often each change was answered by a run."""

    asked: dict[str, int] = field(default_factory=dict[str, int])
    settled: str = ""  # names the records and the configuration of the last tick that found nothing to ask for

    def may_ask(self, fingerprint: str) -> bool:
        """Whether the change has attempts left."""
        return self.asked.get(fingerprint, 0) < ATTEMPTS

    def ask(self, key: str) -> str:
        """Count an attempt; returns its run key, so that a change is processed once, and once more only where its run died."""
        self.asked[key] = self.asked.get(key, 0) + 1
        return f"{key}:{self.asked[key]}"


@dg.sensor(
    jobs=[run_shard, measure_scorers],
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def configuration_change(
    context: dg.SensorEvaluationContext,
    storage: TierStorage,
    recipe: RecipeFile,
    language_models: LanguageModels,
    perplexity_model: LanguageModels,
    anchors: AnchorFiles,
    benchmarks: BenchmarkFiles,
    knowledge: KnowledgeBases,
    feedback: FeedbackFiles,
) -> dg.SensorResult | dg.SkipReason:
    """Compares what activities recorded with what would be recorded now, and requests runs of the stages that differ."""
    memory = _remembered(context.cursor)
    running = context.instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    if own := [run for run in running if STARTED_BY.items() <= run.tags.items()]:
        return dg.SkipReason(f"waiting for {len(own)} runs that were asked for")
    busy = {run.tags[SHARD_TAG] for run in running if SHARD_TAG in run.tags}
    try:
        lake = storage.open()
        configuration = configuration_of(recipe, language_models, perplexity_model, anchors, benchmarks, knowledge, feedback)
        if is_ingest_running(lake):
            return dg.SkipReason("an ingest is bringing this lake up to date: what it leaves is asked for when it has ended")
        recorded = [str(number) for number in lake.recorded()]
        now = content_id("tick", configuration.fingerprint(lake), recorded, datetime.now(UTC).strftime("%Y-%m-%dT%H"))
        requests = [] if memory.settled == now else next_requests(lake, configuration, memory, busy)
    except TierlineError as error:
        return dg.SkipReason(str(error))
    memory.settled = "" if requests or busy else now
    cursor = json.dumps(asdict(memory))
    if not requests:
        context.update_cursor(cursor)
        return dg.SkipReason("nothing to ask for: everything that can run follows from what is configured")
    shards = [request.partition_key for request in requests if request.partition_key]
    added = [crawl_shards.build_add_request(shards)] if shards else []  # a shard may be registered whose first run is still to start
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=added, cursor=cursor)


def next_requests(lake: Lake, configuration: Configuration, memory: Memory, busy: set[str]) -> list[dg.RunRequest]:
    """The next wave, without shards that have a run in progress. Facts and mixes follow by the sensor `promotion_change`."""
    out_of_date = survey(lake, configuration, CLIMBING, asked_before=datetime.now(UTC) - PATIENCE)
    wave = next_wave(out_of_date, lambda run: memory.may_ask(run.key))
    memory.asked = dict(list(memory.asked.items())[-REMEMBERED:])
    return [_request(run, memory) for run in wave if run.shard not in busy][:RUNS_PER_TICK]


def _remembered(cursor: str | None) -> Memory:
    """What an earlier version noted beside it is left out."""
    noted = json.loads(cursor or "{}")
    return Memory(**{name: noted[name] for name in ("asked", "settled") if name in noted})


def _request(run: Run, memory: Memory) -> dg.RunRequest:
    selection = [dg.AssetKey(asset_name(stage)) for stage in run.stages]
    return dg.RunRequest(
        job_name=job_of(run.stages).name,
        run_key=memory.ask(run.key),
        asset_selection=selection,
        partition_key=None if run.shard == WHOLE_LAKE else run.shard,
        tags=STARTED_BY | {"tierline/why": run.why[:250]},
    )
