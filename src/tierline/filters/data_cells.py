"""Tells of the well-formed data of a page, by which a page without prose can be worth keeping: how much of it there is, and which
properties it states in attributes, so that their labels alone are seen."""

from __future__ import annotations

import json
from typing import Any

from tierline.text.prose import property_key

_IN_ATTRIBUTES = '{"kind": "rdfa"', '{"kind": "microdata"'
MAX_DEPTH = 8  # of items in each other


def data_cells(lines: str | None) -> int:
    """Cells that say something in the data tables and definition lists of structured data, header rows left out."""
    if not lines or '"table"' not in lines:
        return 0
    tables = (json.loads(line) for line in lines.split("\n") if line.startswith('{"kind": "table"'))
    return sum(bool(cell) for table in tables for row in table["rows"] for cell in row)


def stated_properties(lines: str | None) -> frozenset[str]:
    """The keys of the properties that RDFa or microdata state: such a value may stand in an attribute, and its label alone in the text."""
    if not lines or not any(start in lines for start in _IN_ATTRIBUTES):
        return frozenset()
    items = (json.loads(line)["data"] for line in lines.split("\n") if line.startswith(_IN_ATTRIBUTES))
    return frozenset(property_key(name) for item in items for name in _names(item)) - {""}


def _names(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in _names(item, depth)]
    if not isinstance(value, dict) or depth > MAX_DEPTH:
        return []
    return [*value, *(name for inner in value.values() for name in _names(inner, depth + 1))]
