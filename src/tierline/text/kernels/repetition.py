"""Counts repeated lines, paragraphs and word n-grams as the published repetition rules do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tierline.text.kernels.compiled import compiled, helper
from tierline.text.kernels.scan import Hashes, Ints, Longs

LARGEST_TOP, LARGEST = 4, 10  # 2- to 4-grams by the most frequent one, 5- to 10-grams by all that repeat
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying permutes 64-bit numbers (Knuth 6.4)
_HALF = np.uint64(32)
Table = tuple[Hashes, Longs, Ints, Ints]  # open-addressed keys, their stamps and places; the place of each active position


@helper
def find(key: np.uint64, keys: Hashes, stamps: Longs, stamp: int, mask: int) -> int:
    """The slot that holds the key, or the free one where it belongs, in an open-addressed set cleared by a new stamp."""
    slot = int(np.int64((key ^ (key >> _HALF)) & np.uint64(mask)))
    while stamps[slot] == stamp and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@compiled
def repeated_parts(hashes: Hashes, lengths: Ints, offsets: Longs) -> npt.NDArray[np.float64]:
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


@helper
def count_ngrams(grams: Hashes, active: Ints, size: int, table: Table, stamp: int, mask: int, firsts: Ints, times: Ints) -> tuple[int, int]:
    """(first position, times) of the most frequent n-gram, the earliest of equally frequent ones; `active[:size]` keeps the
    positions whose n-gram comes more than once, and the count of those is written to active[-1]."""
    keys, stamps, places, at = table
    distinct = 0
    for index in range(size):
        position = int(active[index])
        slot = find(grams[position], keys, stamps, stamp, mask)
        if stamps[slot] != stamp:
            keys[slot], stamps[slot], places[slot] = grams[position], stamp, distinct
            firsts[distinct], times[distinct] = position, 0
            distinct += 1
        at[index] = places[slot]
        times[places[slot]] += 1
    top = 0
    for place in range(1, distinct):
        if times[place] > times[top]:
            top = place
    kept = 0
    for index in range(size):
        if times[at[index]] > 1:
            active[kept] = active[index]
            kept += 1
    active[-1] = kept
    position, count = firsts[top], times[top]
    return (int(position), int(count)) if distinct else (0, 1)


@helper
def met_before(grams: Hashes, active: Ints, size: int, table: Table, stamp: int, mask: int, ends: Longs, n: int) -> int:
    """Characters of n-grams seen before; continues after each one, so that no character counts twice."""
    keys, stamps = table[0], table[1]
    characters, behind = 0, 0
    for index in range(size):
        position = int(active[index])
        if position < behind:
            continue
        slot = find(grams[position], keys, stamps, stamp, mask)
        if stamps[slot] == stamp:
            characters += ends[position + n] - ends[position]
            behind = position + n
        else:
            keys[slot], stamps[slot] = grams[position], stamp
    return characters


@compiled
def repeated_ngrams(hashes: Hashes, lengths: Ints, offsets: Longs, joints: Longs, parts: Longs) -> npt.NDArray[np.float64]:
    """Shape (n, 9): characters in repeated word 2- to 10-grams of each document (Rae et al. 2021, table A1).

    2 to 4: length of the most frequent n-gram (the first of equally frequent ones), with `joints[i]` characters between its
    words, times its count. 5 to 10: characters of n-grams seen before. `parts[i]` entries of `hashes` are one word: more than one in
    scripts without spaces, where an entry is a character. An n-gram can repeat only if the shorter one at
    the same position does: each size looks only at the positions that the previous size left.
    """
    found = np.zeros((len(offsets) - 1, LARGEST - 1), np.float64)
    longest, stamp, size = 0, 0, 16
    for document in range(len(offsets) - 1):
        longest = max(longest, offsets[document + 1] - offsets[document])
    while size < 2 * longest:
        size *= 2
    table = (np.zeros(size, np.uint64), np.zeros(size, np.int64), np.zeros(size, np.int32), np.zeros(longest, np.int32))
    grams, ends, active = np.zeros(longest, np.uint64), np.zeros(longest + 1, np.int64), np.zeros(longest + 1, np.int32)
    firsts, times = np.zeros(longest, np.int32), np.zeros(longest, np.int32)
    for document in range(len(offsets) - 1):
        first, words = offsets[document], offsets[document + 1] - offsets[document]
        mask = 15
        while mask + 1 < 2 * words:
            mask = mask * 2 + 1
        for word in range(words):
            grams[word], active[word] = hashes[first + word], word
            ends[word + 1] = ends[word] + lengths[first + word]
        left, covered = words, 1
        for n in range(1, min(LARGEST, words // parts[document]) + 1):
            reach = n * parts[document]
            while left and active[left - 1] > words - reach:
                left -= 1
            while covered < reach:
                for index in range(left):
                    grams[active[index]] = grams[active[index]] * MULTIPLIER + hashes[first + active[index] + covered]
                covered += 1
            if n == 1:
                continue
            stamp += 1
            if n <= LARGEST_TOP:
                position, count = count_ngrams(grams, active, left, table, stamp, mask, firsts, times)
                left = active[-1]
                found[document, n - 2] = (ends[position + reach] - ends[position] + (n - 1) * joints[document]) * count
            else:
                found[document, n - 2] = met_before(grams, active, left, table, stamp, mask, ends, reach)
    return found
