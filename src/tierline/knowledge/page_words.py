"""Finds for all pages at once which runs of words are those of pages about several subjects, a range of hashes at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.knowledge.claim_rows import ClaimRows
from tierline.knowledge.common_text import SUBJECTS_MIN, CommonText, common_hashes
from tierline.knowledge.hashed import Keys, Numbers, find, is_among, mixed, sums

HASHES_PER_RANGE = 1 << 20  # some 30 MB while one range is looked at
_HASHES = 1 << 32
Hashes = npt.NDArray[np.uint32]


class PageWords:
    """The hashes of text sketches that as many pages have as pages about several subjects are; most have fewer."""

    def __init__(self, claims: Sequence[ClaimRows], pages: Keys, workers: Workers = IN_PROCESS) -> None:
        """`pages` are the keys of all pages, in order."""
        parts = [(np.empty(0, np.uint32), np.empty(0, np.uint64)), *_shared([part for part in claims if part.hashes], workers)]
        self._hashes = np.concatenate([hashes for hashes, _ in parts])
        self._pages = np.concatenate([find(own, pages)[0] for _, own in parts])
        self._size = len(pages)

    def common(self, subjects: Keys) -> tuple[CommonText, Keys]:
        """(the words that pages about several subjects have; for each page a key of those that it has). `subjects` has the key of what each
        page is about, 0 for a page that does not count."""
        counts = subjects[self._pages] != 0
        hashes, pages = self._hashes[counts], self._pages[counts]
        _, numbers = np.unique(subjects, return_inverse=True)
        common = common_hashes(hashes, numbers[pages].astype(np.uint32))
        shared = is_among(self._hashes, common)
        keys = sums(mixed(self._hashes[shared].astype(np.uint64)), self._pages[shared], self._size)
        return CommonText(common), keys


def _shared(claims: Sequence[ClaimRows], workers: Workers) -> Iterator[tuple[Hashes, Keys]]:
    """(hashes in order, the pages that have them) for each range."""
    ranges = 1 + sum(part.hashes for part in claims) // HASHES_PER_RANGE
    bounds = np.array([part * _HASHES // ranges for part in range(1, ranges)], np.uint32)
    if workers is IN_PROCESS:  # reads the pieces where they are
        cuts = [[0, *part.cuts(bounds), part.hashes] for part in claims]
        for number in range(ranges):
            yield _of_several_pages([part.sketches(*cut[number : number + 2]) for part, cut in zip(claims, cuts, strict=True)])
    else:
        parts = (part.sketches(0, part.hashes) for part in claims)
        yield from workers.shuffle("count words", partial(_cut, bounds=bounds), _of_several_pages, parts, ranges)


def _cut(part: tuple[Hashes, Keys], bounds: Hashes) -> list[tuple[Hashes, Keys]]:
    hashes, pages = part
    cuts = [0, *np.searchsorted(hashes, bounds).tolist(), len(hashes)]
    return [(hashes[start:end], pages[start:end]) for start, end in pairwise(cuts)]


def _of_several_pages(pieces: Sequence[tuple[Hashes, Keys]]) -> tuple[Hashes, Keys]:
    """Of ordered (hashes, pages that have them) those hashes that are frequent, in order."""
    often = _frequent(np.sort(np.concatenate([np.empty(0, np.uint32), *(hashes for hashes, _ in pieces)])))
    kept = [(hashes[found], pages[found]) for hashes, pages in pieces if (found := find(hashes, often)[1]).any()]
    hashes, pages = (np.concatenate(columns) for columns in zip((often[:0], np.empty(0, np.uint64)), *kept, strict=True))
    order = np.argsort(hashes, kind="stable")
    return hashes[order], pages[order]


def _frequent(ordered: Hashes) -> Hashes:
    """Those that SUBJECTS_MIN pages or more have, in order."""
    return ordered[SUBJECTS_MIN - 1 :][ordered[SUBJECTS_MIN - 1 :] == ordered[: max(0, len(ordered) - SUBJECTS_MIN + 1)]]


def most_stated(pages: Numbers, subjects: Keys, size: int) -> Keys:
    """What each of `size` pages is about: the key of the subject of most rows, the smallest of several; 0 for a page without rows."""
    order = np.lexsort((subjects, pages))
    page, subject = pages[order], subjects[order]
    is_new = np.ones(len(page), bool)
    is_new[1:] = (page[1:] != page[:-1]) | (subject[1:] != subject[:-1])
    first = np.flatnonzero(is_new)
    counts = np.diff(first, append=len(page))
    ranked = first[np.lexsort((-counts, page[first]))]
    found = np.zeros(size, np.uint64)
    found[page[ranked[::-1]]] = subject[ranked[::-1]]  # the last one that is written is the first of each page
    return found
