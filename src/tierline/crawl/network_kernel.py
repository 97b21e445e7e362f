"""Compiled: the extractor's network over all blocks of a page, and what it sees of its own first guess."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tierline.text.kernels.compiled import compiled

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
NEAR = 3  # blocks before and behind whose guesses are features
WINDOW = 6  # blocks before and behind over which guesses are averaged


@compiled
def run_network(features: Floats, hidden: Floats, hidden_bias: Floats, output: Floats, output_bias: Floats, found: Floats) -> None:
    """Write n probabilities of n rows of features, of which the network reads as many columns as `hidden` has rows.

    Most features of a block are 0, and a page has few blocks: skipping them beats a matrix product.
    """
    units, logits = np.empty_like(hidden_bias), np.empty_like(output_bias)
    members = len(logits)
    for row in range(len(found)):
        units[:] = hidden_bias
        for column in range(len(hidden)):
            value = features[row, column]
            if value != 0:
                for unit in range(len(units)):
                    units[unit] += value * hidden[column, unit]
        logits[:] = output_bias
        for unit in range(len(units)):
            if units[unit] > 0:
                for member in range(members):
                    logits[member] += units[unit] * output[unit, member]
        total = 0.0
        for member in range(members):
            total += 1 / (1 + np.exp(-np.float64(logits[member])))
        found[row] = total / members


@compiled
def write_context(out: Floats, first: Floats, weights: Doubles, starts: Longs, ends: Longs, chain: Longs, at: int) -> None:
    """Write 15 features of n blocks from column `at` on: the first guess, those of the blocks before and behind, weighted means over the
    elements around (levels x n, with their spans) and over a window, shares of the page's main text before and behind."""
    count, levels = len(first), len(chain)
    guessed, weighed = np.zeros(count + 1), np.zeros(count + 1)
    for block in range(count):
        guessed[block + 1] = guessed[block] + first[block] * weights[block]
        weighed[block + 1] = weighed[block] + weights[block]
    for block in range(count):
        row = out[block]
        row[at] = first[block]
        for shift in range(1, NEAR + 1):
            row[at + shift] = first[block - shift] if block >= shift else 0
            row[at + NEAR + shift] = first[block + shift] if block + shift < count else 0
        column = at + 2 * NEAR + 1
        for level in range(levels):
            element = chain[level, block]
            start, end = starts[element], ends[element]
            row[column + level] = (guessed[end] - guessed[start]) / (weighed[end] - weighed[start])
        column += levels
        low, high = max(block - WINDOW, 0), min(block + WINDOW + 1, count)
        row[column] = (guessed[high] - guessed[low]) / (weighed[high] - weighed[low])
        row[column + 1] = guessed[block] / weighed[count]
        row[column + 2] = (guessed[count] - guessed[block + 1]) / weighed[count]
