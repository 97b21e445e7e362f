"""What a table of the lake is: its name, its stage, its key, and each column with its type, its meaning and its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from tierline.tables.tiers import Tier

STRING, LONG, INT, DOUBLE, BOOL = pa.string(), pa.int64(), pa.int32(), pa.float64(), pa.bool_()
IDS, VECTOR = pa.list_(pa.string()), pa.list_(pa.float32())
HEADINGS = pa.list_(pa.struct([("line", pa.int32()), ("level", pa.int32())]))
SPANS = pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64())]))
TIME = pa.timestamp("us", tz="UTC")
# Statements about rights (rights/statement.py).
STATEMENT = {"kind": STRING, "value": STRING, "agent": STRING, "stated_in": STRING, "stated_by": STRING, "stated_at": TIME}
STATEMENTS = pa.list_(pa.struct(list(STATEMENT.items())))


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type, what a value means (unit, range, what null says), and the columns it is computed from.

    `sources` are `table.column` names of the tables that the stage reads; none for what only the crawl, a person or the
    stage's own settings.
    """

    type: pa.DataType
    description: str
    sources: tuple[str, ...] = ()


DOC_ID = Column(STRING, "Id of the document in L0 to L2: `doc_` and 24 hex digits, a hash of its source address and its raw bytes.")
PARENTS = Column(IDS, "Ids of the rows that this row was made from. Follow them with `tierline trace`.")
URL = Column(STRING, "Address of the page as the crawl recorded it; null if the crawl file names none.")
DOMAIN = Column(STRING, "Host name of `url` in its ASCII form (lower case, IDNA), so that a host has one spelling; null without a URL.")
TEXT_SHA256 = Column(STRING, "SHA-256 of `text` in UTF-8, as hex digits; equal texts have equal values.")
WEB = {"url": URL, "domain": DOMAIN}

# Columns that the lake adds to every row of every table when it is written.
LAKE_COLUMNS = {
    "activity_id": Column(STRING, "Id of the activity (one run of one stage on one shard) that wrote the row."),
    "shard": Column(STRING, "Shard that the row belongs to; `all` in a table that is built from the whole lake. The partition column."),
}


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table of the lake.

    `stage` names the activity that writes it (its main table has the stage's own name and carries the stage's gate);
    `key` is unique within the table; rows are stored and hashed in ascending `order`, in row groups of about
    `group_rows`: small ones let single rows be read at the cost of a few. `preview` names the columns that a person who
    sees the first rows is shown; `id_prefix` is that of the ids which `tierline trace` looks up in this table.
    """

    name: str
    stage: str
    key: str
    order: tuple[str, ...]
    tier: Tier | None
    fields: Mapping[str, Column]
    group_rows: int = 4096
    preview: tuple[str, ...] = ()
    id_prefix: str = ""

    @property
    def columns(self) -> dict[str, pa.DataType]:
        """Name -> Arrow type of the columns that the stage writes."""
        return {name: column.type for name, column in self.fields.items()}

    @property
    def schema(self) -> pa.Schema:
        """The stage's columns, then what the lake adds: the writing activity and the shard."""
        return pa.schema({**self.columns, **{name: column.type for name, column in LAKE_COLUMNS.items()}})

    @property
    def content(self) -> pa.Schema:
        """The columns that the digest of its rows covers: all but the writing activity, which is provenance and not content."""
        return pa.schema([field for field in self.schema if field.name != "activity_id"])

    @property
    def descriptions(self) -> dict[str, str]:
        """Name -> meaning of every column of `schema`."""
        return {name: column.description for name, column in {**self.fields, **LAKE_COLUMNS}.items()}


def carried(tables: TableSpec | tuple[TableSpec, ...], *names: str) -> dict[str, Column]:
    """Columns that a stage copies unchanged from its parent tables: type and description are the first parent's."""
    parents = tables if isinstance(tables, tuple) else (tables,)
    return {
        name: replace(
            next(parent.fields[name] for parent in parents if name in parent.fields),
            sources=tuple(f"{parent.name}.{name}" for parent in parents if name in parent.fields),
        )
        for name in names
    }


def derived(tables: TableSpec | tuple[TableSpec, ...], column: str) -> tuple[str, ...]:
    """`table.column` for each of the tables: the sources of a column that is computed from a column of theirs."""
    return tuple(f"{table.name}.{column}" for table in (tables if isinstance(tables, tuple) else (tables,)))


def schema_of(columns: Mapping[str, Column]) -> pa.Schema:
    """The Arrow schema of described columns."""
    return pa.schema({name: column.type for name, column in columns.items()})
