"""The result of a stage: rows for each of its tables, and a decision about every row that went in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.errors import LawBroken
from tierline.lake.activity import Cost
from tierline.lake.external_sort import Rows, SortingBuffer, scan
from tierline.lake.scratch import on_disk
from tierline.tables import DECISION_COLUMNS, OUTCOMES, TABLES, stage_tables

LEDGER_BYTES = 8 << 20  # of decisions in memory before they go to disk
COUNTED_IN_MEMORY = 1 << 20  # values: some 100 MB of them are held to count the different ones


@dataclass(frozen=True, slots=True)
class StageResult:
    """Rows by table (without activity and shard, which the lake adds), decisions and the count of rows that went in.

    `ledgers` maps a ledger's stage name to (rows in, decisions): the stage's own ledger, and further ones where a stage
    judges rows of a second grain (the edits of L3). What a crawl file's size could blow up may wait on disk (SortingBuffer).
    """

    tables: Mapping[str, Rows]
    ledgers: Mapping[str, tuple[int, Rows]]
    cost: Cost = field(default_factory=Cost)

    def check(self, stage: str) -> None:
        """Raise LawBroken where tables, keys or the conservation law (design, law 1) do not hold."""
        if set(self.tables) != set(stage_tables(stage)):
            raise LawBroken(f"wrote tables {sorted(self.tables)}, expected {stage_tables(stage)}", stage)
        for name, table in self.tables.items():
            columns = TABLES[name].columns
            if set(table.schema.names) != set(columns):
                odd = sorted(set(table.schema.names) ^ set(columns))
                raise LawBroken(f"columns missing or unknown: {', '.join(odd)}", name)
            if _distinct(table, TABLES[name].key) != table.num_rows:
                raise LawBroken(f"{TABLES[name].key} is not unique", name)
        if stage not in self.ledgers:
            raise LawBroken("a stage must decide on the rows it was given", stage)
        for name, (rows_in, decisions) in self.ledgers.items():
            check_conservation(name, rows_in, decisions)

    def total(self, table: str, column: str) -> int:
        """Sum of one column of one of the tables."""
        return sum(pc.sum(batch.column(column)).as_py() or 0 for batch in scan(self.tables[table], [column]))


def check_conservation(name: str, rows_in: int, decisions: Rows) -> None:
    """Rows in = kept + dropped + merged + quarantined + errors, each row decided exactly once."""
    if decisions.num_rows != rows_in:
        raise LawBroken(f"{rows_in} rows went in, {decisions.num_rows} were decided", name)
    if _distinct(decisions, "row_id") != rows_in:
        raise LawBroken("a row was decided twice", name)
    outcomes: set[str | None] = set()
    unexplained = 0
    for batch in scan(decisions, ["outcome", "rule"]):
        outcomes |= set(pc.unique(batch.column("outcome")).to_pylist())
        silent = pc.and_(pc.not_equal(batch.column("outcome"), "kept"), pc.is_null(batch.column("rule")))
        unexplained += pc.sum(silent).as_py() or 0
    if unknown := outcomes - set(OUTCOMES):
        raise LawBroken(f"unknown outcome {sorted(map(str, unknown))}", name)
    if unexplained:
        raise LawBroken(f"{unexplained} rows were not kept and no rule is named", name)


def _distinct(rows: Rows, column: str) -> int:
    """Different values of a column of short strings, nulls counted as one."""
    chunks = (batch.column(column) for batch in scan(rows, [column]))
    if rows.num_rows <= COUNTED_IN_MEMORY:
        return pc.count_distinct(pa.chunked_array(list(chunks), pa.string()), mode="all").as_py()
    schema = pa.schema({"one": pa.string()})
    values = pa.RecordBatchReader.from_batches(schema, (pa.record_batch([chunk], schema) for chunk in chunks))
    with on_disk(rows.num_rows) as database:
        database.register("found", values)
        return database.execute("select count(*) from (select distinct one from found)").fetchall()[0][0]


def decision_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Decisions from dictionaries; absent columns are null. `row_id` and `outcome` must be given."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(DECISION_COLUMNS))


def ledger_buffer() -> SortingBuffer:
    """Collects decisions batch by batch, for a stage with too many rows for memory."""
    return SortingBuffer(pa.schema(DECISION_COLUMNS), ("row_id",), LEDGER_BYTES)
