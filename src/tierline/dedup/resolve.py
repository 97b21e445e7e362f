"""Decides which of several alike documents stays: the earlier one, always, and every other one names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.dedup.minhash import DedupRules, Signatures, band_keys, estimated_similarity
from tierline.words import Hashes, shingles, split_words


class EarlierDocuments(Protocol):
    """The kept documents of earlier shards."""

    @property
    def inputs(self) -> dict[str, str]:
        """What they were, as an activity's inputs: name -> digest."""
        ...

    def signatures(self) -> pa.Table:
        """Columns doc_id, shard, normal_sha256, signature; the earlier document first."""
        ...

    def texts(self, doc_ids: Sequence[str]) -> dict[str, str]:
        """Texts of these documents, for comparing them word by word."""
        ...


class NoDocuments:
    """What stands before the first shard: nothing."""

    inputs: dict[str, str] = {}  # noqa: RUF012 - never changed

    def signatures(self) -> pa.Table:
        """No rows."""
        columns = {"doc_id": pa.string(), "shard": pa.string(), "normal_sha256": pa.string(), "signature": pa.binary()}
        return pa.schema(columns).empty_table()

    def texts(self, doc_ids: Sequence[str]) -> dict[str, str]:
        """No texts."""
        return {}


def resolve_duplicates(documents: pa.Table, signed: Signatures, earlier: EarlierDocuments, rules: DedupRules) -> dict[str, dict[str, Any]]:
    """Removed doc_id -> its row of `l1_duplicates`. `documents` are in order: of two alike ones the first stays.

    A document is compared with kept ones only, so that every removal names a document that is there. Similarity is the true
    Jaccard of the shingle sets, the estimate stands beside it.
    """
    before = earlier.signatures()
    ids: list[str] = before["doc_id"].to_pylist() + documents["doc_id"].to_pylist()
    shards: list[str | None] = before["shard"].to_pylist() + [None] * documents.num_rows
    normal: list[str] = before["normal_sha256"].to_pylist() + signed.normal
    known = np.frombuffer(b"".join(before["signature"].to_pylist()), "<u4").reshape(before.num_rows, rules.permutations)
    minhash = np.concatenate([known.astype(np.uint32), signed.minhash])
    candidates = _candidates(band_keys(minhash, rules), first=before.num_rows)
    compare = _Comparison(ids, before.num_rows, documents["text"].to_pylist(), earlier, candidates, rules)
    by_text: dict[str, int] = {}
    for index in range(before.num_rows):
        by_text.setdefault(normal[index], index)
    removed: dict[str, dict[str, Any]] = {}
    for index in range(before.num_rows, len(ids)):
        match = by_text.get(normal[index])
        method, similarity = "exact", 1.0
        if match is None:
            method = "minhash"
            alike = [(compare(index, other), -other) for other in candidates.get(index, ()) if ids[other] not in removed]
            similarity, negative = max(alike, default=(0.0, 0))
            match = -negative if similarity >= rules.similarity_min else None
        if match is None:
            by_text[normal[index]] = index
            continue
        removed[ids[index]] = {
            "doc_id": ids[index],
            "kept_doc_id": ids[match],
            "kept_shard": shards[match],
            "method": method,
            "estimated_similarity": estimated_similarity(minhash[index], minhash[match]),
            "similarity": similarity,
        }
    return removed


def _candidates(keys: npt.NDArray[np.uint64], first: int) -> dict[int, list[int]]:
    """For each document from `first` on, the earlier ones it shares a band with, in order."""
    found: dict[int, set[int]] = {}
    for band in range(keys.shape[1]):
        _, inverse, counts = np.unique(keys[:, band], return_inverse=True, return_counts=True)
        shared = np.flatnonzero(counts[inverse] > 1)
        members: dict[int, list[int]] = {}
        for index in shared.tolist():
            group = members.setdefault(int(inverse[index]), [])
            if index >= first:
                found.setdefault(index, set()).update(group)
            group.append(index)
    return {index: sorted(others) for index, others in found.items()}


class _Comparison:
    """True Jaccard similarity of two documents, shingling each at most once."""

    def __init__(
        self, ids: list[str], first: int, texts: list[str], earlier: EarlierDocuments, candidates: dict[int, list[int]], rules: DedupRules
    ) -> None:
        wanted = sorted({other for others in candidates.values() for other in others if other < first})
        found = earlier.texts([ids[index] for index in wanted])
        self._texts = {index: found[ids[index]] for index in wanted if ids[index] in found}
        self._texts |= {first + index: text for index, text in enumerate(texts)}
        self._size = rules.shingle_words
        self._sets: dict[int, Hashes] = {}

    def __call__(self, left: int, right: int) -> float:
        if left not in self._texts or right not in self._texts:
            return 0.0  # a text that is gone proves nothing
        first, second = self._shingles(left), self._shingles(right)
        shared = len(np.intersect1d(first, second, assume_unique=True))
        return shared / max(1, len(first) + len(second) - shared)

    def _shingles(self, index: int) -> Hashes:
        if index not in self._sets:
            self._sets[index] = shingles(split_words([self._texts[index]])[0], self._size)
        return self._sets[index]
