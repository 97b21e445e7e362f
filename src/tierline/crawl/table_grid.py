"""Lays out a table as browsers do: which cell covers each place, its spans included (HTML Living Standard, 4.9.12)."""

from __future__ import annotations

import re
import sys
from collections.abc import Container, Mapping
from itertools import compress
from typing import Any, NamedTuple

_NUMBER = re.compile(r"\+?(\d{1,9})", re.A)


class Cell(NamedTuple):
    """A cell, where it begins, how many columns it covers, and whether nobody sees it."""

    node: Any
    row: int
    column: int
    columns: int
    is_hidden: bool

    @property
    def is_header(self) -> bool:
        """Whether it is a <th>."""
        return self.node.tag == "th"


class Row(NamedTuple):
    """A row's places, each with the cell that covers it or None, and the part of the table that the row belongs to."""

    part: str  # thead | tbody | tfoot
    places: list[Cell | None]


def table_rows(table: Any, hidden: Container[int], most: int) -> list[Row] | None:
    """The rows of a table without tables in it, all of one width; None if it has more than `most` places.

    Rows whose `mem_id` is hidden are not there. A hidden cell keeps its place, so that those behind it stay in their columns; a column
    that is hidden in every row is left out. A span ends with its part of the table, so one of 0 rows or of too many reaches to that end.
    """
    rows: list[Row] = []
    spans: dict[int, tuple[Cell, int]] = {}  # column -> what covers it, and the row where that ends
    part = places = width = 0
    some_hidden = False
    for number, node in enumerate(table.css("tr")):
        around = node.parent
        is_hidden = node.mem_id in hidden or around.mem_id in hidden
        if around.mem_id != part:
            part, spans = around.mem_id, {}
        row = {column: cell for column, (cell, end) in spans.items() if number < end}
        places, column = places + len(row), 0
        for child in node.iter():
            if child.tag not in ("td", "th"):
                continue
            while column in row:
                column += 1
            columns, below = _spans(child.attributes)
            places += columns
            if places > most:
                return None
            cell = Cell(child, number, column, columns, is_hidden or child.mem_id in hidden)
            some_hidden |= cell.is_hidden
            if columns == below == 1:
                row[column] = cell
                column += 1
                continue
            for place in range(column, column + columns):
                row.setdefault(place, cell)
                if below != 1 and row[place] is cell:
                    spans[place] = (cell, number + below if below else sys.maxsize)
            column += columns
        if row and not is_hidden:
            last = max(row)
            width = max(width, last + 1)
            rows.append(Row(around.tag, [row.get(place) for place in range(last + 1)]))
    if width * len(rows) > 2 * most:
        return None
    for row in rows:
        row.places.extend([None] * (width - len(row.places)))
    return _without_hidden_columns(rows) if some_hidden else rows


def _without_hidden_columns(rows: list[Row]) -> list[Row]:
    """The rows without the columns in which somebody hid a cell and no cell of its own is seen."""
    seen: list[bool] = []
    for column in zip(*(row.places for row in rows), strict=True):
        cells = [cell for cell in column if cell is not None]
        is_left_out = any(cell.is_hidden for cell in cells) and all(cell.is_hidden or cell.columns > 1 for cell in cells)
        seen.append(not is_left_out)
    return [Row(row.part, list(compress(row.places, seen))) for row in rows]


def _spans(attributes: Mapping[str, str | None]) -> tuple[int, int]:
    """(columns, rows) that a cell covers; 0 rows for all that are left."""
    return (max(1, _span(attributes.get("colspan"))), _span(attributes.get("rowspan"))) if attributes else (1, 1)


def _span(value: str | None) -> int:
    """A span as HTML parses it: the digits at the front, 1 where there are none."""
    found = _NUMBER.match(value.lstrip()) if value else None
    return int(found[1]) if found else 1
