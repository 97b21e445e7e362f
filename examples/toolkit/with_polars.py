"""Polars: python with_polars.py pages.parquet scored.parquet (columns url and body)."""

import sys

import polars as pl

from tierline import batch


def main(source: str, target: str) -> None:
    """From pages to scored documents and their tiers."""
    documents = batch.filter(batch.extract(pl.read_parquet(source)))
    scored = batch.select(batch.score(documents))
    pl.DataFrame(batch.assign_tier(scored)).write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
