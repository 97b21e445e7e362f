"""L1 of a shard waits for L1 of earlier shards that is under way, so that each duplicate is resolved once."""

import time
from collections.abc import Sequence

import dagster as dg

STARTED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
UNDER_WAY = [*STARTED, dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.CANCELING]
PARTITION = "dagster/partition"
STEP, GATE = "l1_filtered", "l1_filtered_promotion_gate"
LOOK_SECONDS = 1.0
WAIT_SECONDS = 3600.0  # a run whose process is gone may be listed as started for ever; what slips through is settled later


def await_earlier(context: dg.AssetExecutionContext, earlier: Sequence[str], limit: float = WAIT_SECONDS) -> None:
    """Return once no started run still owes the verdict on L1 of a shard registered earlier.

    Only started runs are waited for, and only for earlier shards: the earliest one never waits, so somebody always goes on.
    """
    before, deadline = set(earlier), time.monotonic() + limit
    told = False
    while owing := [run for run in _started(context.instance) if run.tags.get(PARTITION) in before and _owes_l1(context.instance, run)]:
        if time.monotonic() > deadline:
            context.log.warning(f"L1 of {owing[0].tags[PARTITION]} is still owed after {limit:.0f} s; going on without it")
            return
        if not told:
            context.log.info(f"waiting for L1 of {', '.join(sorted(run.tags[PARTITION] for run in owing))}")
            told = True
        time.sleep(LOOK_SECONDS)


def _started(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    return instance.get_runs(dg.RunsFilter(statuses=STARTED))


def _owes_l1(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """True where the run has L1 before it. Its gate has ended, or a step on the way failed: it owes nothing any more."""
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id) if run.execution_plan_snapshot_id else None
    if plan is None or STEP not in plan.step_keys_to_execute:
        return False
    last = GATE if GATE in plan.step_keys_to_execute else STEP
    return all(step.step_key != last or step.end_time is None for step in instance.event_log_storage.get_step_stats_for_run(run.run_id))
