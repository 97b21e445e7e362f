"""Finds the column of a data table that says of which time the other values of its rows are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tierline.knowledge.times import read_time

_NAMES = frozenset(
    (
        "year|date|as of|as at|census|census year|year of census|reference year|date of estimate|estimate date|jahr|stand|année|año|anno|"
        "ano|год|rok|år|年"
    ).split("|")
)
_SHARE_MIN = 0.8  # of the cells that are times


def time_column(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The one column whose header names a time and whose cells are times; None without one, or with several."""
    found = [
        column
        for column, name in enumerate(header)
        if re.sub(r"\W+", " ", name).strip().casefold() in _NAMES and _has_times([row[column] for row in rows if column < len(row)])
    ]
    return found[0] if len(found) == 1 else None


def _has_times(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) > 0 and sum(read_time(cell, "en") is not None for cell in filled) >= _SHARE_MIN * len(filled)
