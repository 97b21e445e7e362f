"""Makes the blocking, partitioned check of every stage: the gate that promotes its rows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.catalog import gate_description
from tier_assets.metadata import rounded
from tier_assets.specs import stage_name
from tierline.gates import GateRules, describe_bound, judge_stage
from tierline.lake import WHOLE_LAKE, Verdict
from tierline.stages import BY_NAME, shard_label


def promotion_gate(asset: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    """The gate of one asset. It records the verdict in the lake, which is what keeps unjudged rows from being read.

    Downstream assets wait for it in any case; if the stage declares that a refusal does not end the run, they then continue,
    because they can do without these rows.
    """
    declared = BY_NAME[stage_name(asset.key.path[-1])]
    severity = dg.AssetCheckSeverity.ERROR if declared.refusal_ends_run else dg.AssetCheckSeverity.WARN

    @dg.asset_check(
        asset=asset,
        name="promotion_gate",
        blocking=True,
        partitions_def=asset.partitions_def,
        description=gate_description(declared.refusal_ends_run),
    )
    def gate(context: dg.AssetCheckExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.AssetCheckResult:
        shard = context.partition_key if asset.partitions_def else WHOLE_LAKE
        verdict = judge_stage(storage.open(), declared.name, shard, recipe.load().rules(GateRules))
        return dg.AssetCheckResult(passed=verdict.passed, severity=severity, description=_summary(verdict), metadata=_metadata(verdict))

    return gate


def _summary(verdict: Verdict) -> str:
    where = shard_label(verdict.shard)
    if verdict.passed:
        return f"{where} is promoted"
    return f"{where} is quarantined: " + "; ".join(verdict.failures)


def _metadata(verdict: Verdict) -> Mapping[str, Any]:
    """Each metric as a number, which the UI plots over shards; all bounds as a table; the digest that the verdict is bound to."""
    results = json.loads(verdict.results)
    numbers = {
        result["metric"]: dg.MetadataValue.float(rounded(float(result["observed"]))) for result in results if result["observed"] is not None
    }
    failures = {"failures": dg.MetadataValue.md("\n".join(f"- {failure}" for failure in verdict.failures))} if verdict.failures else {}
    identity = {"suite": verdict.suite, "suite_sha256": verdict.suite_sha256, "digest": verdict.digest}
    return failures | {"expectations": _expectations(results)} | numbers | identity


def _expectations(results: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    columns = {
        "metric": "number computed from the rows",
        "must be": "bound that it has to lie within",
        "is": "value of this shard",
        "result": "holds or fails; one failure quarantines the rows",
        "why": "what the bound protects",
    }
    records = [
        dg.TableRecord(
            {
                "metric": result["metric"],
                "must be": describe_bound(result),
                "is": "missing" if result["observed"] is None else f"{result['observed']:.6g}",
                "result": "holds" if result["success"] else "fails",
                "why": result["why"],
            }
        )
        for result in results
    ]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(name, description=text) for name, text in columns.items()]))
