"""Training mixes: the rows that each phase of training draws from its tiers, sampled by recipe and pinned to what was read."""

from tierline.mixes.export import export_mix
from tierline.mixes.packed import PackedMix
from tierline.mixes.pools import Pool, read_pools
from tierline.mixes.position import trace_position
from tierline.mixes.recipe import MixRecipe, MixSource
from tierline.mixes.sample import sample_mix
from tierline.mixes.tokenizing import MixTokenizer
from tierline.mixes.writing import ExportRules

__all__ = [
    "ExportRules",
    "MixRecipe",
    "MixSource",
    "MixTokenizer",
    "PackedMix",
    "Pool",
    "export_mix",
    "read_pools",
    "sample_mix",
    "trace_position",
]
