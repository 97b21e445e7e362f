"""What a verification found, by keys of everything that it rests on, so that the next one judges again only what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from tierline.knowledge.hashed import Flags, Keys, Numbers, find
from tierline.tables import DECISION_COLUMNS, TABLES

_U64 = pa.uint64()
JUDGED = pa.field("judged", _U64)  # the property that a row is of: the low half of the key of all that its outcome rests on
RESULTS = {name: pa.schema([*pa.schema(TABLES[name].columns), JUDGED]) for name in ("l4_facts", "l4_sources", "l4_values")}
# Of a claim: its key, and whether its value is refuted.
RESULTS["decisions"] = pa.schema([*pa.schema(DECISION_COLUMNS), JUDGED, pa.field("row", _U64), pa.field("refuted", pa.bool_())])
# Of sets of rows that were resolved or judged together, in order: both halves of the key of what the rows say and of what they are about;
# of the common words of their pages, and of the paragraphs that these share, which is all that common words decide.
SETS = pa.schema(dict.fromkeys(("low", "high", "words", "paragraphs"), _U64))
ANSWERS = pa.schema([JUDGED, *(pa.field(name, pa.string()) for name in ("site", "other", "answer")), pa.field("basis", _U64)])
SCHEMAS = RESULTS | {
    "rows": pa.schema({"row": _U64, "entity": pa.int32()}),  # in order of the rows' keys; -1: nobody can tell
    "groups": SETS,  # that were resolved
    "entities": pa.schema({"entity": pa.string(), "id": _U64, "all": _U64}),  # by number: as JSON; keys of its id and of all of it
    "properties": SETS,  # that were judged
    "answers": ANSWERS,  # about sites with one feed, that a property's outcome rests on
}


class Batches(Protocol):
    """Rows that are read a batch at a time."""

    def to_batches(self) -> Iterable[pa.RecordBatch]: ...


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Tables of SCHEMAS: those of RESULTS, whose size follows that of the lake in words, as `results`, the others as `tables`.

    The rows of a property are in one batch.
    """

    tables: Mapping[str, pa.Table]
    results: Mapping[str, Batches]

    @classmethod
    def none(cls) -> Outcomes:
        """Nothing is known."""
        empty = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
        return cls({name: table for name, table in empty.items() if name not in RESULTS}, {name: empty[name] for name in RESULTS})

    def compared(self, name: str, keys: SetKeys) -> tuple[Flags, Flags, Keys]:
        """(which sets are those of known `groups` or `properties`, which of these have the same common words, what paragraphs known ones
        share)."""
        places, found = find(keys.low, self.column(name, "low"))
        if not found.any():
            return found, found, np.zeros(len(found), np.uint64)
        high, words, paragraphs = (self.column(name, column)[places] for column in ("high", "words", "paragraphs"))
        found &= high == keys.high
        return found, found & (words == keys.words), paragraphs

    def entities_of(self, rows: Keys) -> Numbers:
        """The numbers of the entities of known rows."""
        return self.column("rows", "entity")[find(rows, self.column("rows", "row"))[0]].astype(np.int64)

    def of(self, name: str, judged: Keys) -> Iterator[pa.Table]:
        """The results that are of these properties, in order."""
        for batch in self.results[name].to_batches():
            yield _only(pa.Table.from_batches([batch]), judged)

    def answers_of(self, judged: Keys) -> pa.Table:
        """The answers that are of these properties, in order."""
        return _only(self.tables["answers"], judged)

    def column(self, name: str, column: str) -> np.ndarray:
        """A column of numbers."""
        return self.tables[name][column].to_numpy()


def _only(rows: pa.Table, judged: Keys) -> pa.Table:
    is_kept = find(rows["judged"].to_numpy(), judged)[1]
    return rows if is_kept.all() else rows.filter(pa.array(is_kept))


class SetKeys(NamedTuple):
    """Keys of sets as SETS has them, without paragraphs."""

    low: Keys
    high: Keys
    words: Keys

    def table(self, paragraphs: Keys, kept: Flags) -> pa.Table:
        """Rows of SETS, of those that are kept, in order."""
        order = np.flatnonzero(kept)[np.argsort(self.low[kept])]
        return pa.Table.from_arrays([pa.array(column[order]) for column in (*self, paragraphs)], schema=SETS)
