"""Counts in how many documents each of very many hashes occurs, in bounded memory: beyond the bound the pairs wait on disk."""

from __future__ import annotations

import tempfile
from typing import IO

import numpy as np
import numpy.typing as npt

from tierline.text.words import Hashes

PAIRS_HELD = 1 << 20  # 16 MiB
PARTS = 64  # files, by the hashes' highest bits: one of them is counted at a time
PAIR = np.dtype([("value", np.uint64), ("document", np.uint64)])

Pairs = npt.NDArray[np.void]


class PairCounter:
    """Takes (value, document) pairs, both 64-bit hashes, and finds the values that occur in many documents; a pair counts once."""

    def __init__(self, pairs_held: int = PAIRS_HELD) -> None:
        self._pairs_held = pairs_held
        self._waiting: list[Pairs] = []
        self._count = 0
        self._parts: list[IO[bytes]] = []

    def add(self, values: Hashes, document: np.uint64) -> None:
        """The document has these values."""
        pairs = np.empty(len(values), PAIR)
        pairs["value"], pairs["document"] = values, document
        self._waiting.append(pairs)
        self._count += len(pairs)
        if self._count >= self._pairs_held:
            self._write()

    def frequent(self, documents_min: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
        """Values that occur in at least so many documents, ascending, and in how many; forgets everything."""
        parts = [_counted(self._gathered(), documents_min)] if not self._parts else []
        if self._parts:
            self._write()
        for file in self._parts:
            file.seek(0)
            parts.append(_counted(np.frombuffer(file.read(), PAIR), documents_min))
            file.close()
        self._parts = []
        return np.concatenate([values for values, _ in parts]), np.concatenate([counts for _, counts in parts])

    def _write(self) -> None:
        self._parts = self._parts or [tempfile.TemporaryFile(prefix="tierline-") for _ in range(PARTS)]  # noqa: SIM115
        pairs = self._gathered()
        part = (pairs["value"] >> np.uint64(64 - PARTS.bit_length() + 1)).astype(np.int64)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=PARTS))
        for file, one in zip(self._parts, np.split(pairs[order], ends[:-1]), strict=True):
            file.write(one.tobytes())

    def _gathered(self) -> Pairs:
        pairs = np.concatenate([np.empty(0, PAIR), *self._waiting])
        self._waiting, self._count = [], 0
        return pairs


def _counted(pairs: Pairs, documents_min: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
    values, counts = np.unique(pairs["value"], return_counts=True)
    often = values[counts >= documents_min]  # most occur once: only the others are counted by document
    if not len(often):
        return often, np.empty(0, np.int64)
    rest = pairs[often[np.minimum(np.searchsorted(often, pairs["value"]), len(often) - 1)] == pairs["value"]]
    rest = rest[np.lexsort((rest["document"], rest["value"]))]
    is_new = np.ones(len(rest), np.bool_)
    is_new[1:] = rest[1:] != rest[:-1]
    values, counts = np.unique(rest["value"][is_new], return_counts=True)
    return values[counts >= documents_min], counts[counts >= documents_min]
