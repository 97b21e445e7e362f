"""L4: claims with the exact words that state them, statements of knowledge bases, facts that rest on both, and vetted manuals."""

from tierline.knowledge.base_statements import state_bases
from tierline.knowledge.claims import ClaimRules, extract_claims
from tierline.knowledge.facts import FactRules, verify_facts
from tierline.knowledge.manuals import ManualRules, VettedSource, split_manuals

__all__ = ["ClaimRules", "FactRules", "ManualRules", "VettedSource", "extract_claims", "split_manuals", "state_bases", "verify_facts"]
