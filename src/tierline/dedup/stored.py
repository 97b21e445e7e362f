"""Keeps a shard's MinHash signatures on disk: they are most of the data of deduplication, and only few are read again."""

from __future__ import annotations

import tempfile
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tierline.dedup.minhash import DedupRules, Signatures, index_keys
from tierline.dedup.runs import Keys, Numbers, read_rows

Minhash = npt.NDArray[np.uint32]
DOCUMENTS_PER_BLOCK = 1 << 14  # whose signatures are held at a time, 450 bytes each


class Minhashes(Protocol):
    """MinHash values of n documents, such as an array of shape (n, permutations)."""

    def __getitem__(self, positions: Numbers, /) -> Minhash: ...


class Signed(Protocol):
    """Signatures of n documents, as `Signatures` has them; `minhash` may be on disk."""

    @property
    def minhash(self) -> Minhashes: ...
    @property
    def exact(self) -> npt.NDArray[np.uint8]: ...
    @property
    def normal(self) -> npt.NDArray[np.uint8]: ...


class SignatureFile:
    """Gathers the signatures of a shard batch by batch: 64 bytes per document in memory, 4 per permutation in a temporary file."""

    def __init__(self, rules: DedupRules) -> None:
        self._file = tempfile.TemporaryFile(prefix="tierline-")  # noqa: SIM115 - closed with its owner
        self._permutations = rules.permutations
        self._exact = [np.empty((0, 32), np.uint8)]
        self._normal = [np.empty((0, 32), np.uint8)]

    def append(self, batch: Signatures) -> None:
        """Append the signatures of the next documents."""
        self._file.write(np.ascontiguousarray(batch.minhash, np.uint32).data)
        self._exact.append(batch.exact)
        self._normal.append(batch.normal)

    @property
    def minhash(self) -> SignatureFile:
        """Itself: indexing reads."""
        return self

    @property
    def exact(self) -> npt.NDArray[np.uint8]:
        """Digests of the texts, shape (n, 32)."""
        self._exact = [np.concatenate(self._exact)]
        return self._exact[0]

    @property
    def normal(self) -> npt.NDArray[np.uint8]:
        """Normal digests of the texts, shape (n, 32)."""
        self._normal = [np.concatenate(self._normal)]
        return self._normal[0]

    def __getitem__(self, positions: Numbers) -> Minhash:
        """Signatures of these documents, shape (len(positions), permutations). Neighbors are read at once."""
        self._file.flush()
        data = read_rows(self._file.fileno(), 4 * self._permutations, positions)
        return np.frombuffer(data, np.uint32).reshape(len(positions), self._permutations)


def keys_of(documents: Numbers, minhash: Minhashes, normal: npt.NDArray[np.uint8], rules: DedupRules) -> Keys:
    """All keys under which these documents are found, shape (len(documents), bands + 1), made block by block."""
    keys = np.empty((len(documents), rules.bands + 1), np.uint64)
    for start in range(0, len(documents), DOCUMENTS_PER_BLOCK):
        block = documents[start : start + DOCUMENTS_PER_BLOCK]
        keys[start : start + len(block)] = index_keys(minhash[block], normal[block], rules)
    return keys
