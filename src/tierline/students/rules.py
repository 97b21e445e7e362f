"""How the student learns. Reading these needs no extra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Count, Natural, PositiveAmount, Several


@dataclass(frozen=True, slots=True)
class StudentRules:
    """How the student is trained and when it is retrained."""

    SECTION: ClassVar[str] = "l2.student"
    penalties: tuple[PositiveAmount, ...] = (1.0, 10.0, 100.0)  # of ridge regression; the one of least held-out error is taken
    folds: Several = 5  # over domains: a document is never judged by a student that saw its site
    training_rows_min: Natural = 20  # below this there is too little to distill: the prior scores alone
    training_rows_max: Count = 4_000  # above this the last by hash are left out; memory and time grow with the square
    growth: PositiveAmount = 2.0  # annotations must have grown by this factor before all shards are scored again
    domain_rows_min: Natural = 8  # of a domain whose calibration is checked separately
