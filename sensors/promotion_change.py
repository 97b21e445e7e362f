"""The promoted rows of shards have changed, and no shard is under way: facts, mixes and reports are built from them, once for all."""

import json
import time
from dataclasses import asdict, dataclass

import dagster as dg

from resources import AnchorFiles, BenchmarkFiles, FeedbackFiles, KnowledgeBases, LanguageModels, RecipeFile, TierStorage, configuration_of
from tier_assets.jobs import build_shared, measure_scorers, run_shard
from tier_assets.run_states import UNFINISHED
from tierline.errors import TierlineError
from tierline.freshness import Configuration, survey
from tierline.lake import Lake
from tierline.lake.reviews import settlements
from tierline.stages import SHARED, STAGES, WHOLE_LAKE, stage_of
from tierline.tables import content_id

LOOK_SECONDS = 30
ATTEMPTS = 2  # a build that died is asked for once more; after that a person has to look
LONGEST_WAIT = 3600  # seconds: where crawls arrive without end, what is promoted by then is built from
CLIMBING = (run_shard.name, measure_scorers.name)
BUILT = [stage for stage in STAGES if not stage.per_shard and stage.name not in SHARED]


@dataclass(slots=True)
class Memory:
    """The cursor: the state that was built from last, how often a build of it was asked for, and since when another one waits."""

    built: str = ""
    since: float = 0.0
    asked: int = 0

    def may_ask(self, now: str) -> bool:
        """Whether the state is another one, or its build has attempts left."""
        return now != self.built or 0 < self.asked < ATTEMPTS


@dg.sensor(job=build_shared, minimum_interval_seconds=LOOK_SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
def promotion_change(
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
    """Requests one build for a wave of shards, after its last run; a shard that was refused changes nothing and asks for none."""
    memory = Memory(**json.loads(context.cursor or "{}"))
    try:
        lake = storage.open()
        configuration = configuration_of(recipe, language_models, perplexity_model, anchors, benchmarks, knowledge, feedback)
        now = promoted_state(lake, configuration)
        changed = now and memory.may_ask(now) and any(not one.waits_for for one in survey(lake, configuration, BUILT))
    except TierlineError as error:
        return dg.SkipReason(str(error))
    if not changed:
        context.update_cursor(json.dumps(asdict(memory if now == memory.built else Memory(now))))
        return dg.SkipReason("facts and mixes follow from what is promoted")
    memory.since = memory.since or time.time()
    if under_way := _under_way(context.instance, time.time() - memory.since > LONGEST_WAIT):
        context.update_cursor(json.dumps(asdict(memory)))
        return dg.SkipReason(f"promoted rows have changed; waiting for {under_way} runs to end")
    asked = memory.asked + 1 if now == memory.built else 1
    key = f"build:{now}:{'-'.join(map(str, lake.recorded()))}:{asked}"  # a state can come back; the lake's records only grow
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)], cursor=json.dumps(asdict(Memory(now, asked=asked))))


def promoted_state(lake: Lake, configuration: Configuration) -> str:
    """Names everything that facts and mixes follow from: the promoted rows of shards, their own code, recipes, bounds, waivers, reviews.
    Empty while nothing is promoted."""
    tables = dict.fromkeys(table for stage in BUILT for table in stage.reads if stage_of(table).per_shard)
    tables |= dict.fromkeys(stage.name for stage in BUILT if stage.external)  # and what came from files
    rows = [f"{one.table}/{one.shard} {one.digest}" for table in tables for one in lake.promoted(table)]
    own = [f"{configuration.identity(stage)} {configuration.suite(stage)}" for stage in BUILT]
    waived = [f"{row['created_at']} {row['until'] >= lake.today()}" for stage in BUILT for row in lake.waiver_rows(stage.name)]
    reviewed = [settlements(lake, stage.name, WHOLE_LAKE).digest for stage in BUILT]
    return content_id("promoted", rows, own, waived, reviewed) if rows or lake.activity_rows(BUILT[0].name) else ""


def _under_way(instance: dg.DagsterInstance, waited_enough: bool) -> int:
    """The runs to wait for: a build always, and those that can still promote rows."""
    names = (build_shared.name,) if waited_enough else (build_shared.name, *CLIMBING)
    return sum(instance.get_runs_count(dg.RunsFilter(job_name=name, statuses=UNFINISHED)) for name in names)
