"""How long a service keeps what nothing rests on any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from tierline.config.bounds import Days, check_bounds
from tierline.lake.vacuum import KEEP


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """Ages from which the jobs `clear_history` and `vacuum_lake` remove something; no row depends on them."""

    SECTION: ClassVar[str] = "retention"
    runs_days: Days = 90.0  # since a run has ended; with its events, unless an asset's newest event is among them
    logs_days: Days = 30.0  # since a run has ended; what its steps have printed
    replaced_days: Days = KEEP / timedelta(days=1)  # since rows were replaced; `--as-of` reaches back as far

    def __post_init__(self) -> None:
        """ValueError for an age that no run can have."""
        check_bounds(self)
