"""The rows of a release by id, without their texts: what makes two releases comparable row by row."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tierline.lake import Lake
from tierline.stages import STAGES, stage_rows
from tierline.tables import TABLES

ROWS = "rows"  # folder of the lists
SCHEMA = pa.schema([("id", pa.string()), ("shard", pa.string()), ("parents", pa.list_(pa.string())), ("tokens", pa.int64())])
MIX_SCHEMA = pa.schema([*SCHEMA, ("source_table", pa.string()), ("doc_id", pa.string()), ("position", pa.int64())])


def listed_tables() -> list[str]:
    """The main tables whose rows belong to a tier, and the mixes, in graph order."""
    tiers = [row["stage"] for row in stage_rows() if row["promotes"]]
    return [stage.name for stage in STAGES if stage.name in tiers or stage.phase]


def write_rows(lake: Lake, folder: Path) -> list[Path]:
    """A Parquet file for each table that has promoted rows; a batch in memory at a time."""
    folder.mkdir(parents=True)
    return [path for table in listed_tables() if (path := _write(lake, table, folder / f"{table}.parquet"))]


def _write(lake: Lake, table: str, path: Path) -> Path | None:
    manifests, spec = lake.promoted(table), TABLES[table]
    if not manifests:
        return None
    schema = MIX_SCHEMA if table.startswith("mix_") else SCHEMA
    stored = [spec.key if name == "id" else name for name in schema.names if name != "shard"]
    columns = [name for name in stored if name in spec.fields]
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for manifest in manifests:
            for batch in lake.stream(manifest, columns):
                given = dict(zip(columns, batch.columns, strict=True))
                shard = pa.array([manifest.shard] * batch.num_rows, pa.string())
                named = {"id": given[spec.key], "shard": shard} | {name: column for name, column in given.items() if name != spec.key}
                arrays = [named.get(field.name, pa.nulls(batch.num_rows, field.type)).cast(field.type) for field in schema]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return path
