"""What Dagster's pools lack: runs may begin one at the same moment, a new limit counts, and a run that waits for its turn sleeps."""

import time

import dagster as dg
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.storage.event_log import SqlEventLogStorage
from sqlalchemy.exc import InternalError

_begin = SqlEventLogStorage.initialize_concurrency_limit_to_default


def mend_pools() -> None:
    """In this process, let a run have a pool that another one has begun at the same moment, in place of ending it
    (dagster-io/dagster#33552: so does Postgres), and let it sleep until it asks for its turn again, in place of keeping a core busy
    (dagster-io/dagster#20367)."""
    SqlEventLogStorage.initialize_concurrency_limit_to_default = _begin_or_join
    InstanceConcurrencyContext.interval_to_next_pending_claim_check = _seconds_until_it_asks


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


def _seconds_until_it_asks(context: InstanceConcurrencyContext) -> float:
    """Of the first of the steps that wait. Dagster takes the least of these times and 0, which is 0 or less."""
    return max(0.0, min(context._pending_timeouts.values(), default=0.0) - time.time())
