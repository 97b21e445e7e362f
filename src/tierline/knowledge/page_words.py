"""Finds for all pages at once which runs of words are those of pages about several subjects, a range of hashes at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tierline.knowledge.claim_rows import ClaimRows
from tierline.knowledge.common_text import SUBJECTS_MIN, CommonText, common_hashes
from tierline.knowledge.hashed import Keys, Numbers, find, is_among, mixed, sums

HASHES_PER_RANGE = 1 << 20  # some 30 MB while one range is looked at
_HASHES = 1 << 32
Hashes = npt.NDArray[np.uint32]


class PageWords:
    """The hashes of text sketches that as many pages have as pages about several subjects are; most have fewer."""

    def __init__(self, claims: Sequence[ClaimRows], pages: Keys) -> None:
        """`pages` are the keys of all pages, in order."""
        parts = [(np.empty(0, np.uint32), np.empty(0, np.int64)), *_shared(claims, pages)]
        self._hashes = np.concatenate([hashes for hashes, _ in parts])
        self._pages = np.concatenate([own for _, own in parts])
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


def _shared(claims: Sequence[ClaimRows], pages: Keys) -> Iterator[tuple[Hashes, Numbers]]:
    """(hashes in order, the pages that have them) for each range."""
    ranges = 1 + sum(part.hashes for part in claims) // HASHES_PER_RANGE
    bounds = np.array([part * _HASHES // ranges for part in range(1, ranges)], np.uint32)
    cuts = [(part, [0, *part.cuts(bounds), part.hashes]) for part in claims if part.hashes]
    for number in range(ranges):
        parts = [part.sketches(cut[number], cut[number + 1]) for part, cut in cuts]
        ordered = np.sort(np.concatenate([np.empty(0, np.uint32), *(hashes for hashes, _ in parts)]))
        often = _frequent(ordered)
        kept = [(hashes[found], own[found]) for hashes, own in parts if (found := find(hashes, often)[1]).any()]
        if kept:
            hashes = np.concatenate([own for own, _ in kept])
            order = np.argsort(hashes, kind="stable")
            yield hashes[order], find(np.concatenate([own for _, own in kept])[order], pages)[0]


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
