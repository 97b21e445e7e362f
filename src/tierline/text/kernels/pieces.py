"""Looks up the token counts of a text's pieces, most of them words seen before, in one pass over its bytes."""

from __future__ import annotations

import numpy as np

from tierline.text.kernels.compiled import compiled, helper
from tierline.text.kernels.scan import Bytes, Hashes, Longs, hash_bytes

_SPACE, _NEWLINE = 0x20, 0x0A


@helper
def slot_of(key: np.uint64, keys: Hashes, known: Longs) -> int:
    """The slot that holds the key, or the free one where it belongs; `known` is 0 in free slots."""
    slot = int(np.int64(key & np.uint64(len(keys) - 1)))
    while known[slot] and keys[slot] != key:
        slot = (slot + 1) & (len(keys) - 1)
    return slot


@compiled
def store(new_keys: Hashes, counts: Longs, keys: Hashes, known: Longs) -> None:
    """Put counts of new pieces into the table; it must have room."""
    for index in range(len(new_keys)):
        slot = slot_of(new_keys[index], keys, known)
        keys[slot], known[slot] = new_keys[index], counts[index] + 1


@compiled
def look_up(data: Bytes, offsets: Longs, keys: Hashes, known: Longs, totals: Longs, unknown: Longs, unknown_keys: Hashes) -> int:
    """Add the counts of known pieces of n texts to `totals`; write (text, start, end) of the others; returns the number of others.

    A piece is a run of spaces and what follows up to the next space or line break; a line break is a token by itself. `known` holds
    counts plus one.
    """
    missing = 0
    for document in range(len(offsets) - 1):
        index, end = offsets[document], offsets[document + 1]
        while index < end:
            if data[index] == _NEWLINE:
                totals[document] += 1
                index += 1
                continue
            start = index
            while index < end and data[index] == _SPACE:
                index += 1
            while index < end and data[index] != _SPACE and data[index] != _NEWLINE:
                index += 1
            key = hash_bytes(data, start, index)
            slot = slot_of(key, keys, known)
            if known[slot]:
                totals[document] += known[slot] - 1
            else:
                unknown[missing, 0], unknown[missing, 1], unknown[missing, 2] = document, start, index
                unknown_keys[missing] = key
                missing += 1
    return missing
