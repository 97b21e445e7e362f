"""What all assets of a kind share: group, owners, tags, automation; said once here, not in twelve decorators."""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from tier_assets.automation import on_changed_promoted_input
from tier_assets.catalog import described, table_schema
from tier_assets.lineage import model_schema
from tier_assets.partitions import crawl_shards
from tierline.sql import Model
from tierline.tables import TABLES

DATA_TEAM = "team:data"
GPU_POOL = "gpu"  # guards the steps that hold a language model; its limit stands in dagster.yaml


def stage_asset(
    stage: str,
    *,
    kinds: set[str],
    deps: list[Any] | None = None,
    code_version: str = "1",
    per_shard: bool = True,
    language_model: bool = False,
    automation: dg.AutomationCondition | None = on_changed_promoted_input,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of an asset that is one stage of the lake; `stage` is the asset's name."""
    table = TABLES[lake_stage(stage)]

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        return dg.asset(
            name=stage,
            kinds={"deltalake", *kinds},
            deps=deps,
            owners=[DATA_TEAM],
            tags={"grain": table.key} | ({"tier": table.tier.value} if table.tier else {}),
            code_version=code_version,
            partitions_def=crawl_shards if per_shard else None,
            pool=GPU_POOL if language_model else None,
            automation_condition=automation,
            **described(stage, function, deps or (), per_shard, table_schema(table.name)),
        )(function)

    return decorate


def report_asset(
    name: str, *, kinds: set[str], deps: Sequence[dg.AssetsDefinition], grain: str, model: Model | None = None, **more: Any
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of an asset that is not a stage: a report, an export or an experiment, from which nothing in the lake is made.

    `model` is the SQL model that it runs; `more` goes to `dg.asset`.
    """

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        columns = model_schema(model.name) if model else None
        about = described(name, function, deps, columns=columns, model=model)
        parents = {} if "ins" in more else {"deps": deps}
        return dg.asset(name=name, kinds=kinds, owners=[DATA_TEAM], tags={"grain": grain}, **parents, **more, **about)(function)

    return decorate


def lake_stage(asset: str) -> str:
    """The lake's stage that an asset materializes: `pretrain_mix` writes `mix_pretrain`, all others bear their own name."""
    return f"mix_{asset.removesuffix('_mix')}" if asset.endswith("_mix") else asset
