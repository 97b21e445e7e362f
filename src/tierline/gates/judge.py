"""Judges a profile with Great Expectations and binds the verdict to the rows it was computed from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from tierline.gates.profile import profile
from tierline.gates.suite import GateRules, Suite, suite_for
from tierline.lake import Lake, State, Verdict, as_of


def judge_stage(lake: Lake, stage: str, shard: str, rules: GateRules | None = None) -> Verdict:
    """Profile, judge and record: from now on `read_promoted` returns these rows, or refuses them, until they change.

    Raises NotWritten if no finished activity has written the shard.
    """
    suite = suite_for(stage, rules)
    while True:  # again if another run has written other rows meanwhile
        manifest = lake.manifest(stage, shard)
        results = judge(profile(lake, stage, shard), suite)
        failures = tuple(describe(result) for result in results if not result["success"])
        verdict = Verdict(stage, shard, manifest.stage_digest, suite.name, suite.sha256, not failures, json.dumps(results), failures)
        if lake.record(verdict):
            return verdict


def still_passes(lake: Lake, table: str, state: State, rules: GateRules | None = None) -> bool:
    """Whether an earlier state of a stage's shard would pass today's suite too."""
    past, shard = as_of(lake, state.written_at), state.manifest.shard
    return all(result["success"] for result in judge(profile(past, table, shard), suite_for(table, rules)))


def judge(metrics: Mapping[str, float], suite: Suite) -> list[dict[str, Any]]:
    """One result for each bound: {metric, minimum, maximum, observed, success, why}, in the suite's order."""
    validation = _validate(metrics, suite)
    met: dict[str, bool] = {bound.metric: True for bound in suite.bounds}
    for result in validation.results:
        column = result.expectation_config.kwargs["column"]
        met[column] = met[column] and bool(result.success)
    return [
        {
            "metric": bound.metric,
            "minimum": bound.minimum,
            "maximum": bound.maximum,
            "observed": metrics.get(bound.metric),
            "success": met[bound.metric],
            "why": bound.why,
        }
        for bound in suite.bounds
    ]


def describe(result: Mapping[str, Any]) -> str:
    """A failed bound in words, for quarantine messages."""
    observed = result["observed"]
    return f"{result['metric']} is {'missing' if observed is None else f'{observed:g}'}, must be {describe_bound(result)} ({result['why']})"


def describe_bound(result: Mapping[str, Any]) -> str:
    """The limits of a bound in words; a bound without limits only asks that the metric is there."""
    low, high = result["minimum"], result["maximum"]
    if low is None and high is None:
        return "a number"
    if low is not None and low == high:
        return f"{low:g}"
    return f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"between {low:g} and {high:g}"


def _validate(metrics: Mapping[str, float], suite: Suite) -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read at import; disables telemetry
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # pyright: ignore[reportAttributeAccessIssue]
    frame = pd.DataFrame([{bound.metric: metrics.get(bound.metric) for bound in suite.bounds}], dtype="float64")
    batch = context.data_sources.add_pandas("profiles").add_dataframe_asset("profile").add_batch_definition_whole_dataframe("whole")
    rules: Any = gx.expectations
    expectations: list[Any] = []
    for bound in suite.bounds:
        # A null passes every range rule, so not being null is a separate rule.
        expectations.append(rules.ExpectColumnValuesToNotBeNull(column=bound.metric))
        if bound.minimum is not None or bound.maximum is not None:
            expectations.append(rules.ExpectColumnValuesToBeBetween(column=bound.metric, min_value=bound.minimum, max_value=bound.maximum))
    return batch.get_batch(batch_parameters={"dataframe": frame}).validate(gx.ExpectationSuite(name=suite.name, expectations=expectations))
