"""Polars: python -m examples.lake.with_polars s3://bucket/lake/l1_filtered."""

import sys

import polars as pl


def main(table: str) -> dict[str, int]:
    """Promoted rows of each shard."""
    return dict(pl.scan_delta(table).group_by("shard").len().collect().rows())


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
