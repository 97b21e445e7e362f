"""Ray Data: python with_ray.py pages.parquet scored/ [ACTORS] (columns url and body)."""

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
    """From pages to scored documents and their tiers, on all nodes of the cluster. Each actor holds half a processor to the end, so that
    Ray does not do the other steps within it; what all hold must leave room for them."""
    rows = ray.data.read_parquet(source)
    for step in (batch.extract, batch.filter):
        rows = rows.map_batches(step, batch_format="pyarrow", batch_size=256)
    pool = ray.data.ActorPoolStrategy(size=actors)
    rows = rows.map_batches(Scorer, batch_format="pyarrow", batch_size=256, compute=pool, num_cpus=0.5)
    for step in (batch.select, batch.assign_tier):
        rows = rows.map_batches(step, batch_format="pyarrow", batch_size=256)
    rows.write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
