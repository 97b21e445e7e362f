"""Lets several runs begin one pool on Postgres: Dagster ends those that come second (dagster-io/dagster#33552)."""

import dagster as dg
from dagster._core.storage.event_log import SqlEventLogStorage
from sqlalchemy.exc import InternalError

_begin = SqlEventLogStorage.initialize_concurrency_limit_to_default


def share_pools() -> None:
    """In this process, let a run have a pool that another one has begun at the same moment, in place of ending it."""
    SqlEventLogStorage.initialize_concurrency_limit_to_default = _begin_or_join


def follow_limit(instance: dg.DagsterInstance) -> None:
    """Give every pool the limit that dagster.yaml has now, but those that a person gave one: where the daemon meets another limit it
    tries this itself, and with Postgres it ends each of its looks at queued runs with Dagster's error and starts none."""
    storage, limit = instance.event_log_storage, instance.global_op_concurrency_default_limit
    for pool in storage.get_pool_limits():
        if pool.from_default and pool.limit != limit:
            storage.delete_concurrency_limit(pool.name)
            storage.initialize_concurrency_limit_to_default(pool.name)


def _begin_or_join(storage: SqlEventLogStorage, concurrency_key: str) -> bool:
    try:
        return _begin(storage, concurrency_key)
    except InternalError:  # it met the row of another process, which aborts a transaction of Postgres, and then went on in it
        return True
