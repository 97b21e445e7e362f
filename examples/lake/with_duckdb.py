"""DuckDB: python -m examples.lake.with_duckdb s3://bucket/lake/l1_filtered. Arrow reads the files, so no extension is loaded."""

import sys

import duckdb
from deltalake import DeltaTable


def main(table: str) -> dict[str, int]:
    """Promoted rows of each shard."""
    rows = DeltaTable(table).to_pyarrow_dataset()
    return dict(duckdb.from_arrow(rows).aggregate("shard, count(*)").fetchall())


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
