"""Daft: python -m examples.lake.with_daft s3://bucket/lake/l1_filtered. Of the environment it reads all but the endpoint by itself."""

import os
import sys

import daft
from daft.io import IOConfig, S3Config


def main(table: str) -> dict[str, int]:
    """Promoted rows of each shard."""
    options = IOConfig(s3=_named_server(S3Config.from_env())) if table.startswith("s3://") else None
    rows = daft.read_deltalake(table, io_config=options)
    counts = rows.groupby("shard").agg(daft.functions.count(daft.lit(1)).alias("rows")).to_pydict()
    return dict(zip(counts["shard"], counts["rows"], strict=True))


def _named_server(store: S3Config) -> S3Config:
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return store.replace(endpoint_url=endpoint, use_ssl=endpoint.startswith("https")) if endpoint else store


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
