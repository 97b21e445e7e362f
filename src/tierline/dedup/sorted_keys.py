"""Finds which sorted keys are among other sorted keys in one pass over both, which beats a search if most pages are read anyway."""

from __future__ import annotations

from tierline.text.kernels.compiled import compiled
from tierline.text.kernels.scan import Hashes, Longs

STRIDE = 8  # keys stepped over at once


@compiled
def match(keys: Hashes, wanted: Hashes, indices: Longs, places: Longs) -> int:
    """Write (index into `wanted`, place in `keys`) of every two that are equal, in order, and return how many there are.

    Both are ascending and `wanted` is unique; `indices` and `places` are as long as `keys`.
    """
    count = place = 0
    for index in range(len(wanted)):
        key = wanted[index]
        while place + STRIDE < len(keys) and keys[place + STRIDE] < key:
            place += STRIDE
        while place < len(keys) and keys[place] < key:
            place += 1
        while place < len(keys) and keys[place] == key:
            indices[count], places[count] = index, place
            count, place = count + 1, place + 1
    return count
