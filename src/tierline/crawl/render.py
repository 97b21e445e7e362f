"""Writes the kept blocks as text: one line each; lists, code, data tables and definitions in Markdown."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from tierline.crawl.blocks import DD, PRE, Blocks
from tierline.crawl.headings import Heading, heading_levels, heading_lines, with_headings, with_short_lists
from tierline.crawl.markup import ITEM, TABLE
from tierline.crawl.table_grid import table_rows

_MARKS = re.compile("`{3,}")
MAX_CELL_CHARACTERS = 400  # a table with more in its cells on average is page layout
# Of a data table's characters, from which on all of it is kept: the model judges cells, and half of a table tells nothing. On the labeled
# pages a quarter and a half give the same F1.
TABLE_SHARE_MIN = 0.25
MAX_PLACES = 100_000  # of a table; what has more in its spans is plain blocks
Spans = dict[int, tuple[int, str]]  # block of a table -> (block behind the table, its Markdown)


class Rendered(NamedTuple):
    """A page's text and its headings, in order; one stands on one line."""

    text: str
    headings: list[Heading]


def render(blocks: Blocks, keep: Any, root: Any) -> Rendered:
    """Text of the blocks for which `keep` (n booleans) holds; the root is that of their tree.

    Code and data tables between kept blocks stay with them: the text around refers to them. So do headings before kept blocks, and lists of
    one item below kept headings. A data table is kept as a whole if a good part of it is kept.
    """
    code = blocks.rows[:, 0] == PRE
    if code.any():
        keep = _with_code(code, keep)
    chosen = keep
    keep, inside = with_headings(blocks, chosen)
    keep = with_short_lists(blocks, chosen, keep, inside)
    tables = _tables(blocks, keep, root) if keep.any() and (blocks.elements[:, 3] & TABLE).any() else {}
    kept = np.union1d(np.flatnonzero(keep), [*tables]).astype(int) if tables else np.flatnonzero(keep)
    kinds, owners = blocks.rows[kept, :2].T
    items, definitions = blocks.elements[owners, 4] & ITEM, kinds == DD
    lists = {0: (0, -1)}
    levels = heading_levels(blocks, kept, inside)
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    behind = 0  # the last table written
    columns = (kept, kinds, owners, items, definitions)
    for number, kind, owner, item, definition in zip(*(column.tolist() for column in columns), strict=True):
        if number < behind:
            continue
        if number in tables:
            behind, markdown = tables[number]
            lines.append(markdown)
            continue
        text = blocks.texts[number]
        if kind == PRE:
            text = _fenced(text)
        elif item:
            text = _item_mark(*_list_item(owner, blocks, lists), number) + text
        elif definition:
            text = f": {text}"
        if number in levels:
            starts.append((len(lines), levels[number]))
            text = text.replace("\n", " ")
        lines.append(text)
    return Rendered("\n".join(lines), heading_lines(lines, starts))


def _fenced(code: str) -> str:
    """Code between fences longer than any within (CommonMark 0.31, 4.5)."""
    fence = max(["```", *(f"{marks}`" for marks in _MARKS.findall(code))], key=len)
    return f"{fence}\n{code}\n{fence}"


def _list_item(owner: int, blocks: Blocks, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """(depth in lists, first block of the innermost item) of an element; `known` are those of elements that were asked for, or lie around
    them."""
    path: list[list[int]] = []
    while owner not in known:
        path.append([owner, *blocks.elements[owner].tolist()])
        owner = path[-1][1]
    found = known[owner]
    for number, _, start, _, own, _ in reversed(path):
        found = known[number] = (found[0] + 1, start) if own & ITEM else found
    return found


def _item_mark(depth: int, first: int, number: int) -> str:
    """A dash, indented by the depth of the list, before the first block of an item."""
    return "  " * (depth - 1) + "- " if first == number else ""


def _with_code(code: Any, keep: Any) -> Any:
    """`keep`, and code whose nearest other blocks before and behind are both kept."""
    others = np.flatnonzero(~code)
    behind = np.searchsorted(others, np.arange(len(keep)))
    inside = (behind > 0) & (behind < len(others))
    near = keep[others] if len(others) else keep
    between = inside & near[np.maximum(behind - 1, 0)] & near[np.minimum(behind, len(near) - 1)]
    return keep | (code & between)


def _tables(blocks: Blocks, keep: Any, root: Any) -> Spans:
    """Every block of a kept data table maps to its Markdown, so that whichever comes first finds it."""
    found: Spans = {}
    elements = blocks.elements
    tables = np.flatnonzero(elements[:, 3] & TABLE)
    nodes = blocks.tables(root)
    for number, following in zip(tables.tolist(), [*tables[1:].tolist(), -1], strict=True):
        start, end = elements[number, 1:3].tolist()
        if following >= 0 and elements[following, 1] < end:
            continue  # it contains a table: this one is page layout
        inside = keep[start:end]
        if not (start > 0 and end < len(keep) and keep[start - 1] and keep[end]):
            lengths = np.array([len(text) for text in blocks.texts[start:end]]) if inside.any() else np.ones(end - start)
            if lengths[inside].sum() < TABLE_SHARE_MIN * lengths.sum():
                continue
        markdown = _markdown(blocks, number, nodes[number])
        if markdown:
            found |= dict.fromkeys(range(start, end), (end, markdown))
    return found


def _markdown(blocks: Blocks, table: int, node: Any) -> str | None:
    """The table as Markdown, or None if it is not shaped like data: at least two rows and columns of short cells."""
    start, end = blocks.elements[table, 1:3].tolist()
    if (blocks.rows[start:end, 0] == PRE).any():
        return None
    grid: list[list[str]] = []
    cells = 0
    for row in table_rows(node, blocks.hidden, MAX_PLACES) or ():
        # A cell over several rows belongs to each of them; over several columns it is written once, the others stay in their places.
        begun = [cell if cell is not before else None for before, cell in pairwise([None, *row.places])]
        texts = [blocks.text(cell.node.mem_id).replace("|", "\\|") if cell else "" for cell in begun]
        if any(texts):
            grid.append(texts)
            cells += len(begun) - begun.count(None)
    width = len(grid[0]) if grid else 0
    if (
        len(grid) < 2
        or width < 2
        or cells < 1.5 * len(grid)
        or sum(len(text) for row in grid for text in row) > MAX_CELL_CHARACTERS * cells
    ):
        return None
    lines = ["| " + " | ".join(row) + " |" for row in grid]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])
