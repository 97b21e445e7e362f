"""The schedules of a service of months: what nothing rests on any more is removed, from the history of runs and from the lake."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.refusal import told
from tier_assets.run_history import remove_logs, remove_runs
from tierline.lake.retention import RetentionRules
from tierline.lake.vacuum import vacuum

DAILY, WEEKLY = "0 3 * * *", "0 4 * * 0"  # at night, UTC


@dg.op
def remove_ended_runs(context: dg.OpExecutionContext, recipe: RecipeFile) -> None:
    """As `retention` of the recipe says; the lake depends on none of it."""
    rules, now = recipe.load().rules(RetentionRules), datetime.now(UTC)
    remove_logs(context.instance, now - timedelta(days=rules.logs_days))
    gone = remove_runs(context.instance, now - timedelta(days=rules.runs_days))
    context.log.info(f"{gone:,} runs removed with their events and logs")


@dg.op
def remove_replaced_files(context: dg.OpExecutionContext, storage: TierStorage, recipe: RecipeFile) -> None:
    """As `tierline vacuum` does, with `retention.replaced_days` of the recipe."""
    lake, days = storage.open(), recipe.load().rules(RetentionRules).replaced_days
    done = told(vacuum)(lake, timedelta(days=days))
    context.log.info(
        f"{len(done.files):,} files removed ({done.bytes / 1e6:.1f} MB); --as-of reaches back to {done.kept_since.isoformat()}"
    )


@dg.job(description="Remove ended runs of long ago with their events and logs, but those that assets show as their newest.")
def clear_history() -> None:
    """One step."""
    remove_ended_runs()


@dg.job(description="Remove files that no record of the lake names any more; --as-of then reaches back `retention.replaced_days`.")
def vacuum_lake() -> None:
    """One step."""
    remove_replaced_files()


RETENTION = (
    dg.ScheduleDefinition(job=clear_history, cron_schedule=DAILY, default_status=dg.DefaultScheduleStatus.RUNNING),
    # Off until somebody switches it on: it shortens the past that `--as-of` can read.
    dg.ScheduleDefinition(job=vacuum_lake, cron_schedule=WEEKLY, default_status=dg.DefaultScheduleStatus.STOPPED),
)
