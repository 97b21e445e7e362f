"""MinHash signatures of texts, and the bands through which near-duplicates find each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.config.bounds import Few, Natural, Share
from tierline.errors import BadInput
from tierline.text.words import Hashes, Words, ngram_hashes

SEED = 42
KEEP = ("first_seen", "best_quality")
FNV_BASIS, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, over 32-bit words


@dataclass(frozen=True, slots=True)
class DedupRules:
    """Near-duplicates by MinHash-LSH (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4).

    Word 5-grams and 112 permutations are FineWeb's setting (Penedo et al. 2024, section 3.4); its 14 bands of 8 find a pair of
    Jaccard 0.8 with probability 0.92 only, 16 bands of 7 with 0.977 and one of 0.9 with 0.99997, whatever the mix of
    similarities. Pairs that meet are verified by their true Jaccard similarity, so that more bands cost time but no document.

    `keep` selects which document stays. A promoted document of a prior shard always does. Within a shard `first_seen` keeps
    the one fetched first (those without a time last), `best_quality` the one with most tokens; the smaller id settles ties.
    """

    SECTION: ClassVar[str] = "l1.dedup"
    bands: Few = 16
    rows_per_band: Few = 7
    shingle_words: Few = 5
    similarity_min: float = 0.75  # true Jaccard from which the later document is a duplicate
    keep: str = "first_seen"  # or best_quality
    estimate_slack: Share = 0.15  # a pair estimated this far below similarity_min is not compared: 3.6 standard errors
    bucket_max: Natural = 32  # kept documents that one band's bucket offers, the earliest
    comparisons_max: Natural = 8  # true comparisons of one document, the best estimates first

    def __post_init__(self) -> None:
        if self.keep not in KEEP:
            raise BadInput(f"keep: {self.keep} is not a rule", self.SECTION, f"choose one of {', '.join(KEEP)}")

    @property
    def permutations(self) -> int:
        """Length of a signature."""
        return self.bands * self.rows_per_band


@dataclass(frozen=True, slots=True)
class Signatures:
    """Signatures of n documents: `minhash` of shape (n, permutations), `exact` and `normal` digests of their texts, shape (n, 32)."""

    minhash: npt.NDArray[np.uint32]
    exact: npt.NDArray[np.uint8]
    normal: npt.NDArray[np.uint8]

    @classmethod
    def concat(cls, parts: Sequence[Signatures], rules: DedupRules) -> Signatures:
        """All parts in order; empty if there are none."""
        minhash, digests = np.empty((0, rules.permutations), np.uint32), np.empty((0, 32), np.uint8)
        return cls(
            np.concatenate([minhash, *(part.minhash for part in parts)]),
            np.concatenate([digests, *(part.exact for part in parts)]),
            np.concatenate([digests, *(part.normal for part in parts)]),
        )

    def table(self, doc_ids: pa.ChunkedArray) -> pa.Table:
        """Rows of `l1_signatures`; a signature is its 32-bit numbers, little-endian."""
        signatures = [row.tobytes() for row in self.minhash.astype("<u4")]
        hexadecimal = [pa.array([row.tobytes().hex() for row in digests], pa.string()) for digests in (self.exact, self.normal)]
        columns = [doc_ids, *hexadecimal, pa.array(signatures, pa.binary())]
        return pa.table(dict(zip(("doc_id", "text_sha256", "normal_sha256", "signature"), columns, strict=True)))


def sign(words: Sequence[Words], text_digests: Sequence[str], rules: DedupRules) -> Signatures:
    """Signatures of a batch. The normal digest ignores case, spacing and punctuation at the edges of words."""
    from rensa import RMinHash  # in the extra "filters"; the rules above are read without it

    sets = [ngram_hashes(one.hashes, min(rules.shingle_words, max(1, len(one.hashes)))) for one in words]  # repeats do not change minima
    flat = np.concatenate(sets) if sets else np.empty(0, np.uint64)
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.uint64)
    rows = RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, rules.permutations, SEED).to_rows() if sets else []
    minhash = np.array(rows, np.uint32).reshape(len(sets), rules.permutations)
    normal = b"".join(hashlib.sha256(one.normal).digest() for one in words)
    return Signatures(minhash, digest_bytes(text_digests), np.frombuffer(normal, np.uint8).reshape(len(sets), 32))


def band_keys(minhash: npt.NDArray[np.uint32], rules: DedupRules) -> Hashes:
    """One 64-bit key for each document and band, shape (n, bands); equal rows of one band have equal keys."""
    rows = minhash.reshape(len(minhash), rules.bands, rules.rows_per_band).astype(np.uint64)
    keys = np.tile(FNV_BASIS + np.arange(rules.bands, dtype=np.uint64), (len(minhash), 1))
    for row in range(rules.rows_per_band):
        keys = (keys ^ rows[:, :, row]) * FNV_PRIME
    return keys ^ (keys >> np.uint64(32))


def index_keys(minhash: npt.NDArray[np.uint32], normal: npt.NDArray[np.uint8], rules: DedupRules) -> Hashes:
    """All keys under which a document is found, shape (n, bands + 1): those of its bands and the start of its normal digest."""
    start = np.ascontiguousarray(normal[:, :8]).view("<u8").astype(np.uint64).reshape(len(minhash), 1)
    return np.concatenate([band_keys(minhash, rules), start], axis=1)


def estimated_similarity(left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
    """Share of equal positions along the last axis: an unbiased estimate of the Jaccard similarity (Broder 1997)."""
    return (left == right).mean(axis=-1)


def digest_bytes(digests: Sequence[str]) -> npt.NDArray[np.uint8]:
    """SHA-256 digests in hex as bytes, shape (n, 32)."""
    return np.frombuffer(bytes.fromhex("".join(digests)), np.uint8).reshape(len(digests), 32)
