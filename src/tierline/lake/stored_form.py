"""Brings a stage's rows into the form in which they are stored: in order, with the columns that the lake adds, and hashed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from tierline.lake.activity import Activity
from tierline.lake.digest import ContentDigest
from tierline.lake.row_tree import RowTree
from tierline.tables import TableSpec


def in_order(rows: pa.Table, order: tuple[str, ...]) -> list[pa.RecordBatch]:
    return rows.sort_by([(column, "ascending") for column in order]).to_batches()


def completed(batches: Iterable[pa.RecordBatch], spec: TableSpec, activity: Activity) -> Iterator[pa.RecordBatch]:
    """Batches with all columns of the table, including those that the lake adds."""
    for batch in batches:
        yield from cast(batch.select(list(spec.columns)), spec.schema, activity_id=activity.activity_id, shard=activity.shard)


def cast(batch: pa.RecordBatch, schema: pa.Schema, **constants: str) -> list[pa.RecordBatch]:
    """The batch with further columns of one value each, in the columns and types of the schema."""
    full = pa.Table.from_batches([batch])
    for name, value in constants.items():
        full = full.append_column(name, pa.array([value] * full.num_rows, pa.string()))
    return full.select(schema.names).cast(schema).combine_chunks().to_batches()


def digested(batches: Iterable[pa.RecordBatch], *digests: ContentDigest | RowTree) -> Iterator[pa.RecordBatch]:
    """The same batches; each is hashed while whoever takes it writes it, and is done before the next one is given."""
    with ThreadPoolExecutor(len(digests)) as threads:
        for batch in batches:
            under_way = [threads.submit(digest.update, batch) for digest in digests]
            yield batch
            for one in under_way:
                one.result()
