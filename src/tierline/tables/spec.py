"""What a table of the lake is: its name, its stage, its key, its columns."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from tierline.tables.tiers import Tier

STRING, LONG, INT, DOUBLE, BOOL = pa.string(), pa.int64(), pa.int32(), pa.float64(), pa.bool_()
IDS, VECTOR = pa.list_(pa.string()), pa.list_(pa.float32())
TIME = pa.timestamp("us", tz="UTC")
WEB = {"url": STRING, "domain": STRING}


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table of the lake.

    `stage` names the activity that writes it (its main table has the stage's own name and carries the stage's gate);
    `key` is unique within the table; rows are stored and hashed in ascending `order`, in row groups of about
    `group_rows`: small ones let single rows be read at the cost of a few.
    """

    name: str
    stage: str
    key: str
    order: tuple[str, ...]
    tier: Tier | None
    columns: dict[str, pa.DataType]
    group_rows: int = 4096
    id_prefix: str = ""  # of the ids that `tierline trace` looks up in this table

    @property
    def schema(self) -> pa.Schema:
        """The stage's columns, then what the lake adds: the writing activity and the shard."""
        return pa.schema({**self.columns, "activity_id": STRING, "shard": STRING})

    @property
    def content(self) -> pa.Schema:
        """What the digest of its rows covers: all but the writing activity, which is where they came from and not what they are."""
        return pa.schema({**self.columns, "shard": STRING})
