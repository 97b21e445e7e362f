"""What all assets of a kind share: group, owners, tags, automation; said once here, not in twelve decorators."""

from collections.abc import Callable
from typing import Any

import dagster as dg

from tier_assets.automation import on_changed_promoted_input
from tier_assets.partitions import crawl_shards
from tierline.tables import TABLES

DATA_TEAM = "team:data"
GPU_POOL = "gpu"  # guards the steps that hold a language model; its limit stands in dagster.yaml


def stage_asset(
    stage: str,
    *,
    group: str,
    kinds: set[str],
    deps: list[Any] | None = None,
    code_version: str = "1",
    per_shard: bool = True,
    language_model: bool = False,
    automation: dg.AutomationCondition | None = on_changed_promoted_input,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of an asset that is one stage of the lake; `stage` is the asset's name."""
    table = TABLES[lake_stage(stage)]
    return dg.asset(
        name=stage,
        group_name=group,
        kinds={"deltalake", *kinds},
        deps=deps,
        owners=[DATA_TEAM],
        tags={"tier": table.tier.value if table.tier else group, "grain": table.key},
        code_version=code_version,
        partitions_def=crawl_shards if per_shard else None,
        pool=GPU_POOL if language_model else None,
        automation_condition=automation,
    )


def lake_stage(asset: str) -> str:
    """The lake's stage that an asset materializes: `pretrain_mix` writes `mix_pretrain`, all others bear their own name."""
    return f"mix_{asset.removesuffix('_mix')}" if asset.endswith("_mix") else asset
