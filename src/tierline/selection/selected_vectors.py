"""Rows of prior shards as semantic deduplication needs them: ids and vectors, no texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.dedup.vector_index import VectorIndex
from tierline.lake import Lake, Manifest
from tierline.tables import TABLES, content_id
from tierline.text.embedding import DIMENSIONS

Vectors = npt.NDArray[np.float32]
TABLE = "l2_selected"
OWN_FOLDER = {TABLE: "vectors"}  # of the cache; those of another table have its name too
SLACK = 1e-4  # of a cosine: whoever compares again may add up in another order


class SelectedVectors:
    """Rows of the given shards with an `embedding`, as far as they are promoted now: selected documents, or those of another table; a
    `Neighbors`."""

    def __init__(self, lake: Lake, shards: Sequence[str], table: str = TABLE) -> None:
        self.workers: Workers = IN_PROCESS  # those who make the index where it is not there
        order = {shard: number for number, shard in enumerate(shards)}
        lake.refuse_damaged(table, shards)  # others may be about to be written again
        self._lake, self._table, self._alive = lake, table, lake.readable().promoted(table)
        own = (manifest for manifest in self._alive if manifest.shard in order)
        self._members = sorted(own, key=lambda manifest: order[manifest.shard])
        self._index: VectorIndex | None = None

    @property
    def inputs(self) -> dict[str, str]:
        """What an activity records of them: one digest over all, or nothing where there are none."""
        states = (f"{manifest.shard}={manifest.digest}" for manifest in self._members)
        return {f"{self._table}/earlier": content_id("dig", *states)} if self._members else {}

    def near(self, vectors: Vectors, cosine_min: float) -> tuple[list[str], Vectors]:
        """(ids, vectors of shape (n, 256)) of the documents at least so near to one of these vectors, the earliest first."""
        if self._index is None:
            folder = OWN_FOLDER.get(self._table, f"vectors_{self._table}")
            self._index = VectorIndex(self._lake.cache_dir / folder, DIMENSIONS, self._column)
            self._index.cover(self._members, self._alive, self.workers)
        numbers, found = self._index.near(vectors, cosine_min - SLACK)
        return self._index.ids(numbers), found

    def _column(self, manifest: Manifest, name: str) -> Iterator[pa.Array]:
        column = TABLES[self._table].key if name == "doc_id" else name
        return (batch.column(0) for batch in self._lake.stream(manifest, [column]))
