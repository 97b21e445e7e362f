"""The selected documents of prior shards as semantic deduplication needs them: ids and vectors, no texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.dedup.vector_index import VectorIndex
from tierline.lake import Lake, Manifest
from tierline.tables import content_id
from tierline.text.embedding import DIMENSIONS

Vectors = npt.NDArray[np.float32]
TABLE = "l2_selected"
SLACK = 1e-4  # of a cosine: whoever compares again may add up in another order


class SelectedVectors:
    """Selected documents of the given shards, as far as they are promoted now; a `Neighbors`."""

    def __init__(self, lake: Lake, shards: Sequence[str]) -> None:
        order = {shard: number for number, shard in enumerate(shards)}
        lake.refuse_damaged(TABLE, shards)  # others may be about to be written again
        self._lake, self._alive = lake, lake.readable().promoted(TABLE)
        own = (manifest for manifest in self._alive if manifest.shard in order)
        self._members = sorted(own, key=lambda manifest: order[manifest.shard])
        self._index: VectorIndex | None = None

    @property
    def inputs(self) -> dict[str, str]:
        """What an activity records of them: one digest over all, or nothing where there are none."""
        states = (f"{manifest.shard}={manifest.digest}" for manifest in self._members)
        return {f"{TABLE}/earlier": content_id("dig", *states)} if self._members else {}

    def near(self, vectors: Vectors, cosine_min: float) -> tuple[list[str], Vectors]:
        """(ids, vectors of shape (n, 256)) of the documents at least so near to one of these vectors, the earliest first."""
        if self._index is None:
            self._index = VectorIndex(self._lake.cache_dir / "vectors", DIMENSIONS, self._column)
            self._index.cover(self._members, self._alive)
        numbers, found = self._index.near(vectors, cosine_min - SLACK)
        return self._index.ids(numbers), found

    def _column(self, manifest: Manifest, name: str) -> Iterator[pa.Array]:
        return (batch.column(0) for batch in self._lake.stream(manifest, [name]))
