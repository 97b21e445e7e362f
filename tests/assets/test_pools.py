"""A run whose step waits for its turn in a pool sleeps until it asks again, and goes on once it has it."""

import threading

import dagster as dg
from dagster._core.execution.plan.active import ActiveExecution

from tier_assets.pools import mend_pools

HELD_SECONDS = 2.5


@dg.op(pool="one_at_a_time")
def step() -> str:
    """The step that waits."""
    return "done"


@dg.job(executor_def=dg.in_process_executor)
def job() -> None:
    """Of this step alone."""
    step()


def test_a_run_that_waits_for_a_pool_asks_about_once_a_second(monkeypatch):
    mend_pools()
    looks: list[object] = []
    look = ActiveExecution.get_steps_to_execute
    monkeypatch.setattr(ActiveExecution, "get_steps_to_execute", lambda self, limit=None: looks.append(self) or look(self, limit))
    with dg.instance_for_test(overrides={"concurrency": {"pools": {"granularity": "op", "default_limit": 1}}}) as instance:
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("one_at_a_time")
        assert storage.claim_concurrency_slot("one_at_a_time", "another-run", "step").is_claimed
        release = threading.Timer(HELD_SECONDS, storage.free_concurrency_slot_for_step, ("another-run", "step"))
        release.start()
        result = job.execute_in_process(instance=instance)
        release.join()
    assert result.output_for_node("step") == "done"
    assert 3 <= len(looks) <= 12, "each look of a run that spins takes microseconds"
