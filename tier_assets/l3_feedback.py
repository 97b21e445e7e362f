"""L3: what people said of a model's answers."""

import json
from functools import partial

import dagster as dg

from resources import BenchmarkFiles, FeedbackFiles, RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.checking import verdicts_of_facts
from tierline.feedback import FeedbackRules, refine_feedback
from tierline.filters.decontaminate import DecontaminationRules, leaking
from tierline.lake import WHOLE_LAKE, Activity, StageResult
from tierline.lake.reviews import settlements


@stage_asset("l3_feedback", kinds={"python"})
def l3_feedback(storage: TierStorage, recipe: RecipeFile, feedback: FeedbackFiles, benchmarks: BenchmarkFiles) -> dg.MaterializeResult:
    """What people corrected or rated highly in the answers of a model, with consent, without personal data; no fact refutes it."""
    lake, loaded = storage.open(), recipe.load()
    rules, contamination = loaded.rules(FeedbackRules), loaded.rules(DecontaminationRules)
    facts = [one for table in ("l4_facts", "l4_sources") for one in lake.promoted(table)]
    last = lake.activity("l3_feedback", WHOLE_LAKE)
    questions = benchmarks.inputs(json.loads(last["inputs"]) if last else None)
    reviews = settlements(lake, "l3_feedback", WHOLE_LAKE)
    files = feedback.inputs() | questions | reviews.inputs(WHOLE_LAKE)
    activity = Activity.of(
        "l3_feedback", WHOLE_LAKE, (rules, contamination), {f"{one.table}/{one.shard}": one.digest for one in facts} | files
    )

    def compute() -> StageResult:
        benchmarks.refuse_forgotten(questions)
        leaks = partial(leaking, index=benchmarks.index(contamination), rules=contamination)
        return refine_feedback(feedback.find(), rules, verdicts_of_facts(lake, facts), leaks, reviews)

    return run_stage(lake, activity, compute)


l3_feedback_gate = promotion_gate(l3_feedback)
