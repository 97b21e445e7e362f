"""A run failed. Dagster's own failure sensor is not used: it takes a failure as told even if the message was not delivered."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from sensors.alerts.sensor import Found, Sight, alert_sensor
from tier_assets.run_errors import first_error
from tier_assets.run_states import SHARD_TAG
from tierline.alerts import Alarm

DAYS = 3  # that a failure is looked back at
RUNS = 1_000
TOLD = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]  # a canceled run was ended by a person


def _look(sight: Sight) -> Found:
    """The newest run of each job and shard counts; one that ended well resolves the failure before it."""
    since = datetime.now(UTC) - timedelta(days=DAYS)
    newest: dict[str, dg.DagsterRun] = {}
    for run in sight.instance.get_runs(dg.RunsFilter(statuses=TOLD, updated_after=since), limit=RUNS):
        newest.setdefault(f"{run.job_name} {run.tags.get(SHARD_TAG, '')}".strip(), run)
    failed = {name: run for name, run in newest.items() if run.status == dg.DagsterRunStatus.FAILURE}
    alarms = [Alarm(name, run.run_id, _text(name, run, sight.instance)) for name, run in failed.items()]
    told = frozenset(sight.notes.get("failed", []))
    forgotten = told - set(newest)  # ended too long ago to be seen: nothing says that it is over
    return Found(alarms, forgotten, {"failed": sorted(set(failed) | forgotten)[-RUNS:]})


def _text(name: str, run: dg.DagsterRun, instance: dg.DagsterInstance) -> str:
    return f"{name} failed (run {run.run_id[:8]}): {first_error(instance, run)}"


run_failure_alert = alert_sensor(
    "run_failure_alert",
    "a run failed",
    "Tells of every failed run, and when the same job succeeds for the same shard.",
    _look,
)
