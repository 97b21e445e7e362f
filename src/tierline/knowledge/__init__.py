"""L4: claims with the exact words that state them, facts that independent sources agree on, and vetted manuals."""

from tierline.knowledge.claims import ClaimRules, extract_claims
from tierline.knowledge.facts import FactRules, verify_facts
from tierline.knowledge.manuals import ManualRules, VettedSource, split_manuals

__all__ = ["ClaimRules", "FactRules", "ManualRules", "VettedSource", "extract_claims", "split_manuals", "verify_facts"]
