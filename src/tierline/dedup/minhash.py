"""MinHash signatures of texts and the bands in which near-duplicates meet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rensa import RMinHash

from tierline.words import Words, ngram_hashes

SEED = 42


@dataclass(frozen=True, slots=True)
class DedupRules:
    """Near-duplicates by MinHash-LSH (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4).

    14 bands of 8 rows over word 5-grams are FineWeb's setting (Penedo et al. 2024, section 3.4): pairs meet with probability
    0.77 at Jaccard 0.75 and 0.99 at 0.85. Pairs that meet are verified by their true Jaccard similarity.
    """

    SECTION: ClassVar[str] = "l1.dedup"
    bands: int = 14
    rows_per_band: int = 8
    shingle_words: int = 5
    similarity_min: float = 0.75  # true Jaccard from which the later document is a duplicate

    @property
    def permutations(self) -> int:
        """Length of a signature."""
        return self.bands * self.rows_per_band


@dataclass(frozen=True, slots=True)
class Signatures:
    """Signatures of n documents: `minhash` of shape (n, permutations), `exact` and `normal` hex digests of their texts."""

    minhash: npt.NDArray[np.uint32]
    exact: list[str]
    normal: list[str]

    @classmethod
    def concat(cls, parts: Sequence[Signatures], rules: DedupRules) -> Signatures:
        """All parts in order; an empty one where there are none."""
        empty = np.empty((0, rules.permutations), np.uint32)
        return cls(
            np.concatenate([empty, *(part.minhash for part in parts)]),
            [digest for part in parts for digest in part.exact],
            [digest for part in parts for digest in part.normal],
        )

    def table(self, doc_ids: pa.ChunkedArray) -> pa.Table:
        """Rows of `l1_signatures`; a signature is its 32-bit numbers, little-endian."""
        signatures = [row.astype("<u4").tobytes() for row in self.minhash]
        columns = [doc_ids, pa.array(self.exact, pa.string()), pa.array(self.normal, pa.string()), pa.array(signatures, pa.binary())]
        return pa.table(dict(zip(("doc_id", "text_sha256", "normal_sha256", "signature"), columns, strict=True)))


def sign(words: Sequence[Words], text_digests: Sequence[str], rules: DedupRules) -> Signatures:
    """Signatures of a batch. The normal digest ignores case, spacing and punctuation at the edges of words."""
    sets = [ngram_hashes(one.hashes, min(rules.shingle_words, max(1, len(one.hashes)))) for one in words]  # a repeat changes no minimum
    flat = np.concatenate(sets) if sets else np.empty(0, np.uint64)
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.uint64)
    rows = RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, rules.permutations, SEED).to_rows() if sets else []
    minhash = np.array(rows, np.uint32).reshape(len(sets), rules.permutations)
    return Signatures(minhash, list(text_digests), [hashlib.sha256(one.normal).hexdigest() for one in words])


def band_keys(minhash: npt.NDArray[np.uint32], rules: DedupRules) -> npt.NDArray[np.uint64]:
    """One 64-bit key for each document and band, shape (n, bands); equal rows of a band have equal keys."""
    rows = minhash.reshape(len(minhash), rules.bands, rules.rows_per_band).astype(np.uint64)
    keys = np.full((len(minhash), rules.bands), 0xCBF29CE484222325, np.uint64)  # FNV-1a's basis and prime, over 32-bit words
    for row in range(rules.rows_per_band):
        keys = (keys ^ rows[:, :, row]) * np.uint64(0x100000001B3)
    return keys


def estimated_similarity(left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32]) -> float:
    """Share of equal positions: an unbiased estimate of the Jaccard similarity."""
    return float((left == right).mean())
