"""Writes the blocks that were kept as text: a line each, list items with a dash, code fenced, data tables as Markdown."""

from __future__ import annotations

from typing import Any

import numpy as np

from tierline.crawl.blocks import BLOCK_FIELDS, ELEMENT_FIELDS, PRE, Blocks
from tierline.crawl.markup import BITS

_ITEM_BIT, _TABLE_BIT = 1 << BITS["<item>"], 1 << BITS["<table>"]
MAX_CELL_CHARACTERS = 400  # a table whose cells hold more on average lays out a page
Spans = dict[int, tuple[int, str]]  # block of a table -> (block behind the table, its Markdown)
_WIDE, _WIDTH = len(BLOCK_FIELDS), len(ELEMENT_FIELDS)


def render(blocks: Blocks, keep: Any) -> str:
    """Text of the blocks for which `keep` (n booleans) holds.

    Code and data tables between blocks that are kept stay with them: they are what the text around them speaks of. A data table is
    kept or left out as a whole.
    """
    rows, elements = blocks.block_rows, blocks.element_rows
    kinds = rows[::_WIDE]
    if PRE in kinds:
        keep = _with_code(np.array(kinds) == PRE, keep)
    tables = _tables(blocks, keep) if blocks.tables and keep.any() else {}
    kept = np.union1d(np.flatnonzero(keep), [*tables]) if tables else np.flatnonzero(keep)
    lines: list[str] = []
    behind = 0  # the last table written
    for number in kept.astype(int).tolist():
        if number < behind:
            continue
        if number in tables:
            behind, markdown = tables[number]
            lines.append(markdown)
            continue
        text, owner = blocks.texts[number], rows[number * _WIDE + 1]
        if rows[number * _WIDE] == PRE:
            text = f"```\n{text}\n```"
        elif elements[owner * _WIDTH + 4] & _ITEM_BIT:
            text = _item_mark(blocks, owner, number) + text
        lines.append(text)
    return "\n".join(lines)


def _item_mark(blocks: Blocks, owner: int, number: int) -> str:
    """A dash, indented by the depth of the list, before the first block of an item."""
    first, depth = False, 0
    while owner:
        if blocks.nodes[owner].tag == "li":
            depth += 1
            first |= depth == 1 and blocks.element_rows[owner * _WIDTH + 1] == number
        owner = blocks.element_rows[owner * _WIDTH]
    return "  " * (depth - 1) + "- " if first else ""


def _with_code(code: Any, keep: Any) -> Any:
    """`keep`, and code whose nearest other blocks before and behind are both kept."""
    others = np.flatnonzero(~code)
    behind = np.searchsorted(others, np.arange(len(keep)))
    inside = (behind > 0) & (behind < len(others))
    near = keep[others] if len(others) else keep
    between = inside & near[np.maximum(behind - 1, 0)] & near[np.minimum(behind, len(near) - 1)]
    return keep | (code & between)


def _tables(blocks: Blocks, keep: Any) -> Spans:
    """Every block of a data table that is kept leads to its Markdown, so that whichever comes first finds it."""
    found: Spans = {}
    elements = np.array(blocks.element_rows, dtype=np.int64).reshape(-1, _WIDTH)
    tables = np.flatnonzero(elements[:, 3] & _TABLE_BIT)
    for number, following in zip(tables.tolist(), [*tables[1:].tolist(), -1], strict=True):
        start, end = elements[number, 1:3].tolist()
        if following >= 0 and elements[following, 1] < end:
            continue  # a table within: this one lays out a page
        inside = keep[start:end]
        if not (start > 0 and end < len(keep) and keep[start - 1] and keep[end]):
            lengths = np.array([len(text) for text in blocks.texts[start:end]]) if inside.any() else np.ones(end - start)
            if 2 * lengths[inside].sum() < lengths.sum():
                continue
        markdown = _markdown(blocks, elements, number)
        if markdown:
            found |= dict.fromkeys(range(start, end), (end, markdown))
    return found


def _markdown(blocks: Blocks, elements: Any, table: int) -> str | None:
    """The table as Markdown, or None where it has not the shape of data: two rows and columns of short cells."""
    node, (start, end) = blocks.nodes[table], elements[table, 1:3].tolist()
    if PRE in blocks.block_rows[start * _WIDE : end * _WIDE : _WIDE]:
        return None
    last = int(np.searchsorted(elements[:, 1], end))  # elements are in document order
    spans = {node.mem_id: span for node, span in zip(blocks.nodes[table:last], elements[table:last, 1:3].tolist(), strict=True)}
    grid: list[list[str]] = []
    for row in node.css("tr"):
        cells = [spans.get(cell.mem_id, (0, 0)) for cell in row.iter() if cell.tag in ("td", "th")]
        grid.append([" ".join(" ".join(blocks.texts[first:last]).split()).replace("|", "\\|") for first, last in cells])
    rows = [row for row in grid if any(row)]
    width = max(map(len, rows), default=0)
    cells = sum(map(len, rows))
    if (
        len(rows) < 2
        or width < 2
        or cells < 1.5 * len(rows)
        or sum(len(cell) for row in rows for cell in row) > MAX_CELL_CHARACTERS * cells
    ):
        return None
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])
