"""Finds the vectors of prior shards that all but coincide with given ones, at a cost that hardly grows with how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.dedup.key_index import KeyIndex
from tierline.dedup.runs import Keys, Numbers
from tierline.lake import Manifest
from tierline.tables import content_id

Vectors = npt.NDArray[np.float32]
LAYOUT = "1"  # of keys and files; another one starts another folder
# Cross-polytope hashing (Andoni et al. 2015, arXiv 1509.02897). A pair of cosine 0.96 shares a key with probability 0.996; of 21,500 real
# passages 3.6 others do, most of them near relatives (benchmarks.growth measures both).
TABLES, HASHES, DIRECTIONS = 32, 4, 64  # keys of a vector, hashes in a key, random directions of a hash
BUCKET_MAX = 256  # documents that one key offers, the earliest
VECTORS_PER_BLOCK = 512
SEED = 20240613


class VectorIndex(KeyIndex):
    """A KeyIndex over unit vectors: ids and vectors of documents, found by which random directions they lie nearest to."""

    def __init__(self, folder: Path, dimensions: int, load: Callable[[Manifest, str], Iterable[pa.Array]]) -> None:
        """`load` reads `doc_id` or `embedding` of a member, batch by batch."""
        directions, identity = _directions(dimensions)
        self._dimensions = dimensions
        hashed = partial(vector_keys, directions=directions)  # which nodes are sent: another release of numpy may draw others
        super().__init__(folder / content_id("vectors", LAYOUT, identity), BUCKET_MAX, hashed, ("vectors",))
        self._load = load

    def near(self, vectors: Vectors, cosine_min: float) -> tuple[Numbers, Vectors]:
        """(number, vector) of every covered document that is at least so near to one of the vectors, in order.

        Vectors have unit length; nothing is near to one that is zero.
        """
        asked = np.ascontiguousarray(vectors[np.any(vectors != 0, axis=1)], np.float32)
        rows, numbers = self.find(self._hashed(asked)) if len(asked) else (np.empty(0, np.int64), np.empty(0, np.int64))
        unique, places = np.unique(numbers, return_inverse=True)
        known = self.vectors(unique)
        near = np.einsum("ij,ij->i", asked[rows], known[places]) >= cosine_min
        wanted = np.unique(places[near])
        return unique[wanted], known[wanted]

    def vectors(self, numbers: Numbers) -> Vectors:
        """Of these documents, in their order."""
        found = np.empty((len(numbers), self._dimensions), np.float32)
        for rows, wanted, member in self._by_member(numbers):
            found[rows] = member["vectors"][wanted]
        return found

    def _arrays(self, manifest: Manifest) -> Mapping[str, Iterable[npt.NDArray[Any]]]:
        encoded = (np.array([value.encode() for value in values.to_pylist()], np.bytes_) for values in self._load(manifest, "doc_id"))
        return {"ids": [np.concatenate([np.empty(0, "S1"), *encoded])], "vectors": self._vectors(manifest)}

    def _vectors(self, manifest: Manifest) -> Iterator[Vectors]:
        yield np.empty((0, self._dimensions), np.float32)
        for values in self._load(manifest, "embedding"):
            yield values.flatten().to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(values), self._dimensions)


def vector_keys(vectors: Vectors, directions: Vectors) -> Keys:
    """Keys under which vectors are found, shape (n, TABLES): which of the directions, a column each, they lie nearest to."""
    keys = np.empty((len(vectors), TABLES), np.uint64)
    for start in range(0, len(vectors), VECTORS_PER_BLOCK):
        block = vectors[start : start + VECTORS_PER_BLOCK]
        along = (block @ directions).reshape(len(block), TABLES * HASHES, DIRECTIONS)
        nearest = np.abs(along).argmax(axis=2)
        signs = np.take_along_axis(along, nearest[:, :, None], axis=2)[:, :, 0] > 0
        code = (2 * nearest + signs).astype(np.uint64).reshape(len(block), TABLES, HASHES)
        key = np.broadcast_to(np.arange(TABLES, dtype=np.uint64), (len(block), TABLES))
        for place in range(HASHES):
            key = key * np.uint64(2 * DIRECTIONS) + code[:, :, place]
        keys[start : start + len(block)] = _mixed(key)
    return keys


@cache
def _directions(dimensions: int) -> tuple[Vectors, str]:
    """Random directions, a column each, and what they are: another release of numpy may draw others."""
    drawn = np.random.default_rng(SEED).standard_normal((dimensions, TABLES * HASHES * DIRECTIONS), np.float32)
    return drawn, sha256(drawn.tobytes()).hexdigest()


def _mixed(keys: Keys) -> Keys:
    """The keys spread over all 64-bit numbers, one to one (the finalizer of SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return keys ^ (keys >> np.uint64(31))
