"""Makes the blocking, partitioned check of every stage: the gate that promotes its rows."""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.specs import stage_name
from tierline.gates import GateRules, judge_stage
from tierline.lake import WHOLE_LAKE, Verdict
from tierline.stages import BY_NAME


def promotion_gate(asset: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    """The gate of one asset. It records the verdict in the lake, which is what keeps unjudged rows from being read.

    What is downstream waits for it in any case; where the stage declares that a refusal does not end the run, it then goes on,
    because it can do without these rows.
    """
    declared = BY_NAME[stage_name(asset.key.path[-1])]
    severity = dg.AssetCheckSeverity.ERROR if declared.refusal_ends_run else dg.AssetCheckSeverity.WARN

    @dg.asset_check(
        asset=asset,
        name="promotion_gate",
        blocking=True,
        partitions_def=asset.partitions_def,
        description="Promotes the rows, or quarantines them: nothing downstream reads what has not passed. See docs/gates.md.",
    )
    def gate(context: dg.AssetCheckExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.AssetCheckResult:
        shard = context.partition_key if asset.partitions_def else WHOLE_LAKE
        verdict = judge_stage(storage.open(), declared.name, shard, recipe.load().rules(GateRules))
        return dg.AssetCheckResult(passed=verdict.passed, severity=severity, description=_summary(verdict), metadata=_metadata(verdict))

    return gate


def _summary(verdict: Verdict) -> str:
    if verdict.passed:
        return f"{verdict.shard} is promoted"
    return f"{verdict.shard} is quarantined: " + "; ".join(verdict.failures)


def _metadata(verdict: Verdict) -> Mapping[str, Any]:
    results = json.loads(verdict.results)
    columns = ("metric", "minimum", "maximum", "observed", "success", "why")
    records = [dg.TableRecord({name: "" if result[name] is None else result[name] for name in columns}) for result in results]
    schema = dg.TableSchema([dg.TableColumn(name) for name in columns])
    return {
        "expectations": dg.MetadataValue.table(records, schema),
        "failures": list(verdict.failures),
        "suite": verdict.suite,
        "suite_sha256": verdict.suite_sha256,
        "digest": verdict.digest,
    }
