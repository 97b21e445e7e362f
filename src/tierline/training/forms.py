"""Names the forms that rows of L3 and L4 have, and finds the form of each row: what is left out, one form at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from tierline.lake import Lake
from tierline.tables import TABLES

COLUMN = "form"  # of a corpus, beside corpus.SCHEMA, and optional: the row's kind, as its table names it


@dataclass(frozen=True, slots=True)
class RowForm:
    """Rows of one table that are alike in kind."""

    table: str
    kinds: frozenset[str]

    @property
    def tier(self) -> str:
        """Of its rows."""
        return str(TABLES[self.table].tier)


def _forms(table: str, **groups: str) -> dict[str, RowForm]:
    return {name: RowForm(table, frozenset(kinds.split())) for name, kinds in groups.items()}


_DERIVED = _forms(
    "l3_derived",
    questions="definition purpose date person place number reason condition cell free_question",
    cloze="cloze",
    true_false="true_false",
    lists="list procedure",
    comparisons="comparison order",
    exercises="exercise",
    glossaries="glossary",
    dialogues="tutoring free_tutoring",
    written="textbook encyclopedia lecture",
)
FORMS: dict[str, RowForm] = {
    **_forms("l3_refined", edits="edit", model_questions="qa"),
    **_DERIVED,
    "derived": RowForm("l3_derived", frozenset().union(*(form.kinds for form in _DERIVED.values()))),
    "fact_sentences": RowForm("l4_facts", frozenset({"fact"})),
    **_forms(
        "l4_forms",
        statements="sentence dated_statement succession",
        answers="question evidence_answer two_hop",
        overviews="card table comparison",
        limits="unknown contradicted unconfirmed",
    ),
    "manuals": RowForm("l4_manuals", frozenset({"section"})),
}
TABLES_OF_FORMS = tuple(dict.fromkeys(form.table for form in FORMS.values()))


def kind_of(table: str, kind: str | None) -> str | None:
    """The kind that a corpus states of a row: the table's own, or the one that all its rows have; null for other tables."""
    return kind or next((name for form in FORMS.values() if form.table == table for name in form.kinds), None)


def forms_of(kind: str | None, tier: str) -> list[str]:
    """The forms that a row of this kind and tier is of."""
    return [name for name, form in FORMS.items() if kind in form.kinds and form.tier == tier]


def form_of_rows(table: str, kinds: Iterable[str], known: Iterable[str]) -> str | None:
    """Of the known forms the narrowest that all rows of a table, or those of some kinds, are of; of all rows it has to have every other
    known form of the table. None if there is none."""
    own = [name for name in known if FORMS[name].table == table]
    wanted = frozenset(kinds) or frozenset[str]().union(*(FORMS[name].kinds for name in own))
    return min((name for name in own if FORMS[name].kinds >= wanted), key=lambda name: len(FORMS[name].kinds), default=None)


def read_forms(folder: str | Path) -> dict[str, str]:
    """Id -> kind, from the files of a corpus that state it."""
    found: dict[str, str] = {}
    for file in sorted(Path(folder).rglob("*.parquet")):
        if COLUMN in pq.read_schema(file).names:
            rows = pq.read_table(file, columns=["id", COLUMN])
            found |= {name: kind for name, kind in zip(rows["id"].to_pylist(), rows[COLUMN].to_pylist(), strict=True) if kind}
    return found


def forms_of_lake(lake: Lake) -> dict[str, str]:
    """Id -> kind, of the promoted rows of a lake."""
    found: dict[str, str] = {}
    for table in TABLES_OF_FORMS:
        spec = TABLES[table]
        columns = [spec.key, *(name for name in ("kind",) if name in spec.columns)]
        for manifest in lake.promoted(table):
            for row in lake.read_promoted(table, manifest.shard, columns)[0].to_pylist():
                found[row[spec.key]] = str(kind_of(table, row.get("kind")))
    return found
