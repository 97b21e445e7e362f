"""What all assets of a kind share: group, owners, tags, automation; a stage's dependencies and version come from its declaration."""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from tier_assets.automation import out_of_date_and_ready
from tier_assets.catalog import described, report_needs, stage_needs, table_schema
from tier_assets.lineage import model_schema
from tier_assets.names import asset_name, stage_name
from tier_assets.partitions import crawl_shards
from tier_assets.refusal import materialized, told
from tierline.sql import Model
from tierline.stages import BY_NAME
from tierline.tables import TABLES

__all__ = ["DATA_TEAM", "GPU_POOL", "SHARED_POOL", "asset_name", "report_asset", "stage_asset", "stage_name"]

DATA_TEAM = "team:data"
SHARED_POOL = "shared"  # of what every shard shares: two runs do not write it at once
GPU_POOL = "gpu"  # guards the steps that hold a language model; dagster.yaml has its limit


def stage_asset(stage: str, *, kinds: set[str]) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of the asset that materializes a declared stage of the lake."""
    declared, table = BY_NAME[stage], TABLES[stage]

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        name = asset_name(stage)
        return dg.asset(
            name=name,
            kinds={"deltalake", *kinds},
            deps=[dg.AssetKey(asset_name(parent)) for parent in declared.upstream],
            owners=[DATA_TEAM],
            tags={"grain": table.key} | ({"tier": declared.tier.value} if declared.tier else {}),
            code_version=declared.code_version,
            partitions_def=crawl_shards if declared.per_shard else None,
            pool=GPU_POOL if declared.model else None if declared.per_shard else SHARED_POOL,
            automation_condition=out_of_date_and_ready,
            output_required=False,
            **described(name, function, stage_needs(declared), table_schema(stage)),
        )(materialized(declared, function))

    return decorate


def report_asset(
    name: str, *, kinds: set[str], deps: Sequence[dg.AssetsDefinition], grain: str, model: Model | None = None, **more: Any
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of an asset that is not a stage: a report, an export or an experiment, from which nothing in the lake is made.

    `model` is the SQL model that it runs; `more` goes to `dg.asset`.
    """

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        parents = [asset.key.path[-1] for asset in deps]
        about = described(name, function, report_needs(function, parents), model_schema(model.name) if model else None, model)
        inputs = {} if "ins" in more else {"deps": deps}
        return dg.asset(name=name, kinds=kinds, owners=[DATA_TEAM], tags={"grain": grain}, **inputs, **more, **about)(told(function))

    return decorate
