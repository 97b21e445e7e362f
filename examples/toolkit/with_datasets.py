"""Hugging Face Datasets: python with_datasets.py pages.parquet scored.parquet (columns url and body)."""

import sys

from datasets import load_dataset

from tierline import batch

STEPS = (batch.extract, batch.filter, batch.score, batch.select, batch.assign_tier)


def main(source: str, target: str, streaming: bool = False) -> None:
    """From pages to scored documents and their tiers; with `streaming` nothing is held but a batch."""
    rows = load_dataset("parquet", data_files=source, split="train", streaming=streaming, batch_size=256).with_format("arrow")
    for step in STEPS:
        rows = rows.map(step, batched=True, batch_size=256)
    rows.to_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
