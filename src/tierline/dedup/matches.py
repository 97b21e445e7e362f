"""Which document repeats which, in arrays: a shard of nothing but copies must not need one object per document."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.dedup.runs import Numbers
from tierline.tables import TABLES

METHODS = ("", "exact", "minhash")
EXACT, MINHASH = 1, 2


class Matches:
    """One possible match for each of n documents, by position."""

    def __init__(self, documents: int) -> None:
        self._method = np.zeros(documents, np.int8)
        self._kept = np.zeros(documents, np.int64)  # the kept one's position, or its number where it is in an earlier shard
        self._is_earlier = np.zeros(documents, np.bool_)
        self._estimate = np.zeros(documents)
        self._similarity = np.zeros(documents)

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """For each document, whether it repeats another one."""
        return self._method > 0

    def has(self, position: int) -> bool:
        """Whether the document at this position repeats another one."""
        return bool(self._method[position])

    def put(self, position: int, kept: int, method: int, estimate: float, similarity: float, is_earlier: bool = False) -> None:
        """The document at this position repeats `kept`: a position, or with `is_earlier` the number of an earlier document."""
        self._method[position], self._kept[position], self._is_earlier[position] = method, kept, is_earlier
        self._estimate[position], self._similarity[position] = estimate, similarity

    def follow(self, leader: Numbers) -> None:
        """A document that is not its own leader has the leader's text: it repeats the document that the leader repeats, or the leader."""
        for values in (self._method, self._kept, self._is_earlier, self._estimate, self._similarity):
            values[:] = values[leader]
        copies = np.flatnonzero((leader != np.arange(len(leader))) & ~self.found)
        self._method[copies], self._kept[copies] = EXACT, leader[copies]
        self._estimate[copies] = self._similarity[copies] = 1.0

    def table(self, ids: pa.ChunkedArray, earlier_ids: Callable[[Numbers], list[str]], shard: Callable[[int], str]) -> pa.Table:
        """Rows of `l1_duplicates`, by position; `ids` are those of the documents, the functions name earlier ones."""
        rows = np.flatnonzero(self._method)
        kept, is_earlier = self._kept[rows], self._is_earlier[rows]
        numbers, place = np.unique(kept[is_earlier], return_inverse=True)
        outside, shards = np.full((2, len(rows)), None, object)
        outside[is_earlier] = np.array(earlier_ids(numbers), object)[place]
        shards[is_earlier] = np.array([shard(number) for number in numbers.tolist()], object)[place]
        inside = ids.take(pa.array(np.where(is_earlier, 0, kept))).combine_chunks()
        columns = {
            "doc_id": ids.take(pa.array(rows)),
            "kept_doc_id": pc.if_else(pa.array(is_earlier), pa.array(outside, pa.string()), inside),
            "kept_shard": pa.array(shards, pa.string()),
            "method": pa.array(np.array(METHODS, object)[self._method[rows]], pa.string()),
            "estimated_similarity": self._estimate[rows],
            "similarity": self._similarity[rows],
        }
        return pa.table(columns, schema=pa.schema(TABLES["l1_duplicates"].columns))
