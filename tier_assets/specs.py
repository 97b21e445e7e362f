"""What all assets of a kind share: group, owners, tags, automation; a stage's dependencies and version come from its declaration."""

from collections.abc import Callable
from typing import Any

import dagster as dg

from tier_assets.automation import out_of_date_and_ready
from tier_assets.partitions import crawl_shards
from tierline.stages import BY_NAME
from tierline.tables import TABLES

DATA_TEAM = "team:data"
GPU_POOL = "gpu"  # guards the steps that hold a language model; its limit stands in dagster.yaml


def stage_asset(stage: str, *, group: str, kinds: set[str]) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of the asset that materializes a declared stage of the lake."""
    declared, table = BY_NAME[stage], TABLES[stage]
    return dg.asset(
        name=asset_name(stage),
        group_name=group,
        kinds={"deltalake", *kinds},
        deps=[dg.AssetKey(asset_name(name)) for name in declared.upstream],
        owners=[DATA_TEAM],
        tags={"tier": declared.tier.value if declared.tier else group, "grain": table.key},
        code_version=declared.code_version,
        partitions_def=crawl_shards if declared.per_shard else None,
        pool=GPU_POOL if declared.model else None,
        automation_condition=out_of_date_and_ready,
    )


def asset_name(stage: str) -> str:
    """The asset that materializes a stage: `mix_pretrain` is `pretrain_mix`, all others bear the stage's own name."""
    return f"{stage.removeprefix('mix_')}_mix" if stage.startswith("mix_") else stage


def stage_name(asset: str) -> str:
    """The stage that an asset materializes."""
    return f"mix_{asset.removesuffix('_mix')}" if asset.endswith("_mix") else asset
