"""Judges a profile with Great Expectations and binds the verdict to the rows it was computed from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from tierline.gates.emptiness import ROW_COUNTS, describe_decisions, explain_emptiness
from tierline.gates.profile import profile
from tierline.gates.suite import GateRules, Suite, suite_for
from tierline.lake import Lake, Standing, State, Verdict, as_of
from tierline.proof import ROOT_KEY
from tierline.stages import BY_NAME

UNSIGNED_APPROVALS = "unsigned_approvals"  # metric of l4_manuals


def judge_stage(lake: Lake, stage: str, shard: str, rules: GateRules | None = None) -> Verdict:
    """Profile, judge and record: from now on `read_promoted` returns these rows, or refuses them, until they change.

    Raises NotWritten if no finished activity has written the shard.
    """
    suite = suite_for(stage, rules)
    while True:  # again if another run has written other rows meanwhile
        manifest = lake.manifest(stage, shard)
        results = judge(profile(lake, stage, shard), suite)
        if any(not result["success"] and result["metric"] in ROW_COUNTS for result in results):
            results = _explained(results, explain_emptiness(lake, stage, shard), describe_decisions(lake, stage, shard))
        failures = tuple(describe(result) for result in results if not result["success"])
        verdict = Verdict(stage, shard, manifest.stage_digest, suite.name, suite.sha256, not failures, json.dumps(results), failures)
        if lake.record(verdict):
            return verdict


def _explained(results: list[dict[str, Any]], emptiness: str, decisions: str) -> list[dict[str, Any]]:
    """A shard that is empty for a good reason keeps the bounds of its counts of rows; of any other the failure says what happened."""

    def told(result: dict[str, Any]) -> dict[str, Any]:
        if result["success"] or result["metric"] not in ROW_COUNTS or result["minimum"] != 1 or result["observed"]:
            return result
        if emptiness:
            return result | {"success": True, "why": f"nothing new: {emptiness}"}
        return result | {"why": f"{result['why']}; {decisions}"} if decisions else result

    return [told(result) for result in results]


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


def sentence(found: Standing) -> str:
    """How a stage's shard stands after its gate, in one line: what, why, and what to do."""
    place = found.shard if BY_NAME[found.stage].per_shard else "the whole lake"
    if found.waived and found.waiver and found.origin is None:
        given = found.waiver
        refused = "; ".join(found.verdict["failures"]) if found.verdict else ""
        return f"{place} is waived at {found.stage} by {given['who']} until the end of {given['until']} (UTC): {given['why']} [{refused}]"
    if found.promoted:
        return "; ".join(filter(None, (f"{place} is promoted", nothing_new(found), unsigned(found))))
    if not BY_NAME[found.stage].refusal_ends_run:
        apart = "shards go on without it, nothing else is affected"
        return f"{found.stage}, which all shards share, is refused and not used: {found.why}; {apart}"
    stage, shard = (found.inherited["stage"], found.inherited["shard"]) if found.inherited else (found.stage, found.shard)
    fix = "repair its files, or " if BY_NAME[stage].per_shard else ""
    bounds = "" if found.inherited else f"change gates.bounds of {stage} in the recipe, or "
    command = f"tierline waive {stage} {shard} --who NAME --why REASON --until YYYY-MM-DD"
    return f"{place} is quarantined at {found.stage}: {found.why}; {fix}{bounds}let it through with the job `waive` or `{command}`"


def nothing_new(found: Standing) -> str:
    """Why promoted rows are none, in words; empty if there are some."""
    explained = (one["why"] for one in _results(found) if one["metric"] in ROW_COUNTS and one["success"])
    return next((why for why in explained if why.startswith("nothing new")), "")


def unsigned(found: Standing) -> str:
    """How many approvals of manuals do not count for want of a signature, in words; empty for none."""
    count = next((one["observed"] or 0 for one in _results(found) if one["metric"] == UNSIGNED_APPROVALS), 0)
    what = f"{count:g} approvals are not honored: no registered key has signed them, which {ROOT_KEY} asks for; "
    return f"{what}`tierline attest approval l4_manuals/DOCUMENT` signs one" if count else ""


def _results(found: Standing) -> list[dict[str, Any]]:
    return json.loads(found.verdict["results"]) if found.verdict else []


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
