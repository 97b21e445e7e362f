"""Daft: python with_daft.py pages.parquet scored/ (columns url and body)."""

import sys

import daft

from tierline import batch
from tierline.batch.on_daft import apply_to

STEPS = (batch.extract, batch.filter, batch.score, batch.select, batch.assign_tier)


def main(source: str, target: str) -> None:
    """From pages to scored documents and their tiers."""
    rows = daft.read_parquet(source)
    for step in STEPS:
        rows = apply_to(rows, step)
    rows.write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
