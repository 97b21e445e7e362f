"""What statements are checked against: promoted facts with their sources, and the sentences of promoted passages and manuals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from tierline.checking.retrieval import Retrieval
from tierline.checking.rows_on_disk import Numbers, RowsOnDisk
from tierline.knowledge.keys import name_form
from tierline.knowledge.text import sentences
from tierline.lake import Lake
from tierline.tables import TABLES

LONGEST = 600  # characters of a sentence that is evidence; a longer one is a list or a table
SHORTEST_WORDS = 3
# Tables whose sentences are found by what they say, with their columns of ids and addresses.
PASSAGES = {"l3_refined": ("passage_id", "url"), "l4_manuals": ("section_id", "url"), "l4_facts": ("fact_id",)}
_FACT = (
    *("fact_id", "subject", "predicate", "object", "language", "text", "independent_sources", "contradictions"),
    *("state", "valid_from", "valid_until"),
)
_SOURCE = "fact_id", "parent_table", "parent_id", "parent_field", "span_start", "span_end", "quote", "url", "agreement"
_PASSAGE = {
    **{name: pa.string() for name in ("table", "row_id", "quote", "url")},
    **{name: pa.int64() for name in ("span_start", "span_end")},
}
Read = Callable[[str, list[str]], "Iterable[pa.RecordBatch | pa.Table]"]


class Facts(Protocol):
    """Facts found by the name of their subject."""

    def are_known(self, forms: Sequence[str]) -> list[bool]:
        """Whether there may be facts about a subject with each `name_form`; where not, there are none."""
        ...

    def about(self, form: str) -> list[dict[str, Any]]:
        """Rows of `l4_facts` whose subject has this `name_form`."""
        ...


@dataclass(frozen=True)
class FewFacts:
    """Facts by the `name_form` of their subjects, for whoever has no others."""

    rows: Mapping[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, facts: Facts, forms: Sequence[str]) -> FewFacts:
        """Those about these."""
        may_be = zip(forms, facts.are_known(forms), strict=True)
        return cls({form: facts.about(form) for form, is_known in may_be if is_known})

    def are_known(self, forms: Sequence[str]) -> list[bool]:
        """As of Facts."""
        return [form in self.rows for form in forms]

    def about(self, form: str) -> list[dict[str, Any]]:
        """As of Facts."""
        return self.rows[form]


class FactsOnDisk:
    """Facts on disk; holds their numbers."""

    def __init__(self, read: Read) -> None:
        """`read` gives the columns of `l4_facts`, batch by batch."""
        self._rows = RowsOnDisk(_schema("l4_facts", _FACT), _selected(read, "l4_facts", _FACT))
        self._subjects = Numbers(map(name_form, self._rows.column("subject")))

    def are_known(self, forms: Sequence[str]) -> list[bool]:
        """As of Facts."""
        return self._subjects.holds(forms).tolist()

    def about(self, form: str) -> list[dict[str, Any]]:
        """As of Facts."""
        return [row for row in self._rows.rows(self._subjects.of(form)) if name_form(row["subject"]) == form]


class Evidence:
    """Facts found by name of subject, passages found by what they say. Holds the numbers of rows, their words and vectors; the rows
    themselves are on disk. Building it reads every row once, in order, so the same rows give the same evidence."""

    def __init__(self, read: Read) -> None:
        """`read` gives the columns of a table, batch by batch: of the tables of PASSAGES, `l4_facts` and `l4_sources`."""
        self.facts = FactsOnDisk(read)
        self._sources = RowsOnDisk(_schema("l4_sources", _SOURCE), _selected(read, "l4_sources", _SOURCE))
        self._passages = RowsOnDisk(pa.schema(_PASSAGE), _sentences(read))
        self._of_fact = Numbers(self._sources.column("fact_id"))
        self._retrieval = Retrieval(self._passages.column("quote"))

    @classmethod
    def of_lake(cls, lake: Lake) -> Evidence:
        """All that is promoted in a lake, now or as of its moment."""
        both = lake.promoted_pairs("l4_facts", "l4_sources")
        manifests = {"l4_facts": [one for one, _ in both], "l4_sources": [other for _, other in both]}
        manifests |= {table: lake.promoted(table) for table in PASSAGES if table not in manifests}
        return cls(lambda table, columns: (batch for one in manifests[table] for batch in lake.stream(one, columns)))

    @classmethod
    def of_tables(cls, tables: Mapping[str, pa.Table]) -> Evidence:
        """Rows in memory, by name of table; an absent table has no rows."""
        return cls(lambda table, columns: [tables[table].select(columns)] if table in tables else [])

    @property
    def retrieval(self) -> Retrieval:
        """The search over passages."""
        return self._retrieval

    def source_of(self, fact_id: str) -> dict[str, Any]:
        """The source of a fact whose words are quoted: one that states it as the fact does, if there is one."""
        rows = [row for row in self._sources.rows(self._of_fact.of(fact_id)) if row["fact_id"] == fact_id]
        return min(rows, key=lambda row: (row["agreement"] != "words", row["parent_field"] != "text"), default={})

    def passage(self, number: int) -> dict[str, Any]:
        """(table, row_id, quote, url, span_start, span_end) of a sentence."""
        return self._passages.row(number)


def _schema(table: str, columns: Iterable[str]) -> pa.Schema:
    return pa.schema([TABLES[table].schema.field(name) for name in columns])


def _selected(read: Read, table: str, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch | pa.Table]:
    schema = _schema(table, columns)
    for batch in read(table, list(columns)):
        yield batch.select(list(columns)).cast(schema)


def _sentences(read: Read) -> Iterator[pa.RecordBatch]:
    """The sentences of English passages and sections, with their places in `text`."""
    for table, (key, *others) in PASSAGES.items():
        for batch in read(table, [key, "text", "language", *others]):
            found = [
                {"table": table, "row_id": row[key], "url": row.get("url"), "span_start": start, "span_end": end}
                | {"quote": row["text"][start:end]}
                for row in batch.to_pylist()
                if row["language"] == "en"
                for start, end in sentence_places(row["text"])
            ]
            yield pa.RecordBatch.from_pylist(found, pa.schema(_PASSAGE))


def sentence_places(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the sentences of a text that may be evidence, without their last points."""
    start = 0
    for line in text.split("\n"):
        for first, last in sentences(line):
            if last - first <= LONGEST and line.count(" ", first, last) >= SHORTEST_WORDS - 1:
                yield start + first, start + last
        start += len(line) + 1
