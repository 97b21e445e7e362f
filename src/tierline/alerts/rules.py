"""From where on something is worth a message; no gate looks at these bounds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AlertRules:
    """Bounds of the alert sensors, which are off until they are switched on."""

    SECTION: ClassVar[str] = "alerts"
    error_share_max: float = 0.05  # of a shard's L0 records that cannot be read; the gate refuses the shard at `gates.bounds.l0_raw`
    crawl_hours: float = 24.0  # without a new or changed crawl file
    inbox_hours: float = 6.0  # that a file waits in the inbox before its shard has rows
    budget_share: float = 0.8  # of any limit of `llm.budget`; reaching the limit is told once more

    def __post_init__(self) -> None:
        """ValueError if a bound can never, or will always, be broken."""
        for name in ("error_share_max", "budget_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: expected a share above 0 and of at most 1")
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ValueError(f"{field.name} is {getattr(self, field.name)}: expected a number above 0")
