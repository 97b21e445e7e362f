"""What a stage's asset does in every case: keep rows that stand, else compute, commit and describe them."""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
from dagster._core.execution.context.compute import current_execution_context

from tier_assets.metadata import materialize, unchanged
from tierline.compute.finished import forget_batches
from tierline.crawl.fates import note_failure, note_success
from tierline.lake import Activity, Lake, StageResult
from tierline.lake.locks import only_run
from tierline.logs import about
from tierline.stages import BY_NAME


def run_stage(
    lake: Lake,
    activity: Activity,
    compute: Callable[[], StageResult],
    describe: Callable[[StageResult], Mapping[str, Any]] = lambda _: {},
) -> dg.MaterializeResult:
    """Keep the rows in the lake if this very activity wrote them: the same code, rules, files, model and inputs give the same rows,
    unless the model gave no answers.

    One run at a time: a second one waits for what the first one writes.

    `describe` adds metadata of the result.
    """
    this = about(run_id=_run_id(), shard=activity.shard, stage=activity.stage)
    with this, only_run(lake, activity.stage, activity.shard, dg.get_dagster_logger().info):
        if lake.holds(activity) and not _may_be_answered_better(lake, activity):
            note_success(lake, activity)
            return unchanged(lake, activity.stage, activity.shard)
        try:
            result = compute()
            found = materialize(lake, activity, result, **describe(result))
        except Exception as error:
            note_failure(lake, activity, error)  # for those who look at the lake and not at the run
            raise
        forget_batches(lake.cache_dir, activity.stage, activity.shard)
        note_success(lake, activity)
        return found


def _run_id() -> str:
    """Of the run whose step this is; nothing outside of one."""
    context = current_execution_context.get()
    return context.run.run_id if context else ""


def _may_be_answered_better(lake: Lake, activity: Activity) -> bool:
    """Whether a model gave answers that the gate refused: those that could not be used are asked for again, the others are stored."""
    verdict = lake.verdict(activity.stage, activity.shard) if BY_NAME[activity.stage].model else None
    return verdict is not None and not verdict["passed"]
