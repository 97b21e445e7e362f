"""Finds duplicates: equal texts, near-duplicates by shingles, and near-duplicates by meaning."""

from tierline.dedup.minhash import DedupRules
from tierline.dedup.prior_shards import LakeDocuments
from tierline.dedup.reconcile import unreconciled
from tierline.dedup.resolve import EarlierDocuments
from tierline.dedup.semantic import near_duplicates

__all__ = ["DedupRules", "EarlierDocuments", "LakeDocuments", "near_duplicates", "unreconciled"]
