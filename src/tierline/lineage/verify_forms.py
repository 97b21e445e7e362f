"""Checks training forms again: the values that a form was read to state are those of its parents, and its quote is its source's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tierline.errors import TierlineError
from tierline.lake import Lake, Manifest
from tierline.stages import BY_NAME
from tierline.tables import TABLES

FORMS = "l4_forms"
UNKNOWN = "unknown"  # the kind of forms that state no value
SOURCES = "l4_sources"


def form_mismatch(row: Mapping[str, Any], stated: Mapping[str, str], quotes: Mapping[str, str]) -> str | None:
    """The mismatch of a row of `l4_forms`, or None, given the normal values of its parents' table and the quotes of sources, by id."""
    absent = next((parent for parent in row["parents"] if parent not in stated), None)
    if absent is not None:
        return f"its parent {absent} in {row['parent_table']} is not there"
    if row["kind"] != UNKNOWN and [stated[parent] for parent in row["parents"]] != row["stated_values"]:
        return "it states other values than its parents"
    if row["quote"] is None or (quotes.get(row["source_id"]) == row["quote"] and row["quote"] in row["text"]):
        return None
    return "the words that it quotes are not those of its source"


class FormParents:
    """What forms rest on, each table read once and when the first form needs it."""

    def __init__(self, lake: Lake, manifests: Mapping[tuple[str, str], Manifest]) -> None:
        self._lake, self._manifests = lake, manifests
        self._known: dict[str, dict[str, str] | None] = {}

    def mismatches(self, forms: Manifest, rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
        """(id, mismatch) of rows of `l4_forms`. Forms of earlier facts are out of date, which is no mismatch, and a table that cannot be
        read is said of itself."""
        for row in rows if self._are_present(forms) else ():
            stated = self._column(row["parent_table"], "value_normal")
            quotes = self._column(SOURCES, "quote") if row["quote"] is not None else {}
            wrong = form_mismatch(row, stated, quotes) if stated is not None and quotes is not None else None
            if wrong:
                yield row["form_id"], wrong

    def _are_present(self, forms: Manifest) -> bool:
        """Whether the forms were made of the rows that are in the lake now."""
        present = {f"{table}/{shard}": one.digest for (table, shard), one in self._manifests.items()}
        return all(present.get(name) == digest for name, digest in forms.inputs.items())

    def _column(self, table: str, column: str) -> dict[str, str] | None:
        if table not in self._known:
            self._known[table] = self._read(table, column)
        return self._known[table]

    def _read(self, table: str, column: str) -> dict[str, str] | None:
        found: dict[str, str] = {}
        rests_on = table in BY_NAME[FORMS].reads  # a row that names another table has no parent there
        for manifest in [one for (name, _), one in self._manifests.items() if name == table and rests_on]:
            try:
                rows = self._lake.read_manifest(manifest, [TABLES[table].key, column])
            except TierlineError:
                return None
            found |= dict(zip(rows[TABLES[table].key].to_pylist(), rows[column].to_pylist(), strict=True))
        return found
