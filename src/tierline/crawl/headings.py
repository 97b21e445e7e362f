"""Finds which kept blocks are headings of the page, h1 to h6, and at which lines of its text they stand."""

from __future__ import annotations

from collections.abc import Sequence
from operator import methodcaller
from typing import Any, NamedTuple

import numpy as np

from tierline.crawl.blocks import KINDS, Blocks
from tierline.crawl.heading_kernel import H1, H4, keep_headings
from tierline.crawl.markup import DEFINITIONS, HEADING, ITEM

HEADINGS_MIN = 2  # below h1, of a page whose title is one of sections
SHORT_LIST_MAX = 2  # blocks: the model sees a list by its items, and one item, or one term with its definition, looks like furniture
_BREAKS = methodcaller("count", "\n")
LEVELS = {KINDS.index(f"h{level}"): level for level in range(H1, H4 + 1)}


class Heading(NamedTuple):
    """A line of a text, from 0, that is a heading, and its level, 1 (h1) to 6."""

    line: int
    level: int


def with_headings(blocks: Blocks, keep: Any) -> tuple[Any, Any]:
    """(`keep`, n booleans, and the headings directly before a kept block, which they are about; n booleans for what is in a heading).

    Before the first kept block that is the title alone, higher than the page's other headings, of which there are several, with nothing
    but links between: the headline of an article is no part of its text as people mark it, the title of a manual is.
    """
    kept, inside = keep.copy(), np.empty_like(keep)
    keep_headings(blocks.rows, blocks.elements, HEADING, HEADINGS_MIN, kept, inside)
    return kept, inside


def with_short_lists(blocks: Blocks, chosen: Any, keep: Any, inside: Any) -> Any:
    """`keep`, and the short lists without links directly below headings that are `chosen` for themselves; n booleans each, `inside` is what
    is in a heading.

    A heading that is main text is about what stands below it. Longer lists, and such with links, are judged by the model alone.
    """
    listed = blocks.elements[blocks.rows[:, 1], 4] & (ITEM | DEFINITIONS) != 0
    bare = listed & ~inside & ~keep
    heads = np.flatnonzero(chosen[:-1] & inside[:-1] & ~listed[:-1] & bare[1:])
    found = keep.copy()
    for head in heads.tolist():
        end = head + 1
        while end < len(bare) and bare[end] and end <= head + 1 + SHORT_LIST_MAX:
            end += 1
        if end - head - 1 <= SHORT_LIST_MAX and not blocks.rows[head + 1 : end, 3].any():
            found[head + 1 : end] = True
    return found


def heading_levels(blocks: Blocks, kept: Any, inside: Any) -> dict[int, int]:
    """Level of each block that begins a heading, among those with the `kept` numbers, which ascend.

    A heading is its first kept block: a button behind the title, or a second line, begins none.
    """
    places = kept[inside[kept]]
    rows = blocks.rows[places, :2].tolist()
    found: dict[int, int] = {}
    last = -1
    for number, (kind, owner) in zip(places.tolist(), rows, strict=True):
        level = blocks.deep_headings.get(number) or LEVELS.get(kind, 0)
        if not level:  # a block within, such as the button of an accordion
            while owner and owner not in blocks.headings:
                owner = int(blocks.elements[owner, 0])
            level = blocks.headings.get(owner, 0)
        if owner != last and level:
            found[number] = level
        last = owner
    return found


def heading_lines(parts: Sequence[str], starts: Sequence[tuple[int, int]]) -> list[Heading]:
    """Headings of the text that has these parts on lines of their own; `starts` are (number of a part, level), ascending."""
    found: list[Heading] = []
    line = part = 0
    for number, level in starts:
        between = parts[part:number]
        line += len(between) + sum(map(_BREAKS, between))
        part = number
        found.append(Heading(line, level))
    return found
