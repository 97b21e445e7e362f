"""Compiled: finds the headings among the blocks of a page, and keeps those that stand directly before kept blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tierline.text.kernels.compiled import compiled

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@compiled
def keep_headings(rows: Longs, elements: Longs, hint: int, title: int, headings_min: int, keep: Flags, inside: Flags) -> None:
    """Write for each of n blocks whether it stands in an element with the hint, `inside`, and into `keep` those of them whose next other
    block is kept: behind the first kept block all, before it those of the kind `title`, if at least `headings_min` others are kept."""
    first = 0
    while first < len(rows) and not keep[first]:
        first += 1
    for block in range(len(rows)):
        inside[block] = elements[rows[block, 1], 4] & hint != 0
    count, follows = 0, False
    for block in range(len(rows) - 1, first, -1):
        if not inside[block]:
            follows = keep[block]
        else:
            keep[block] |= follows
            count += keep[block] and rows[block, 0] != title
    if first == len(rows) or count + (inside[first] and rows[first, 0] != title) < headings_min:
        return
    follows = follows if inside[first] else True
    for block in range(first - 1, -1, -1):
        if not inside[block]:
            return
        keep[block] |= follows and rows[block, 0] == title
