"""What questions ask and answer, as keys: each is compared with all of L3 at a cost that does not grow with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.dedup.key_index import KeyIndex
from tierline.dedup.runs import Keys
from tierline.derived.form import Form, Kind
from tierline.derived.paper import normal
from tierline.lake import Lake, Manifest
from tierline.tables import TABLES, content_id

LAYOUT = "1"  # of keys and files; another one starts another folder
BUCKET_MAX = 4  # of rows with one key the first is enough
QUESTIONS, DERIVED = "l3_refined", "l3_derived"
# Kinds whose question says what it is about only with the document's name; of blocks the words of the answer say it all.
_NAMED, _BLOCKS = frozenset({Kind.CELL, Kind.COMPARISON}), frozenset({Kind.LIST, Kind.PROCEDURE, Kind.GLOSSARY, Kind.TUTORING})


class Known(Protocol):
    """Rows of L3 that a form must not repeat."""

    def repeated(self, pairs: Sequence[tuple[str, str]], /) -> list[str]:
        """For each (digest of what is said, question) the id of a row that says or asks the same, "" for none."""
        ...


def said_of(form: Form) -> str:
    """Digest of what is asked and answered, without the document's name where the question stands without it."""
    if form.kind in _NAMED:
        parts = form.question, form.text
    elif form.kind in _BLOCKS:
        parts = "", form.text
    elif form.kind in (Kind.TRUE_FALSE, Kind.CLOZE):
        parts = "", form.asked.replace("____", form.text)
    else:
        parts = form.asked or form.question, form.text
    return hashlib.sha256("\n".join(map(normal, parts)).encode()).hexdigest()[:32]


def keys(pairs: Iterable[tuple[str, str]]) -> Keys:
    """Two keys a row, of what it says and what it asks; shape (n, 2)."""
    found = [(int(said[:16], 16), int(hashlib.sha256(normal(question).encode()).hexdigest()[:16], 16)) for said, question in pairs]
    return np.array(found, np.uint64).reshape(len(found), 2)


class KnownRows(KeyIndex):
    """The promoted rows of one table of L3 in the given shards; a `Known`. Of `l3_refined` those with a question count."""

    def __init__(self, lake: Lake, shards: Sequence[str], table: str = DERIVED) -> None:
        super().__init__(lake.cache_dir / "said" / content_id("said", LAYOUT, table), BUCKET_MAX, np.asarray, ("keys",))
        order = {shard: number for number, shard in enumerate(shards)}
        lake.refuse_damaged(table, shards)  # others may be about to be written again
        self._lake, self._table, self._alive = lake, table, lake.readable().promoted(table)
        self._own = sorted((one for one in self._alive if one.shard in order), key=lambda one: order[one.shard])
        self._is_covered = False

    @property
    def inputs(self) -> dict[str, str]:
        """What an activity records of them: one digest over all, or nothing where there are none."""
        states = (f"{one.shard}={one.digest}" for one in self._own)
        return {f"{self._table}/earlier": content_id("dig", *states)} if self._own else {}

    def repeated(self, pairs: Sequence[tuple[str, str]], /) -> list[str]:
        """See Known."""
        if not self._is_covered:
            self.cover(self._own, self._alive)
            self._is_covered = True
        found = [""] * len(pairs)
        if pairs:
            rows, numbers = self.find(keys(pairs))
            first = np.unique(rows, return_index=True)[1]
            for row, name in zip(rows[first].tolist(), self.ids(numbers[first]), strict=True):
                found[row] = name
        return found

    def _arrays(self, manifest: Manifest) -> Mapping[str, Iterable[npt.NDArray[Any]]]:
        rows = [row for batch in self._lake.stream(manifest, self._columns) for row in _asked(batch)]
        ids = np.array([row[0].encode() for row in rows], np.bytes_) if rows else np.empty(0, "S1")
        return {"ids": [ids], "keys": [keys((said, question) for _, said, question in rows)]}

    @property
    def _columns(self) -> list[str]:
        return [TABLES[self._table].key, "said" if self._table == DERIVED else "text", "question"]


def _asked(batch: pa.RecordBatch) -> list[tuple[str, str, str]]:
    """(id, digest of what is said, question) of the rows that ask something."""
    found: list[tuple[str, str, str]] = []
    for name, said, question in zip(*(batch.column(place).to_pylist() for place in range(3)), strict=True):
        if question:
            digest = said if batch.schema.names[1] == "said" else _digest(question, said)
            found.append((name, digest, question))
    return found


def _digest(question: str, text: str) -> str:
    core = question.rstrip("? ")
    return hashlib.sha256(f"{normal(core)}\n{normal(text)}".encode()).hexdigest()[:32]
