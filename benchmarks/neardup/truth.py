"""The truth about near-duplicates: every pair that shares a shingle is counted exactly, by a sparse matrix product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

DOCUMENTS_PER_BLOCK = 512


def shingle_matrix(texts: Sequence[str], size: int) -> csr_matrix:
    """Which document holds which run of `size` lower-case words, as ones of shape (documents, shingles)."""
    ids: dict[tuple[str, ...], int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        words = text.lower().split()
        width = min(size, max(1, len(words)))
        found = {tuple(words[start : start + width]) for start in range(len(words) - width + 1)}
        columns += [ids.setdefault(shingle, len(ids)) for shingle in found]
        ends.append(len(columns))
    return csr_matrix((np.ones(len(columns), np.float32), np.array(columns), np.array(ends)), shape=(len(texts), max(1, len(ids))))


def best_earlier(matrix: csr_matrix) -> np.ndarray:
    """The highest Jaccard similarity of each document to any before it, shape (documents,)."""
    sizes = np.diff(matrix.indptr)
    best = np.zeros(matrix.shape[0])
    transposed = matrix.T.tocsr()
    for start in range(0, matrix.shape[0], DOCUMENTS_PER_BLOCK):
        shared = (matrix[start : start + DOCUMENTS_PER_BLOCK] @ transposed).tocoo()
        rows = shared.row + start
        earlier = shared.col < rows
        rows, columns, counts = rows[earlier], shared.col[earlier], shared.data[earlier]
        np.maximum.at(best, rows, counts / (sizes[rows] + sizes[columns] - counts))
    return best


def similarities(matrix: csr_matrix, left: Sequence[int], right: Sequence[int]) -> np.ndarray:
    """Jaccard similarity of each pair of documents."""
    if not left:
        return np.ones(0)
    sizes = np.diff(matrix.indptr)
    shared = np.asarray(matrix[list(left)].multiply(matrix[list(right)]).sum(axis=1)).ravel()
    return shared / (sizes[list(left)] + sizes[list(right)] - shared)


def recall(best: np.ndarray, removed: set[int], minimum: float) -> float:
    """Share of the documents with an earlier one at least this similar that were removed."""
    repeats = np.flatnonzero(best >= minimum)
    return float(np.isin(repeats, list(removed)).mean()) if len(repeats) else 1.0
