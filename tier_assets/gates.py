"""Makes the blocking, partitioned check of every stage: the gate that promotes its rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.catalog import gate_description
from tier_assets.metadata import rounded
from tier_assets.refusal import GATE, told
from tier_assets.specs import stage_name
from tier_assets.waive import waive_address
from tierline.display import printable
from tierline.gates import GateRules, describe_bound, judge_stage, nothing_new, sentence
from tierline.lake import WHOLE_LAKE, Lake, Standing, Verdict, standing
from tierline.stages import BY_NAME


def promotion_gate(asset: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    """The gate of one asset. It records the verdict in the lake, which is what keeps unjudged rows from being read.

    Downstream assets wait for it. A refusal does not fail the run, which would mark tables that it did not touch: the check fails, the
    partition says that it is quarantined, and the stages below it are skipped. A waiver in force is a warning.
    """
    declared = BY_NAME[stage_name(asset.key.path[-1])]

    @dg.asset_check(
        asset=asset,
        name=GATE,
        blocking=True,
        partitions_def=asset.partitions_def,
        description=gate_description(declared.refusal_ends_run),
    )
    def gate(context: dg.AssetCheckExecutionContext, storage: TierStorage, recipe: RecipeFile) -> Iterator[Any]:
        shard = context.partition_key if asset.partitions_def else WHOLE_LAKE
        verdict, found = told(_judge)(storage.open(), declared.name, shard, recipe)
        ends = not found.promoted and declared.refusal_ends_run
        result = dg.AssetCheckResult(
            passed=found.promoted and not found.waived,
            severity=dg.AssetCheckSeverity.ERROR if ends else dg.AssetCheckSeverity.WARN,
            description=printable(sentence(found)),
            metadata=_standing(found) | _metadata(verdict),
        )
        if not result.passed:
            partition = shard if asset.partitions_def else None
            about = _standing(found) | _failed(verdict)
            told_of = dg.AssetObservation(asset.key, description=result.description, metadata=about, partition=partition)
            context.op_execution_context.log_event(told_of)
            context.log.warning(result.description)
        if ends:  # logged, not returned: Dagster fails the run of a blocking check that returns an error
            context.op_execution_context.log_event(result.to_asset_check_evaluation(context.get_step_execution_context()))
            yield dg.Output(None)
        else:
            yield result

    return gate


def _judge(lake: Lake, stage: str, shard: str, recipe: RecipeFile) -> tuple[Verdict, Standing]:
    verdict = judge_stage(lake, stage, shard, recipe.load().rules(GateRules))
    return verdict, standing(lake, stage, shard)


def _standing(found: Standing) -> dict[str, Any]:
    """Whether the rows are quarantined, by whom and until when they are waived, and where to waive them."""
    told: dict[str, Any] = {"quarantined": not found.promoted} if not found.passed or not found.promoted else {}
    if found.promoted and (news := nothing_new(found)):
        told["nothing_new"] = news
    if found.waived and found.waiver:
        told |= {f"waived_{name}": printable(str(found.waiver[name])) for name in ("who", "why", "until")}
    elif not found.promoted and found.verdict and BY_NAME[found.stage].refusal_ends_run:
        refused = found.inherited or {"stage": found.stage, "shard": found.shard}
        told |= {"to_waive_it": dg.MetadataValue.url(waive_address(refused["stage"], refused["shard"])), "waived_by": "nobody"}
    return told


def _failed(verdict: Verdict) -> dict[str, Any]:
    """The bounds that do not hold: rule, value seen, value wanted."""
    return {
        f"rule {result['metric']}": f"is {result['observed']}, must be {describe_bound(result)}: {result['why']}"
        for result in json.loads(verdict.results)
        if not result["success"]
    }


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
