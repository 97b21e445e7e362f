"""Brings the rows of each set together, wherever their shards are, and hands whole sets to workers: a partitioned shuffle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from tierline.compute.workers import Workers
from tierline.knowledge.hashed import Keys, Numbers
from tierline.knowledge.stated import Stated

Made = TypeVar("Made")
Columns = Callable[[Numbers], Mapping[str, pa.Array]]
ROWS_PER_BATCH = 8192  # in Python at a time, some 10 KB each; more only where one set has more
# Rows that one task works on, .3 ms each. There are some 256 tasks, unless that makes them too small or too large for a node's memory.
RANGE_ROWS_MIN, RANGES, RANGE_ROWS_MAX = 1 << 12, 1 << 8, 1 << 18
PART_ROWS_MIN = 1 << 14  # that are read and cut together, so that pieces do not get too many


class Beside(NamedTuple):
    """What each range needs beside its rows: a piece for each range."""

    pieces: list[Any]


class WholeSets:
    """Rows that are to be worked on by whole sets, in ranges of sets."""

    def __init__(self, stated: Stated, rows: Numbers, sets: Numbers, batch: int = ROWS_PER_BATCH) -> None:
        """Rows by their places, and the number of each one's set. Of a range at most `batch` rows are in Python at a time."""
        self._stated, self._rows, self._sets, self._batch = stated, rows, sets, batch
        self._range_rows = max(RANGE_ROWS_MIN, min(len(rows) // RANGES, RANGE_ROWS_MAX))
        self._range = np.zeros(len(rows), np.int64)
        self._ranges = 0
        for own in batches(np.arange(len(rows)), sets, self._range_rows):
            self._range[own] = self._ranges
            self._ranges += 1

    def by_range(self, rows: Numbers, values: Keys) -> list[Keys]:
        """For each range the values, each once, of these rows, which are given by their numbers here."""
        of_row = self._range[rows]
        order = np.argsort(of_row, kind="stable")
        ends = np.searchsorted(of_row[order], np.arange(self._ranges), side="right")
        return [np.unique(own) for own in np.split(values[order], ends)[: self._ranges]]

    def work(
        self,
        workers: Workers,
        name: str,
        work: Callable[[pa.Table, Sequence[Any]], Made],
        columns: Sequence[str],
        more: Columns = lambda _: {},
        beside: Iterable[Beside] = (),
    ) -> Iterator[Made]:
        """What `work` makes of tables of whole sets, and of what is beside their range. A table has the asked columns of STATED, those that
        `more` gives of rows by their numbers here, and `place` and `set`; its rows are in no order."""

        def parts() -> Iterator[pa.Table | Beside]:
            yield from beside
            for own, table in self._read(columns):
                added = {"place": pa.array(self._rows[own]), "set": pa.array(self._sets[own]), "range": pa.array(self._range[own])}
                for column, values in {**added, **more(own)}.items():
                    table = table.append_column(column, values)
                yield table

        if self._ranges:
            split, merge = partial(_cut, ranges=self._ranges), partial(_worked, work=work, batch=self._batch)
            for made in workers.shuffle(name, split, merge, parts(), self._ranges):
                yield from made

    def _read(self, columns: Sequence[str]) -> Iterator[tuple[Numbers, pa.Table]]:
        """(numbers of rows, their columns) in parts of about as many rows as a range has."""
        order = np.argsort(self._rows, kind="stable")
        numbers: list[Numbers] = []
        tables: list[pa.Table] = []
        for own, table in self._stated.take(self._rows[order], columns):
            numbers.append(order[own])
            tables.append(table)
            if sum(map(len, tables)) >= max(PART_ROWS_MIN, self._range_rows):
                yield np.concatenate(numbers), pa.concat_tables(tables)
                numbers, tables = [], []
        if tables:
            yield np.concatenate(numbers), pa.concat_tables(tables)


def batches(rows: Numbers, groups: Numbers, most: int) -> Iterator[Numbers]:
    """Rows in parts of whole groups, of at most so many rows where a group has not more; `groups` has the group of every row."""
    rows = rows[np.argsort(groups[rows], kind="stable")]
    ends = np.append(np.flatnonzero(np.diff(groups[rows])) + 1, len(rows))
    start = 0
    while start < len(rows):
        end = int(ends[max(np.searchsorted(ends, start + most, side="right") - 1, np.searchsorted(ends, start, side="right"))])
        yield rows[start:end]
        start = end


def _cut(part: pa.Table | Beside, ranges: int) -> list[Any]:
    if isinstance(part, Beside):
        return part.pieces
    of_row = part["range"].to_numpy()
    rows = part.take(pa.array(np.argsort(of_row, kind="stable"))).drop_columns("range")
    ends = np.cumsum(np.bincount(of_row, minlength=ranges))
    return [rows.slice(start, end - start) for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]


def _worked(pieces: Sequence[Any], work: Callable[[pa.Table, Sequence[Any]], Made], batch: int) -> list[Made]:
    rows = pa.concat_tables([piece for piece in pieces if isinstance(piece, pa.Table)])
    beside = [piece for piece in pieces if not isinstance(piece, pa.Table)]
    of_row = rows["set"].to_numpy()
    return [work(rows.take(pa.array(own)), beside) for own in batches(np.arange(len(rows)), of_row, batch)]
