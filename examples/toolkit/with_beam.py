"""Apache Beam: python with_beam.py pages.parquet scored (columns url and body), on Beam's own runner."""

import sys

import apache_beam as beam
import pyarrow.parquet as pq

from tierline import batch
from tierline.batch.on_beam import ApplyToBatches

STEPS = (batch.extract, batch.filter, batch.score, batch.select, batch.assign_tier)


def main(source: str, target: str) -> None:
    """From pages to scored documents and their tiers."""
    schema = pq.read_schema(source).empty_table()
    for step in STEPS:
        schema = step(schema)
    with beam.Pipeline() as pipeline:
        rows = pipeline | beam.io.ReadFromParquet(source)
        for step in STEPS:
            rows = rows | ApplyToBatches(step)
        _ = rows | beam.io.WriteToParquet(target, schema.schema, file_name_suffix=".parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
