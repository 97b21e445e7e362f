"""Gives sets of claims keys of which of their pages share a paragraph, all that common words decide about a set (sources.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from tierline.knowledge.common_text import CommonText
from tierline.knowledge.hashed import Keys, Numbers, mixed, sums
from tierline.knowledge.sketches import TEXT_HASHES, Sketch, hashes_of, overlap_of
from tierline.knowledge.sources import HASHES_MIN, has_paragraph

# Hashes that pairs of texts of one set have in common, counted for each pair. With more, all words of these texts that are not common
# make the key: the set is then judged again whenever one becomes common.
PAIRS_MAX = 1 << 12
HASHES_PER_PART = 1 << 16  # compared at a time: some 20 MB, at most five times as many
Hashes = npt.NDArray[np.uint32]


def paragraph_keys(sets: Numbers, texts: Sequence[bytes], of_row: Numbers, common: CommonText, size: int) -> Keys:
    """The key of each of `size` sets, from stored text sketches, each once, and the set and the place of the sketch of each row, whatever
    the order of rows: equal where the same pairs of its texts share a paragraph."""
    known = _Texts(texts, common)
    members = np.divmod(np.unique(sets * len(texts) + of_row), max(1, len(texts)))
    found = np.zeros(size, np.uint64)
    for own_sets, own_texts in _by_size(members[0], members[1], known.lengths):
        found += _of(own_sets, own_texts, known, size)
    return found


class _Texts:
    """Text sketches without common words, one behind the other."""

    def __init__(self, texts: Sequence[bytes], common: CommonText) -> None:
        sketches = [Sketch.of(text, TEXT_HASHES) for text in texts]
        self.ends = np.array([sketch.end for sketch in sketches], np.uint64)
        hashes = hashes_of(b"".join(texts))
        text = np.repeat(np.arange(len(texts)), [len(own) // hashes.itemsize for own in texts])
        rare = ~common.has(hashes)
        self.hashes: Hashes = hashes[rare]
        self.lengths = np.bincount(text[rare], minlength=len(texts))
        self.starts = np.cumsum(self.lengths) - self.lengths
        self._placed = text[rare].astype(np.uint64) << np.uint64(32) | self.hashes
        self.keys = np.array([int.from_bytes(blake2b(text, digest_size=8).digest(), "little") for text in texts], np.uint64)

    def of(self, texts: Numbers) -> tuple[Numbers, Hashes]:
        """(place in `texts`, hash) of every hash of these."""
        lengths = self.lengths[texts]
        first = np.repeat(self.starts[texts] - np.cumsum(lengths) + lengths, lengths)
        return np.repeat(np.arange(len(texts)), lengths), self.hashes[first + np.arange(lengths.sum())]

    def up_to(self, texts: Numbers, ends: Keys) -> Numbers:
        """How many hashes of each of these are smaller than `ends`."""
        return np.searchsorted(self._placed, (texts.astype(np.uint64) << np.uint64(32)) + ends) - self.starts[texts]


def _by_size(sets: Numbers, texts: Numbers, lengths: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Sets, which are in order, in parts of as many hashes as fit into memory; those without two texts are left out."""
    starts = np.flatnonzero(np.diff(sets, prepend=-1))
    counts = np.diff(starts, append=len(sets))
    several = np.repeat(counts > 1, counts)
    sets, texts = sets[several], texts[several]
    part = np.cumsum(lengths[texts]) // HASHES_PER_PART
    first = np.flatnonzero(np.diff(sets, prepend=-1))
    part = part[first].repeat(np.diff(first, append=len(sets)))  # a set is in one part
    for number in np.unique(part).tolist():
        yield sets[part == number], texts[part == number]


def _of(sets: Numbers, texts: Numbers, known: _Texts, size: int) -> Keys:
    member, hashes = known.of(texts)
    placed = sets[member].astype(np.uint64) << np.uint64(32) | hashes
    order = np.argsort(placed, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], placed[order][1:] != placed[order][:-1]])) if len(order) else np.empty(0, np.int64)
    runs = np.diff(starts, append=len(order))  # of texts with one hash
    pairs = np.zeros(size, np.int64)
    np.add.at(pairs, sets[member[order[starts]]], runs * (runs - 1) // 2)
    crowded = pairs > PAIRS_MAX
    all_words = crowded[sets[member]]
    of_text = sums(mixed(hashes[all_words].astype(np.uint64)), member[all_words], len(texts))
    own = crowded[sets]
    found = sums(mixed(known.keys[texts[own]] + of_text[own], 6), sets[own], size)
    counted = ~crowded[sets[member[order[starts]]]] & (runs > 1)
    one, other = _paired(member[order], starts[counted], runs[counted])
    both, shared = np.unique(one * len(texts) + other, return_counts=True)
    one, other = np.divmod(both[shared >= HASHES_MIN], max(1, len(texts)))
    left, right = texts[one], texts[other]
    end = np.minimum(known.ends[left], known.ends[right])
    smaller = np.minimum(known.up_to(left, end), known.up_to(right, end))
    is_shared = has_paragraph(overlap_of(shared[shared >= HASHES_MIN], smaller, end.astype(np.float64)))
    keys = mixed(known.keys[left[is_shared]] + known.keys[right[is_shared]], 5)
    return found + sums(keys, sets[one[is_shared]], size)


def _paired(members: Numbers, starts: Numbers, runs: Numbers) -> tuple[Numbers, Numbers]:
    """All pairs of members in each run, the earlier one first."""
    ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for length in np.unique(runs).tolist():
        places = starts[runs == length][:, None] + np.arange(length)
        first, second = np.triu_indices(length, 1)
        ones.append(members[places[:, first]].ravel())
        others.append(members[places[:, second]].ravel())
    return np.concatenate(ones), np.concatenate(others)
