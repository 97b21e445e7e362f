"""Counts the well-formed data of a page, by which a page without prose can be worth keeping."""

from __future__ import annotations

import json


def data_cells(lines: str | None) -> int:
    """Cells that say something in the data tables and definition lists of structured data, header rows left out."""
    if not lines or '"table"' not in lines:
        return 0
    tables = (json.loads(line) for line in lines.split("\n") if line.startswith('{"kind": "table"'))
    return sum(bool(cell) for table in tables for row in table["rows"] for cell in row)
