"""The highest tier that each row reached, and what kept it from the next one."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tierline.batch.function import batch_function
from tierline.tables.tiers import Tier

WRITES = pa.schema({"tier": pa.string(), "tier_reason": pa.string()})
_STEPS = ((Tier.L1, "l1", "filter"), (Tier.L2, "l2", "select"), (Tier.L3, "l3", "edit"))
_READ = {"status": pa.string()} | {f"{tier}_{name}": pa.string() for _, tier, _ in _STEPS for name in ("outcome", "rule")}


@batch_function(reads=pa.schema([]), may_read=pa.schema(_READ), writes=WRITES)
def assign_tier(batch: pa.Table) -> pa.Table:
    """`tier` from `L0` to `L3`, by the outcomes that `filter`, `select` and `edit` gave, and in `tier_reason` the rule that kept the row
    from the next tier, or the function that was not run; null for L3, behind which facts are made of claims and not of rows."""
    return pa.Table.from_pylist([_tier(row) for row in batch.to_pylist()], schema=WRITES)


def _tier(row: dict[str, Any]) -> dict[str, str | None]:
    reached = Tier.L0
    for tier, name, function in _STEPS:
        outcome = row[f"{name}_outcome"]
        if outcome != "kept":
            reason = f"{function} was not run" if outcome is None else row[f"{name}_rule"] or outcome
            return {"tier": str(reached), "tier_reason": reason}
        reached = tier
    return {"tier": str(reached), "tier_reason": None}
