"""Finds the passages that are about what a statement says: by words (BM25), by meaning (static vectors), and by both ranks together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.compute.workers import batched
from tierline.text.embedding import DIMENSIONS, Embedder

BUCKETS = 1 << 20  # that words are hashed into, so that no vocabulary is held
K1, B = 1.2, 0.75  # of BM25 (Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, section 3.3)
FUSED = 60  # of reciprocal rank fusion (Cormack et al. 2009, section 2)
DEPTH = 5  # ranks of each list that are fused, in multiples of the passages wanted
BLOCK = 4_096  # passages that are read at a time
ASKED = 16  # statements that are compared with all passages at a time

Floats = npt.NDArray[np.float32]


class Retrieval:
    """BM25 and vector search over passages, which are numbered in their order. Exact, so the same passages give the same answer.

    Memory: 512 bytes for the vector of a passage in half precision, about 8 for each of its words; no texts are held. Sparse rows of
    scikit-learn's hashed words hold the counts: libraries for BM25 want the words of all passages in memory at once.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        import faiss
        from scipy import sparse
        from sklearn.feature_extraction.text import HashingVectorizer

        hashing: Any = HashingVectorizer
        self._words = hashing(n_features=BUCKETS, alternate_sign=False, norm=None, dtype=np.float32)
        self._vectors: Any = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._embedder = Embedder()
        blocks: list[Any] = []
        for block in batched(texts, BLOCK):
            blocks.append(self._words.transform(block))
            self._vectors.add(self._embedder.embed(block))
        counts: Any = sparse.vstack(blocks, "csr") if blocks else sparse.csr_matrix((0, BUCKETS), dtype=np.float32)
        self._weights = _bm25(counts)
        self._size = counts.shape[0]

    def nearest(self, statements: Sequence[str], number: int) -> list[list[tuple[int, float]]]:
        """For each statement (passage, fused score) of the best, at most `number` of them; of equal ones the earlier first."""
        return [found for block in batched(statements, ASKED) for found in self._nearest(block, number)]

    def by_words(self, statements: Sequence[str]) -> list[tuple[int, float]]:
        """(passage, BM25) of the best passage by words alone for each statement, (-1, 0) without any: what rules are measured against."""
        return [
            (int(row.argmax()), float(row.max())) if self._size else (-1, 0.0)
            for block in batched(statements, ASKED)
            for row in self._scores(block)
        ]

    def _nearest(self, statements: Sequence[str], number: int) -> list[list[tuple[int, float]]]:
        if not self._size:
            return [[] for _ in statements]
        depth = min(self._size, DEPTH * number)
        _, near = self._vectors.search(self._embedder.embed(statements), depth)
        found: list[list[tuple[int, float]]] = []
        for scores, by_vector in zip(self._scores(statements), near.tolist(), strict=True):
            by_words = np.argsort(-scores, kind="stable")[:depth]
            fused: defaultdict[int, float] = defaultdict(float)
            for ranked in ([passage for passage in by_words.tolist() if scores[passage] > 0], by_vector):
                for rank, passage in enumerate(ranked, 1):
                    fused[passage] += 1 / (FUSED + rank)
            best = sorted(fused.items(), key=lambda one: (-one[1], one[0]))
            found.append([one for one in best if one[0] >= 0][:number])
        return found

    def _scores(self, statements: Sequence[str]) -> Floats:
        """BM25 of shape (statements, passages)."""
        asked = self._words.transform(statements)
        asked.data[:] = 1
        return (asked @ self._weights).toarray()


def _bm25(counts: Any) -> Any:
    """Weights of words in passages, of shape (BUCKETS, passages): a statement's score is the sum over its words."""
    lengths = np.asarray(counts.sum(axis=1), np.float32).ravel()
    often = np.bincount(counts.indices, minlength=BUCKETS).astype(np.float32)
    rare = np.log1p((len(lengths) - often + 0.5) / (often + 0.5)).astype(np.float32)
    mean = lengths.mean() if len(lengths) else 1.0
    norm = np.repeat(K1 * (1 - B + B * lengths / max(mean, 1.0)), np.diff(counts.indptr))
    counts.data = rare[counts.indices] * counts.data * (K1 + 1) / (counts.data + norm)
    return counts.T.tocsr()
