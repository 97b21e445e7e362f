"""The runs people start by name: one shard up the tiers, and, apart from it, what combines all shards."""

from collections.abc import Iterable

import dagster as dg

from tier_assets.exports import export_assets
from tier_assets.extraction_methods import extraction_methods
from tier_assets.mix_frontiers import mix_frontiers
from tier_assets.partitions import crawl_shards
from tier_assets.review_report import review_report
from tier_assets.specs import asset_name
from tier_assets.sql_models import mart_assets
from tierline.stages import BY_NAME, SHARED, STAGES


def _assets(stages: Iterable[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(dg.AssetKey(asset_name(stage)) for stage in stages))


_OF_A_SHARD = _assets(stage.name for stage in STAGES if stage.per_shard or stage.name in SHARED)
_OF_THE_LAKE = _assets(stage.name for stage in STAGES if not stage.per_shard and stage.name not in SHARED)
_BUILT = _OF_THE_LAKE | dg.AssetSelection.assets(*mart_assets, extraction_methods, mix_frontiers, review_report)

run_shard = dg.define_asset_job(
    "run_shard", _OF_A_SHARD, partitions_def=crawl_shards, description="One shard from its crawl files up to L4, gate by gate."
)
build_shared = dg.define_asset_job("build_shared", _BUILT, description="Facts, mixes and reports from every promoted shard.")
export_mixes = dg.define_asset_job(
    "export_mixes", dg.AssetSelection.assets(*export_assets), description="Every promoted mix as a folder that training reads."
)
measure_scorers = dg.define_asset_job(
    "measure_scorers", _assets(SHARED), description="What all scores rest on: labeled texts, reliability, student."
)


def job_of(stages: Iterable[str]) -> dg.JobDefinition:
    """The smallest of these jobs that holds all of the stages."""
    chosen = set(stages)
    if any(BY_NAME[name].per_shard for name in chosen):
        return run_shard
    return measure_scorers if chosen <= set(SHARED) else build_shared
