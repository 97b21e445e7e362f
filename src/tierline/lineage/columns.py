"""Which columns a column is computed from, between the main tables of the stages: what a catalog shows as column lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tierline.sql import Models
from tierline.tables import TABLES

Lineage = dict[str, list[tuple[str, str]]]  # column -> (table, column) pairs
SELECTION_MODEL = "l2_selection"  # the SQL model that decides which documents are rows of `l2_selected`


def table_lineage(table: str) -> Lineage:
    """The columns of a table that have origins in tables of other stages, as its schema declares them."""
    lineage = {name: main_columns(_split(column.sources)) for name, column in TABLES[table].fields.items()}
    return {name: sources for name, sources in lineage.items() if sources}


def stage_lineage(table: str, models: Models) -> Lineage:
    """The same of a stage's main table; which rows of `l2_selected` exist also rests on what the selection model reads."""
    lineage = table_lineage(table)
    if table == "l2_selected":
        decided = main_columns(models.column_lineage(SELECTION_MODEL)["outcome"])
        lineage["doc_id"] = sorted({*lineage["doc_id"], *decided})
    return lineage


def model_lineage(name: str, models: Models) -> Lineage:
    """The columns of a SQL model with their origins in main tables; what it reads of the lake's own records is left out."""
    lineage = {column: main_columns(sources) for column, sources in models.column_lineage(name).items()}
    return {column: sources for column, sources in lineage.items() if sources}


def main_columns(sources: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same columns, those of a stage's side table replaced by what they are computed from; sorted."""
    found: set[tuple[str, str]] = set()
    for table, column in sources:
        if table not in TABLES or column not in TABLES[table].fields:
            continue
        if TABLES[table].stage == table:
            found.add((table, column))
        else:
            found.update(main_columns(_split(TABLES[table].fields[column].sources)))
    return sorted(found)


def unknown_sources(lineage: Mapping[str, Sequence[str]]) -> list[str]:
    """The `table.column` names among declared sources that no table has."""
    known = {f"{table}.{column}" for table, spec in TABLES.items() for column in spec.fields}
    return sorted({source for sources in lineage.values() for source in sources} - known)


def _split(sources: Sequence[str]) -> list[tuple[str, str]]:
    return [(table, column) for table, _, column in (source.partition(".") for source in sources)]
