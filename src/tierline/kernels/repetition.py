"""Repeated lines, paragraphs and word n-grams, counted as the published repetition rules count them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tierline.kernels.compiled import compiled
from tierline.kernels.scan import Hashes, Longs

LARGEST_TOP, LARGEST = 4, 10  # 2- to 4-grams by the most frequent one, 5- to 10-grams by all that repeat
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying permutes 64-bit numbers (Knuth 6.4)
_HALF = np.uint64(32)


@compiled
def find(key: np.uint64, keys: Hashes, stamps: Longs, stamp: int, mask: int) -> int:
    """The slot that holds the key, or the free one where it belongs, in an open-addressed set cleared by a new stamp."""
    slot = int(np.int64((key ^ (key >> _HALF)) & np.uint64(mask)))
    while stamps[slot] == stamp and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@compiled
def repeated_parts(hashes: Hashes, lengths: npt.NDArray[np.int32], offsets: Longs) -> npt.NDArray[np.float64]:
    """Shape (n, 2): how many parts of each document repeat an earlier one, and the characters of those."""
    found = np.zeros((len(offsets) - 1, 2), np.float64)
    size = 16
    for document in range(len(offsets) - 1):
        while size < 2 * (offsets[document + 1] - offsets[document]):
            size *= 2
    keys, stamps = np.zeros(size, np.uint64), np.full(size, -1, np.int64)
    for document in range(len(offsets) - 1):
        for part in range(offsets[document], offsets[document + 1]):
            slot = find(hashes[part], keys, stamps, document, size - 1)
            if stamps[slot] == document:
                found[document, 0] += 1
                found[document, 1] += lengths[part]
            keys[slot], stamps[slot] = hashes[part], document
    return found


@compiled
def repeated_ngrams(hashes: Hashes, lengths: npt.NDArray[np.int32], offsets: Longs, joints: Longs) -> npt.NDArray[np.float64]:
    """Shape (n, 9): characters in repeated word 2- to 10-grams of each document (Rae et al. 2021, table A1).

    2 to 4: length of the most frequent n-gram (the first of equally frequent ones), with `joints[i]` characters between its
    words, times its count. 5 to 10: characters of the n-grams met before, walking on behind each, so that none counts twice.
    """
    found = np.zeros((len(offsets) - 1, LARGEST - 1), np.float64)
    longest, stamp = 0, 0
    for document in range(len(offsets) - 1):
        longest = max(longest, offsets[document + 1] - offsets[document])
    size = 16
    while size < 2 * longest:
        size *= 2
    keys, stamps, places = np.zeros(size, np.uint64), np.zeros(size, np.int64), np.zeros(size, np.int32)
    grams, ends = np.zeros(longest, np.uint64), np.zeros(longest + 1, np.int64)
    firsts, times = np.zeros(longest, np.int32), np.zeros(longest, np.int32)
    for document in range(len(offsets) - 1):
        first, words = offsets[document], offsets[document + 1] - offsets[document]
        mask = 15
        while mask + 1 < 2 * words:
            mask = mask * 2 + 1
        for word in range(words):
            grams[word] = hashes[first + word]
            ends[word + 1] = ends[word] + lengths[first + word]
        for n in range(2, LARGEST + 1):
            count = words - n + 1
            if count <= 0:
                break
            for word in range(count):
                grams[word] = grams[word] * MULTIPLIER + hashes[first + word + n - 1]
            stamp += 1
            if n <= LARGEST_TOP:
                distinct = 0
                for word in range(count):
                    slot = find(grams[word], keys, stamps, stamp, mask)
                    if stamps[slot] != stamp:
                        keys[slot], stamps[slot], places[slot] = grams[word], stamp, distinct
                        firsts[distinct], times[distinct] = word, 0
                        distinct += 1
                    times[places[slot]] += 1
                top = 0
                for place in range(1, distinct):
                    if times[place] > times[top]:
                        top = place
                length = ends[firsts[top] + n] - ends[firsts[top]] + (n - 1) * joints[document]
                found[document, n - 2] = length * times[top]
            else:
                word = 0
                while word < count:
                    slot = find(grams[word], keys, stamps, stamp, mask)
                    if stamps[slot] == stamp:
                        found[document, n - 2] += ends[word + n] - ends[word]
                        word += n
                    else:
                        keys[slot], stamps[slot] = grams[word], stamp
                        word += 1
    return found
