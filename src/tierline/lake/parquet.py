"""The form of a table's Parquet files: how they are written, and how their rows get the columns of a schema."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

FILES = "_files"  # folder of a table's data files; `tierline vacuum` alone removes what is in it
ROW_GROUP_BYTES = 64 << 20  # before compression: a row group is closed at this size, because writer and reader hold one


def new_path(where: Mapping[str, str]) -> str:
    """Below a folder whose name keeps it from every engine's vacuum: Delta's protocol hides what begins with an underscore."""
    return f"{FILES}/" + "/".join(f"{column}={quote(value, safe='')}" for column, value in where.items()) + f"/part-{uuid4()}.parquet"


def parquet_writer(file: Any, columns: pa.Schema, keys: Sequence[str]) -> pq.ParquetWriter:
    """The writer of a table's files: bounds are kept of the columns `keys` only."""
    bounds: Any = list(keys) or False  # its type stub allows only a boolean
    return pq.ParquetWriter(file, columns, compression="zstd", use_dictionary=False, write_statistics=bounds)


def row_groups(batches: Iterable[pa.RecordBatch], group_rows: int) -> Iterator[pa.Table]:
    """About `group_rows` rows each, fewer if they take more than ROW_GROUP_BYTES; a single row may exceed it."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        for start in range(0, batch.num_rows, group_rows):
            part = batch.slice(start, group_rows)
            waiting.append(part)
            rows, size = rows + part.num_rows, size + part.nbytes
            if rows >= group_rows or size >= ROW_GROUP_BYTES:
                yield pa.Table.from_batches(waiting)
                waiting, rows, size = [], 0, 0
    if rows:
        yield pa.Table.from_batches(waiting)


def completed(batch: pa.RecordBatch, schema: pa.Schema, constants: Mapping[str, str]) -> pa.Table:
    """The batch with the columns of the schema: those of its folder (`constants`), and null for those that its file lacks."""
    columns: list[pa.Array] = []
    for field in schema:
        if field.name in constants:
            columns.append(pa.array([constants[field.name]] * batch.num_rows, pa.string()).cast(field.type))
        elif field.name in batch.schema.names:
            columns.append(batch.column(field.name).cast(field.type))  # also of equal types: lists may name their items otherwise
        else:
            columns.append(pa.nulls(batch.num_rows, field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def rows_at(file: pq.ParquetFile, rows: Sequence[int], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """These rows (ascending), with those of the columns that the file has; only the row groups that hold one are read."""
    names = file.schema_arrow.names
    first, own = 0, [name for name in columns if name in names] or names[:1]  # a file from before all of them has as many rows
    for group in range(file.metadata.num_row_groups):
        end = first + file.metadata.row_group(group).num_rows
        if places := [row - first for row in rows[bisect_left(rows, first) : bisect_left(rows, end)]]:
            yield from file.read_row_group(group, columns=own, use_threads=False).take(pa.array(places)).combine_chunks().to_batches()
        first = end


def only(schema: pa.Schema, columns: list[str]) -> pa.Schema:
    return pa.schema([schema.field(column) for column in columns])
