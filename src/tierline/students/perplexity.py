"""Measures how surprising a text is to a small n-gram model of its language: for every document, in 75 languages, without calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tierline.students.ngram_kernel import BITS, count_ngrams, mean_surprise, normalize

Floats = npt.NDArray[np.float64]
BUNDLED = Path(__file__).with_name("perplexity.npz")
CHARACTERS = 4_000  # of a text's beginning
STEPS = 8  # of a stored count to the octave


@dataclass(frozen=True, eq=False, slots=True)
class NgramModel:
    """Counts of character n-grams by language, hashed into buckets; `typical` is the surprise of clean sentences that were not counted.

    `codes`, shape (2^BITS,), uint8: rounded STEPS * log2(1 + count). `typical` in nats per character, by language code.
    """

    typical: Mapping[str, float]
    codes: npt.NDArray[np.uint8]

    @property
    def model_id(self) -> str:
        """Digest of the counts."""
        return f"ngrams@{hashlib.sha256(self.codes.tobytes() + repr(sorted(self.typical.items())).encode()).hexdigest()[:8]}"

    def perplexity(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """Perplexity per character relative to clean sentences of the same language, (texts,): 1 is typical, 2 twice as surprising.

        Character n-grams interpolated by a Dirichlet prior on the shorter context (MacKay and Peto 1995, "A hierarchical Dirichlet
        language model"); counts are rounded and may collide, so probabilities do not sum to 1 exactly. NaN if the language has
        no model or the text no characters.
        """
        names = sorted(self.typical)
        numbers = {name: number for number, name in enumerate(names)}
        known = [row for row, language in enumerate(languages) if language in numbers and texts[row].strip()]
        surprise = _surprise([texts[row] for row in known], [numbers[languages[row]] for row in known], _decoded(self.codes))
        found = np.full(len(texts), np.nan)
        found[known] = np.exp(surprise - np.array([self.typical[languages[row]] for row in known]))
        return found


@cache
def bundled_model() -> NgramModel:
    """The model that ships with the code (training_scripts/train_perplexity.py)."""
    with np.load(BUNDLED) as stored:
        typical = dict(zip(stored["languages"].tolist(), stored["typical"].tolist(), strict=True))
        return NgramModel(typical, stored["codes"])


def train_ngrams(texts: Mapping[str, Sequence[str]], folds: int = 5) -> NgramModel:
    """A model of clean texts by language code; the typical surprise of a language is the median over texts, each left out of the counts.

    Languages with fewer texts than folds are left out.
    """
    names = sorted(name for name, own in texts.items() if len(own) >= folds)
    surprises: dict[str, list[float]] = {name: [] for name in names}
    for fold in range(folds):
        counts = _decoded(_encoded(_counts((texts[name], number, fold, folds) for number, name in enumerate(names))))
        for number, name in enumerate(names):
            own = texts[name][fold::folds]
            surprises[name] += _surprise(own, [number] * len(own), counts).tolist()
    codes = _encoded(_counts((texts[name], number, -1, folds) for number, name in enumerate(names)))
    return NgramModel({name: round(float(np.median(surprises[name])), 4) for name in names}, codes)


def _counts(parts: Iterable[tuple[Sequence[str], int, int, int]]) -> npt.NDArray[np.uint32]:
    """Counts over (texts, language, fold that is left out, folds)."""
    counts = np.zeros(1 << BITS, np.uint32)
    for texts, language, left_out, folds in parts:
        for row, text in enumerate(texts):
            if row % folds != left_out:
                points = _points(text)
                out = np.empty(len(points), np.uint32)
                count_ngrams(out[: normalize(points, out)], language, counts)
    return counts


def _encoded(counts: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    return np.rint(STEPS * np.log2(1.0 + counts)).astype(np.uint8)


def _decoded(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return (np.exp2(np.arange(256) / STEPS) - 1).astype(np.float32)[codes]


def _points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text[:CHARACTERS].lower().encode("utf-32-le", "replace"), np.uint32)


def _surprise(texts: Sequence[str], languages: Sequence[int], counts: npt.NDArray[np.float32]) -> Floats:
    points = [_points(text) for text in texts]
    ends = np.cumsum([len(one) for one in points], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
    joined = np.concatenate(points) if points else np.empty(0, np.uint32)
    return mean_surprise(joined, starts, ends, np.array(languages, np.int64), counts)
