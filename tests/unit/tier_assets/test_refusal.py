"""What a run prints of gates that were skipped below a refused one."""

import logging

import dagster as dg
import pytest
from dagster._core.execution.plan import active

from tier_assets.refusal import is_worth_telling, quiet_skipped_gates

PLAN = logging.getLogger(active.__name__)


@pytest.fixture(autouse=True)
def loud():
    """Dagster's plan logs as if no run of this project had been set up."""
    PLAN.removeFilter(is_worth_telling)
    yield
    PLAN.removeFilter(is_worth_telling)


@dg.asset(output_required=False)
def refused():
    yield from ()


@dg.asset_check(asset=refused, blocking=True, name="promotion_gate")
def gate():
    return dg.AssetCheckResult(passed=True)


@dg.asset(deps=[refused])
def below():
    return 1


def run() -> dg.ExecuteInProcessResult:
    return dg.materialize([refused, gate, below], instance=dg.DagsterInstance.ephemeral())


def test_a_gate_that_was_skipped_with_its_asset_is_not_told_of_as_one_that_let_rows_pass(caplog):
    assert run().success and "proceed without gating" in caplog.text, "what Dagster says by itself"
    caplog.clear()
    quiet_skipped_gates()
    quiet_skipped_gates()
    result = run()
    assert "gating" not in caplog.text and len(PLAN.filters) == 1
    assert [event.step_key for event in result.all_events if event.is_step_skipped] == ["refused_promotion_gate", "below"]


def test_every_other_line_of_the_plan_is_told(caplog):
    quiet_skipped_gates()
    PLAN.warning("Blocking asset check 'other:freshness' emitted no result in step 'a'; downstream step 'b' will proceed without it.")
    PLAN.warning("something else")
    assert len(caplog.records) == 2
