"""Finds which kept blocks are headings of the page, h1 to h6, and at which lines of its text they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tierline.crawl.blocks import KINDS, Blocks
from tierline.crawl.markup import HEADING

LEVELS = {KINDS.index(f"h{level}"): level for level in range(1, 5)}


class Heading(NamedTuple):
    """A line of a text, from 0, that is a heading, and its level, 1 (h1) to 6."""

    line: int
    level: int


def heading_levels(blocks: Blocks, kept: Any, root: Any) -> dict[int, int]:
    """Level of each block that begins a heading, among those with the `kept` numbers, which ascend; the root is that of their tree.

    A heading is its first kept block: a button behind the title, or a second line, begins none.
    """
    owners = blocks.rows[kept, 1]
    inside = blocks.elements[owners, 4] & HEADING != 0  # of h1 to h4
    if blocks.deep_headings:
        inside |= np.isin(kept, list(blocks.deep_headings))
    found: dict[int, int] = {}
    last = -1
    for number, owner in zip(kept[inside].tolist(), owners[inside].tolist(), strict=True):
        level = blocks.deep_headings.get(number) or LEVELS.get(int(blocks.rows[number, 0]), 0)
        if not level:  # a block within, such as the button of an accordion
            levels = blocks.headings(root)
            while owner and owner not in levels:
                owner = int(blocks.elements[owner, 0])
            level = levels.get(owner, 0)
        if owner != last and level:
            found[number] = level
        last = owner
    return found


def heading_lines(parts: Sequence[str], starts: Sequence[tuple[int, int]]) -> list[Heading]:
    """Headings of the text that has these parts on lines of their own; `starts` are (number of a part, level), ascending."""
    found: list[Heading] = []
    line = part = 0
    for number, level in starts:
        line += sum(between.count("\n") + 1 for between in parts[part:number])
        part = number
        found.append(Heading(line, level))
    return found
