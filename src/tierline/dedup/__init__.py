"""Finds what is there already: equal texts, near-duplicates by shingles, and near-duplicates by meaning."""

from tierline.dedup.earlier import LakeDocuments
from tierline.dedup.minhash import DedupRules
from tierline.dedup.resolve import EarlierDocuments
from tierline.dedup.semantic import near_duplicates
from tierline.dedup.settled import unsettled

__all__ = ["DedupRules", "EarlierDocuments", "LakeDocuments", "near_duplicates", "unsettled"]
