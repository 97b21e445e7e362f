"""64-bit keys of words, and sums of keys that stand for sets of rows."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
WORDS_KEPT = 1 << 16


@lru_cache(maxsize=WORDS_KEPT)
def key_of(words: str) -> int:
    """A 64-bit key, never 0; that of no words is 0."""
    return int.from_bytes(blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1 if words else 0


def keys_of(words: pa.Array) -> Keys:
    """64-bit keys of many words, other ones than `key_of` gives: of ids, which are as good as random. Null is as no words."""
    words = words.cast(pa.large_binary()).fill_null(b"")
    starts = np.frombuffer(words.buffers()[1], np.int64)[words.offset : words.offset + len(words)]
    data = np.frombuffer(words.buffers()[2] or b"", np.uint8)
    lengths = pc.binary_length(words).to_numpy()
    found = np.zeros(len(words), np.uint64)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        padded = np.zeros((len(rows), -(-length // 8) * 8), np.uint8)
        padded[:, :length] = data[starts[rows][:, None] + np.arange(length)]
        keys = np.full(len(rows), length, np.uint64)
        for column in padded.view("<u8").T:
            keys = mixed(keys ^ column)
        found[rows] = keys
    return found


def mixed(keys: Keys, seed: int = 0) -> Keys:
    """Other keys, as good as random: the finalizer of SplitMix64 (Steele, Lea and Flood 2014)."""
    keys = keys + np.uint64((2 * seed + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def sums(keys: Keys, places: Numbers, size: int) -> Keys:
    """The sum of the keys at each of `size` places, modulo 2^64: of a set of rows, whatever their order."""
    found = np.zeros(size, np.uint64)
    np.add.at(found, places, keys)
    return found


def is_among(keys: npt.NDArray[Any], known: npt.NDArray[Any]) -> Flags:
    """Whether each key is among known ones, which are in order."""
    return find(keys, known)[1]


def find(keys: npt.NDArray[Any], known: npt.NDArray[Any]) -> tuple[Numbers, Flags]:
    """(place of each key among known ones, which are in order; whether it is there)."""
    if not len(known):
        return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return places, known[places] == keys
