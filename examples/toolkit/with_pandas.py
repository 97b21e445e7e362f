"""pandas: python with_pandas.py pages.parquet scored.parquet (columns url and body)."""

import sys

import pandas as pd

from tierline import batch


def main(source: str, target: str) -> None:
    """From pages to scored documents and their tiers."""
    pages = pd.read_parquet(source)
    documents = batch.filter(batch.extract(pages))
    scored = batch.select(batch.score(documents))
    batch.assign_tier(scored).to_pandas().to_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
