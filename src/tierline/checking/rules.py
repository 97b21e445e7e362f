"""When a statement counts as checked: how much evidence is looked at, and from which score on a verdict is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Few, Share


@dataclass(frozen=True, slots=True)
class CheckRules:
    """Settings of claim checking. `score_min` is the place on the abstention curve (curve.py): with a lower score the verdict is
    `not_enough`. A gate for derived forms takes a higher one than a person who reads the evidence."""

    SECTION: ClassVar[str] = "l4.check"
    score_min: Share = 0.5
    passages: Few = 10  # that are compared with a statement, the best by rank
