"""Removes what Dagster keeps of ended runs without end: runs with their events, and what their steps have printed."""

from datetime import datetime
from pathlib import Path

import dagster as dg
import sqlalchemy as db
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as Checks
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as Events

from tier_assets.run_states import ENDED

AT_ONCE = 500  # runs in one question to the database
SHOWN = (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION, dg.DagsterEventType.ASSET_FAILED_TO_MATERIALIZE)


def remove_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete every run that ended before, with its events and logs; how many went.

    What the newest event or check of an asset's partition came from stays: it is what the UI shows as the asset's state, and what
    conditions of automation look at. Assets, partitions, cursors and the lake stay as they are.
    """
    storage = events_of(instance)
    current = _current_runs(storage)
    runs = [run for run in _ended(instance, before) if run not in current]
    for run in runs:
        instance.compute_log_manager.delete_logs(prefix=[run])
        instance.delete_run(run)
        _remove_file(storage, run)
    with storage.index_connection() as connection:
        for start in range(0, len(runs), AT_ONCE):
            connection.execute(Checks.delete().where(Checks.c.run_id.in_(runs[start : start + AT_ONCE])))
    return len(runs)


def remove_logs(instance: dg.DagsterInstance, before: datetime) -> None:
    """Delete what the steps of runs that ended before have printed."""
    for run in _ended(instance, before):
        instance.compute_log_manager.delete_logs(prefix=[run])


def events_of(instance: dg.DagsterInstance) -> SqlEventLogStorage:
    """The database of events, SQLite's or Postgres's."""
    storage = instance.event_log_storage
    inner = getattr(storage, "event_log_storage", storage)
    assert isinstance(inner, SqlEventLogStorage), "Dagster's storage is a database"
    return inner


def _ended(instance: dg.DagsterInstance, before: datetime) -> list[str]:
    return list(instance.get_run_ids(dg.RunsFilter(statuses=list(ENDED), updated_before=before)))


def _current_runs(storage: SqlEventLogStorage) -> set[str]:
    """Runs of the newest event of each kind, and of the newest check, of each partition of each asset."""
    kinds = [kind.value for kind in SHOWN]
    newest = db.select(db.func.max(Events.c.id)).where(Events.c.dagster_event_type.in_(kinds))
    newest = newest.group_by(Events.c.asset_key, Events.c.partition, Events.c.dagster_event_type)
    judged = db.select(db.func.max(Checks.c.id)).group_by(Checks.c.asset_key, Checks.c.check_name, Checks.c.partition)
    with storage.index_connection() as connection:
        events = connection.execute(db.select(Events.c.run_id).where(Events.c.id.in_(newest)).distinct())
        checks = connection.execute(db.select(Checks.c.run_id).where(Checks.c.id.in_(judged)).distinct())
        return {run for (run,) in (*events, *checks)}


def _remove_file(storage: SqlEventLogStorage, run: str) -> None:
    """SQLite has a file for the events of each run, which deleting them leaves empty."""
    if isinstance(storage, SqliteEventLogStorage):
        for end in ("", "-wal", "-shm"):
            Path(f"{storage.path_for_shard(run)}{end}").unlink(missing_ok=True)
