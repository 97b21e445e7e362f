"""The runs people start by name: one shard up the tiers, what combines all shards, and both in one run."""

import dagster as dg

from tier_assets.exports import export_assets
from tier_assets.l0_raw import l0_assets
from tier_assets.l1_contamination import l1_contamination
from tier_assets.l1_filtered import l1_assets
from tier_assets.l2_judged import l2_shared
from tier_assets.l2_selected import l2_assets
from tier_assets.l3_refined import l3_assets
from tier_assets.l4_verified import l4_facts, l4_shard_assets
from tier_assets.mix_frontiers import mix_frontiers
from tier_assets.mixes import mix_assets
from tier_assets.partitions import crawl_shards
from tier_assets.sql_models import mart_assets

_TIERS = dg.AssetSelection.assets(*l0_assets, *l1_assets, l1_contamination, *l2_assets, *l3_assets, *l4_shard_assets)
_COMBINED = dg.AssetSelection.assets(l4_facts, *mix_assets, *mart_assets, mix_frontiers)

run_shard = dg.define_asset_job(
    "run_shard", _TIERS, partitions_def=crawl_shards, description="One shard from its crawl files up to L4, gate by gate."
)
build_shared = dg.define_asset_job("build_shared", _COMBINED, description="Facts, mixes and marts from every promoted shard.")
export_mixes = dg.define_asset_job(
    "export_mixes", dg.AssetSelection.assets(*export_assets), description="Every promoted mix as a folder that training reads."
)
measure_scorers = dg.define_asset_job(
    "measure_scorers",
    dg.AssetSelection.assets(*l2_shared),
    description="What all scores rest on: anchors, reliability, student.",
)
run_shard_and_build = dg.define_asset_job(
    "run_shard_and_build",
    _TIERS | _COMBINED,
    partitions_def=crawl_shards,
    description="One shard up the tiers, then facts, mixes and marts.",
)
