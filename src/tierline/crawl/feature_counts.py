"""Compiled: counts for the features of blocks: classes of characters, sums over the elements around each block."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tierline.crawl.walk_text import SEPARATOR
from tierline.text.kernels.compiled import ZERO, compiled
from tierline.text.kernels.scan import decode

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@compiled
def count_classes(data: Bytes, table: Bytes, counts: Floats, lengths: Doubles, last: Bytes) -> None:
    """Of n texts of UTF-8 with a separator behind each: characters of each class (n x classes, zeroed before), all characters, and
    the class of the last."""
    block, characters, kind, index = 0, 0, 0, ZERO
    while index < len(data):
        code = np.int64(data[index])
        if code == SEPARATOR:
            lengths[block], last[block] = characters, kind
            block, index, characters = block + 1, index + 1, 0
            continue
        if code < 0x80:
            index += 1
        else:
            code, index = decode(data, index)
        kind = table[min(code, len(table) - 1)]
        counts[block, kind] += 1
        characters += 1


@compiled
def sum_elements(elements: Longs, lengths: Doubles, density: Doubles, prose: Doubles, sums: Doubles, table: Floats) -> None:
    """Fill `sums` (n+1 x 3, running sums over blocks: characters, characters in links, prose) and `table` (a row an element: shares of
    links, prose and blocks in its characters, logarithms of characters and blocks, share of the page)."""
    for block in range(len(lengths)):
        sums[block + 1, 0] = sums[block, 0] + lengths[block]
        sums[block + 1, 1] = sums[block, 1] + lengths[block] * density[block]
        sums[block + 1, 2] = sums[block, 2] + prose[block]
    whole = sums[len(lengths), 0]
    for number in range(len(elements)):
        start, end = elements[number, 1], elements[number, 2]
        size, blocks = sums[end, 0] - sums[start, 0], end - start
        table[number, 0] = (sums[end, 1] - sums[start, 1]) / size
        table[number, 1] = (sums[end, 2] - sums[start, 2]) / size
        table[number, 2] = np.log(blocks / size) / 4
        table[number, 3] = np.log1p(size) / 4
        table[number, 4] = np.log1p(np.float64(blocks)) / 4
        table[number, 5] = size / whole


@compiled
def spread_levels(owner: Longs, elements: Longs, table: Floats, score: Doubles, out: Floats, chain: Longs, scores: Doubles) -> None:
    """Write the rows of the elements around each block side by side, the innermost first, note the elements in `chain` (levels x n),
    and add each block's score to the three innermost: whole to two, half to the third."""
    levels, width = len(chain), table.shape[1]
    for block in range(len(owner)):
        element = owner[block]
        for level in range(levels):
            chain[level, block] = element
            for column in range(width):
                out[block, level * width + column] = table[element, column]
            if level < 3:
                scores[element] += score[block] if level < 2 else score[block] / 2
            element = elements[element, 0]
