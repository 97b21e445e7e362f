"""Finds the words that pages about many subjects have in common: templates, licenses and stock paragraphs say nothing of copying."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tierline.knowledge.sketches import Sketch, hashes_of

SUBJECTS_MIN = 5  # of the pages that have a run of words


class CommonText:
    """The hashes of text sketches that pages about several subjects have."""

    def __init__(self, claims: Iterable[Mapping[str, Any]]) -> None:
        """From rows of `l4_claims`, whatever their order; a page is about the subject of most of its claims."""
        subjects: dict[str, Counter[str]] = {}
        sketches: dict[str, bytes] = {}
        for row in claims:
            page = page_of(row)
            subjects.setdefault(page, Counter())[row["subject_key"]] += 1
            sketches[page] = row["text_sketch"] or b""
        numbers: dict[str, int] = {}
        pairs = [np.empty(0, np.uint64)]
        for page, sketch in sketches.items():
            subject = min(subjects[page].items(), key=lambda item: (-item[1], item[0]))[0]
            number = np.uint64(numbers.setdefault(subject, len(numbers)))
            pairs.append(hashes_of(sketch).astype(np.uint64) << np.uint64(32) | number)
        hashes, counts = np.unique(np.unique(np.concatenate(pairs)) >> np.uint64(32), return_counts=True)
        self._hashes = hashes[counts >= SUBJECTS_MIN].astype("<u4")

    def without(self, sketch: Sketch) -> Sketch:
        """The same sketch of the rest of the text."""
        hashes = hashes_of(sketch.hashes)
        return Sketch(hashes[~np.isin(hashes, self._hashes)].tobytes(), sketch.end)


def page_of(claim: Mapping[str, Any]) -> str:
    """The id of the page that makes a claim: a passage of L3 belongs to its document."""
    return claim["page_id"] or claim["parents"][0]
