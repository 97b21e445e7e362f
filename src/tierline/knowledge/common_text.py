"""Finds the words that pages about many subjects have in common: templates, licenses and stock paragraphs say nothing of copying."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.knowledge.hashed import Flags, is_among
from tierline.knowledge.sketches import Sketch, hashes_of

SUBJECTS_MIN = 5  # of the pages that have a run of words


class CommonText:
    """The hashes of text sketches that pages about several subjects have."""

    def __init__(self, hashes: npt.NDArray[np.uint32]) -> None:
        """These hashes, in order (`common_hashes`)."""
        self._hashes = hashes

    def without(self, sketch: Sketch) -> Sketch:
        """The same sketch of the rest of the text."""
        hashes = hashes_of(sketch.hashes)
        return Sketch(hashes[~self.has(hashes)].tobytes(), sketch.end)

    def has(self, hashes: npt.NDArray[np.uint32]) -> Flags:
        """Which of these are common."""
        return is_among(hashes, self._hashes)


def common_hashes(hashes: npt.NDArray[np.uint32], subjects: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The hashes, in order, that pages about SUBJECTS_MIN subjects have; `subjects` has the number of what the page of each is about."""
    pairs = np.sort(hashes.astype(np.uint64) << np.uint64(32) | subjects)
    new = np.ones(len(pairs), bool)
    new[1:] = pairs[1:] != pairs[:-1]
    found = (pairs[new] >> np.uint64(32)).astype(np.uint32)
    starts = np.flatnonzero(np.diff(found, prepend=found[:1] + np.uint32(1)))
    return found[starts[np.diff(starts, append=len(found)) >= SUBJECTS_MIN]]


def page_of(claim: Mapping[str, Any]) -> str:
    """The id of the page that makes a claim: a passage of L3 belongs to its document."""
    return claim["page_id"] or claim["parents"][0]
