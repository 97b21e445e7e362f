"""From where on something is worth a message; no gate looks at these bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Hours, PositiveShare, check_bounds


@dataclass(frozen=True, slots=True)
class AlertRules:
    """Bounds of the alert sensors, which are off until they are switched on."""

    SECTION: ClassVar[str] = "alerts"
    error_share_max: PositiveShare = 0.05  # of a shard's L0 records, unreadable; the gate refuses the shard at `gates.bounds.l0_raw`
    crawl_hours: Hours = 24.0  # without a new or changed crawl file
    inbox_hours: Hours = 6.0  # that a file waits in the inbox before its shard has rows
    budget_share: PositiveShare = 0.8  # of any limit of `llm.budget`; reaching the limit is told once more

    def __post_init__(self) -> None:
        """ValueError if a bound can never, or will always, be broken."""
        check_bounds(self)
