"""What others found, as a table to stand beside the experiment's own sizes."""

from __future__ import annotations

from pathlib import Path

from tierline.config.recipe import read_yaml
from tierline.display import TextTable

FILE = Path(__file__).with_suffix(".yaml")
COLUMNS = {"source": "source", "sizes": "sizes", "compared": "compared", "effect": "effect", "with_size": "with size", "read": "read of it"}


def literature_table() -> TextTable:
    """A line a source; the last column says whether its text, its abstract or somebody's summary was read."""
    rows = [tuple(str(row[name]) for name in COLUMNS) for row in read_yaml(FILE, "table of sources")]
    return TextTable(tuple(COLUMNS.values()), rows, frozenset(range(len(COLUMNS))))
