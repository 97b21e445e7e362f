"""Sorts training rows into the pools that arms draw windows from, so that a row is in one pool of the tiers' and in one of the flat mix."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.tables.tiers import Tier

FLAT, DEALT = "flat", "dealt"  # every admitted row; those that stand in for the upper tiers under labels dealt at random
BEST = "best"
Strings = Sequence[str]


def assign_pools(
    ids: Strings, tiers: Strings, tokens: Sequence[int], usefulness: Sequence[float | None], best_share: float, upper: Sequence[str]
) -> dict[str, npt.NDArray[np.int64]]:
    """Pool -> row numbers, ascending.

    `flat` has every row of L1. Of the tiers' pools `L1` has the rows that L2 did not select, `best` the most useful rows of L2 up to
    `best_share` of its tokens, `L2` the others, `L3` and `L4` their tiers. `dealt` has rows of L1 in the order of a hash, up to as many
    tokens as the pools `upper` have: the placebo's decay reads them where the tiers' reads those.
    """
    selected = {row_id for row_id, tier in zip(ids, tiers, strict=True) if tier == Tier.L2}
    of_tier = {tier: [row for row, name in enumerate(tiers) if name == tier] for tier in (Tier.L1, Tier.L2, Tier.L3, Tier.L4)}
    ranked = sorted(of_tier[Tier.L2], key=lambda row: (-(usefulness[row] or 0.0), ids[row]))
    best = set(_up_to(ranked, tokens, best_share * sum(tokens[row] for row in ranked)))
    found: dict[str, Any] = {
        FLAT: of_tier[Tier.L1],
        "L1": [row for row in of_tier[Tier.L1] if ids[row] not in selected],
        "L2": [row for row in of_tier[Tier.L2] if row not in best],
        BEST: sorted(best),
        "L3": of_tier[Tier.L3],
        "L4": of_tier[Tier.L4],
    }
    wanted = sum(tokens[row] for pool in upper for row in found[pool])
    dealt = sorted(of_tier[Tier.L1], key=lambda row: hashlib.sha256(f"dealt\x00{ids[row]}".encode()).digest())
    found[DEALT] = sorted(_up_to(dealt, tokens, wanted))
    return {name: np.array(rows, np.int64) for name, rows in found.items()}


def _up_to(rows: Sequence[int], tokens: Sequence[int], most: float) -> list[int]:
    sizes = np.cumsum([0, *(tokens[row] for row in rows)])
    return [row for row, before in zip(rows, sizes[:-1], strict=True) if before < most]
