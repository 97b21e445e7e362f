"""Training mixes: what each phase of training draws from which tier, sampled by recipe and pinned to what was read."""

from tierline.mixes.export import export_mix
from tierline.mixes.recipe import MixRecipe, MixSource
from tierline.mixes.sample import Pool, read_pools, sample_mix

__all__ = ["MixRecipe", "MixSource", "Pool", "export_mix", "read_pools", "sample_mix"]
