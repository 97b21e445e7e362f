"""Ray Data: python -m examples.toolkit.with_ray pages.parquet scored/ (columns url and body)."""

import sys

import ray

from tierline import batch


class Scorer:
    """Holds the models, once in each actor."""

    def __init__(self) -> None:
        self._scorers = batch.shipped_scorers()

    def __call__(self, rows):
        """Scores a batch."""
        return batch.score(rows, scorers=self._scorers)


def main(source: str, target: str, actors: int = 1) -> None:
    """From pages to scored documents and their tiers, on all nodes of the cluster."""
    rows = ray.data.read_parquet(source)
    for step in (batch.extract, batch.filter):
        rows = rows.map_batches(step, batch_format="pyarrow", batch_size=256)
    rows = rows.map_batches(Scorer, batch_format="pyarrow", batch_size=256, compute=ray.data.ActorPoolStrategy(size=actors))
    for step in (batch.select, batch.assign_tier):
        rows = rows.map_batches(step, batch_format="pyarrow", batch_size=256)
    rows.write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
