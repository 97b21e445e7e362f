"""Claim checking: whether promoted facts and passages support a statement, refute it, or are not enough, with the words that decide."""

from tierline.checking.check import VERDICTS, check
from tierline.checking.curve import abstention_curve, coverage_at
from tierline.checking.evidence import Evidence
from tierline.checking.gate import PromotedFacts, refuted, verdicts_of_facts
from tierline.checking.rules import CheckRules

__all__ = [
    "VERDICTS",
    "CheckRules",
    "Evidence",
    "PromotedFacts",
    "abstention_curve",
    "check",
    "coverage_at",
    "refuted",
    "verdicts_of_facts",
]
