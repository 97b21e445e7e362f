"""Computes the true Jaccard similarity of texts from the sets of their shingles, with a bound on how many sets are held."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from tierline.dedup.runs import Numbers
from tierline.text.words import Hashes, shingles, split_words

Texts = Callable[[Sequence[int]], Sequence[str]]  # the texts of these positions of a shard, in the same order

TEXTS_PER_BATCH = 256
SHINGLES_HELD = 1 << 23  # 64 MiB


def jaccard(left: Hashes, right: Hashes) -> float:
    """|A and B| / |A or B| of two sets of hashes; 0 if both are empty."""
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / max(1, len(left) + len(right) - shared)


def shingle_sets(texts: Sequence[str], size: int) -> list[Hashes]:
    """The shingles of each text."""
    return [shingles(words, size) for words in split_words(texts)]


class ShingleSets:
    """Shingle sets of a shard's own documents, made when asked for; the least recently used ones are released beyond a bound."""

    def __init__(self, texts: Texts, positions: Sequence[int] | Numbers, size: int) -> None:
        """`positions` are those that will be requested, roughly in this order: their texts are fetched in batches."""
        self._texts = texts
        self._positions = np.asarray(positions, np.int64)
        self._order = np.argsort(self._positions)
        self._size = size
        self._sets: OrderedDict[int, Hashes] = OrderedDict()
        self._held = 0

    def __getitem__(self, position: int) -> Hashes:
        if position not in self._sets:
            self._fetch(position)
        self._sets.move_to_end(position)
        return self._sets[position]

    def _fetch(self, position: int) -> None:
        place = int(self._order[np.searchsorted(self._positions, position, sorter=self._order)])
        batch = [one for one in self._positions[place : place + TEXTS_PER_BATCH].tolist() if one not in self._sets]
        for one, found in zip(batch, shingle_sets(self._texts(batch), self._size), strict=True):
            self._sets[one] = found
            self._held += len(found)
        while self._held > SHINGLES_HELD and len(self._sets) > TEXTS_PER_BATCH:
            self._held -= len(self._sets.popitem(last=False)[1])
