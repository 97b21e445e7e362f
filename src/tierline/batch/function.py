"""What every function of the toolkit has in common: from an Arrow batch to an Arrow batch, with the columns that it reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Any, Concatenate, Generic, ParamSpec

import pyarrow as pa

from tierline.errors import BadInput

P = ParamSpec("P")
_ONE_AT_A_TIME = RLock()  # in a process: what parses pages and runs prepared SQL is not made for threads, as some engines have them


@dataclass(frozen=True, eq=False, slots=True)
class BatchFunction(Generic[P]):
    """A function of a batch of n rows: a pyarrow Table or RecordBatch, or whatever hands over its rows by Arrow's PyCapsule interface
    (Polars, pandas 3, DuckDB).

    `reads` must be there, in any type that casts to these; `may_read` is null where it is not there. All columns go on as they came but
    those in `writes`, which are new or take the place of the old ones. With `keeps_rows` each row stays, in order; otherwise the rows are
    others, with the columns of `writes` alone.
    """

    name: str
    module: str
    reads: pa.Schema
    may_read: pa.Schema
    writes: pa.Schema
    keeps_rows: bool
    work: Callable[Concatenate[pa.Table, P], pa.Table]

    def __call__(self, batch: Any, *settings: P.args, **named: P.kwargs) -> pa.Table:
        """Raises BadInput where a column is missing or of a type that cannot be read."""
        given = as_table(batch, self.name)
        read = self._read(given)
        with _ONE_AT_A_TIME:
            made = self.work(read, *settings, **named).select(self.writes.names).cast(self.writes)
        return beside(given, made) if self.keeps_rows else made

    def __reduce__(self) -> tuple[Any, ...]:
        """By name, as functions are pickled: other processes have the same code."""
        return _by_name, (self.module, self.name)

    def _read(self, given: pa.Table) -> pa.Table:
        if missing := [name for name in self.reads.names if name not in given.column_names]:
            known = ", ".join(given.column_names) or "none"
            raise BadInput(f"the column {missing[0]!r} is missing", self.name, f"it reads {', '.join(self.reads.names)}; there is {known}")
        columns: dict[str, Any] = {}
        for field in [*self.reads, *self.may_read]:
            column = given.column(field.name) if field.name in given.column_names else pa.nulls(given.num_rows, field.type)
            try:
                columns[field.name] = column.cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                where = f"{self.name}, column {field.name!r}"
                raise BadInput(f"{column.type} cannot be read as {field.type}", where, "cast the column before") from error
        return pa.table(columns)


def batch_function(
    reads: pa.Schema, writes: pa.Schema, may_read: pa.Schema | None = None, keeps_rows: bool = True
) -> Callable[[Callable[Concatenate[pa.Table, P], pa.Table]], BatchFunction[P]]:
    """Makes a BatchFunction of a function from a table with the columns of `reads` and `may_read` to one with those of `writes`."""

    def declared(work: Callable[Concatenate[pa.Table, P], pa.Table]) -> BatchFunction[P]:
        return BatchFunction(work.__name__, work.__module__, reads, may_read or pa.schema([]), writes, keeps_rows, work)

    return declared


def as_table(batch: Any, name: str) -> pa.Table:
    """The rows of a batch as a table. BadInput if it is none."""
    if isinstance(batch, pa.Table):
        return batch
    if isinstance(batch, pa.RecordBatch):
        return pa.Table.from_batches([batch])
    try:
        return pa.table(batch)
    except (TypeError, ValueError) as error:
        said = "give a pyarrow Table or RecordBatch, or columns by name"
        raise BadInput(f"{type(batch).__name__} is no batch of rows", name, said) from error


def beside(given: pa.Table, made: pa.Table) -> pa.Table:
    """`given`, with the columns of `made` in the place of those of the same names, or behind all others; row by row."""
    for field in made.schema:
        column = made.column(field.name)
        place = given.schema.get_field_index(field.name)
        given = given.append_column(field, column) if place < 0 else given.set_column(place, field, column)
    return given


def _by_name(module: str, name: str) -> Any:
    from importlib import import_module

    return getattr(import_module(module), name)
