"""The five tiers and the three training phases that draw on them."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """A grade of data, from raw crawl (L0) to verified knowledge (L4); tiers compare by that order."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"

    @property
    def content(self) -> str:
        """What the tier holds, in one word."""
        return {"L0": "raw", "L1": "filtered", "L2": "selected", "L3": "refined", "L4": "verified"}[self.value]


class Phase(StrEnum):
    """A phase of training, in the order in which a model passes through them."""

    PRETRAIN = "pretrain"
    MIDTRAIN = "midtrain"
    ALIGNMENT = "alignment"


# arXiv 2602.09003, "Training Phase Mapping": which tiers a phase may draw on.
PHASE_TIERS: dict[Phase, frozenset[Tier]] = {
    Phase.PRETRAIN: frozenset({Tier.L0, Tier.L1, Tier.L2}),
    Phase.MIDTRAIN: frozenset({Tier.L2, Tier.L3}),
    Phase.ALIGNMENT: frozenset({Tier.L3, Tier.L4}),
}
