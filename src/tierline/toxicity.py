"""How toxic a document is, by a small linear classifier whose weights travel with the code; L1 and L2 both ask it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import HashingVectorizer

FEATURES = 2**16
WEIGHTS = "toxicity.npz"  # written by training_scripts/train_toxicity.py
CHUNK_WORDS = 60  # the length of what it learned from: comments and sentences
WORST_CHUNKS = 3  # a document is as toxic as its worst passages, not as its average
SPACE = re.compile(r"\s+")


def vectorizer() -> HashingVectorizer:
    """Words and word pairs, hashed, so that there is no vocabulary to ship."""
    return HashingVectorizer(n_features=FEATURES, ngram_range=(1, 2), alternate_sign=False, norm="l2", lowercase=True)


class Toxicity:
    """Probability of insult, threat or hate in [0, 1]; trained on English, near its prior elsewhere."""

    def __init__(self) -> None:
        self._weights, self._intercept, digest = _load()
        self.model_id = f"toxicity-linear-{digest[:12]}"

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Shape (len(texts),): the mean over a document's worst passages of 60 words."""
        chunks = [_chunks(text) for text in texts]
        flat = [chunk for own in chunks for chunk in own]
        if not flat:
            return np.zeros(len(texts))
        hashed: Any = vectorizer().transform(flat)
        logits = hashed @ self._weights + self._intercept
        scores = 1 / (1 + np.exp(-logits))
        ends = np.cumsum([len(own) for own in chunks])
        return np.array(
            [
                float(np.sort(scores[end - len(own) : end])[-WORST_CHUNKS:].mean()) if own else 0.0
                for own, end in zip(chunks, ends, strict=True)
            ]
        )


def _chunks(text: str) -> list[str]:
    words = SPACE.split(text.strip())
    starts = range(0, max(1, len(words) - CHUNK_WORDS // 3), CHUNK_WORDS)  # a short rest joins no chunk of its own
    return [" ".join(words[start : start + CHUNK_WORDS]) for start in starts] if words != [""] else []


@cache
def _load() -> tuple[npt.NDArray[np.float64], float, str]:
    path = files("tierline") / WEIGHTS
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
        file.seek(0)
        stored = np.load(file)
        return stored["weights"].astype(np.float64), float(stored["intercept"]), digest
