"""Finds near-duplicates by meaning: documents whose sentence vectors nearly coincide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """The kept document that a removed one repeats, and their cosine similarity."""

    kept_id: str
    similarity: float


class Neighbors(Protocol):
    """Documents of other shards, found by their vectors."""

    def near(self, vectors: Vectors, cosine_min: float, /) -> tuple[Sequence[str], Vectors]:
        """(ids, vectors) of those at least so near to one of these vectors, in an order of their own."""
        ...


def near_duplicates(
    ids: Sequence[str],
    vectors: Vectors,
    threshold: float,
    against_ids: Sequence[str] = (),
    against: Vectors | None = None,
    relatives: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Match]:
    """Removed id -> its match, at cosine similarity `threshold` or more. Rows have unit length; shape (n, dimensions).

    `against` are kept documents of other shards or tiers; among `ids` the first one stays (SemDeDup, Abbas et al. 2023,
    arXiv 2303.09540, keeps one of each cluster). `relatives` maps an id to its own ancestors and descendants, which are
    never its duplicates. The flat index is exact; measured as sufficient up to 50,000 vectors.
    """
    if not len(ids):
        return {}
    import faiss  # in the extra "scoring"; loading it takes a while

    known = np.empty((0, vectors.shape[1]), np.float32) if against is None else against
    everything = np.ascontiguousarray(np.concatenate([known, vectors]), np.float32)
    names = [*against_ids, *ids]
    index = faiss.IndexFlatIP(everything.shape[1])
    index.add(everything)  # pyright: ignore[reportCallIssue]
    limits, scores, found = index.range_search(np.ascontiguousarray(vectors, np.float32), threshold)  # pyright: ignore[reportCallIssue]
    removed: dict[str, Match] = {}
    for row, name in enumerate(ids):
        position = len(against_ids) + row
        own = set((relatives or {}).get(name, ())) | {name}
        matches = [
            (float(scores[place]), -int(found[place]))
            for place in range(int(limits[row]), int(limits[row + 1]))
            if found[place] < position and names[found[place]] not in own and names[found[place]] not in removed
        ]
        if matches:
            similarity, negative = max(matches)
            removed[name] = Match(names[-negative], min(1.0, similarity))
    return removed
