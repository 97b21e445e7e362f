"""Compiled: finds the headings among the blocks of a page, and keeps those that stand directly before kept blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tierline.text.kernels.compiled import compiled

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
H1, H4 = 1, 4  # kinds of blocks
MANY_HEADINGS, GAP_MAX = 6, 2
LINKED_SHARE = 0.6  # of the blocks of a table of contents; a byline has fewer


@compiled
def keep_headings(rows: Longs, elements: Longs, hint: int, headings_min: int, keep: Flags, inside: Flags) -> None:
    """Write for each of n blocks whether it stands in a heading, which has the hint, `inside`, and keep those whose next other block is
    kept; where many are near kept text, those with a signature or a line of data between, too.

    Before the first kept block that is the last heading alone that is higher than all kept ones, if at least `headings_min` below h1 are
    kept, and nothing but a table of contents stands between.
    """
    first = 0
    while first < len(rows) and not keep[first]:
        first += 1
    for block in range(len(rows)):
        inside[block] = H1 <= rows[block, 0] <= H4 or elements[rows[block, 1], 4] & hint != 0  # the hint is that of h1 to h4
    near, gap = 0, len(rows)  # blocks that are left out between a heading and the text
    for block in range(len(rows) - 1, first - 1, -1):
        if inside[block]:
            near += gap <= GAP_MAX
        else:
            gap = 0 if keep[block] else gap + 1
    gap_max = GAP_MAX if near >= MANY_HEADINGS else 0
    count, highest, gap = 0, H4 + 1, len(rows)
    for block in range(len(rows) - 1, first - 1, -1):
        if not inside[block]:
            gap = 0 if keep[block] else gap + 1
            continue
        keep[block] |= gap <= gap_max
        kind = rows[block, 0]
        if keep[block] and kind != H1:
            count += 1
        if keep[block] and H1 <= kind < highest:
            highest = kind
    linked = 0  # blocks with links between the title and the text
    for block in range(first - 1 if count >= headings_min else -1, -1, -1):
        if inside[block] and H1 <= rows[block, 0] < highest:
            keep[block] = linked >= LINKED_SHARE * (first - 1 - block)
            return
        linked += rows[block, 3] > 0
