"""Computes static sentence vectors: cheap enough for every document, good enough to find near-duplicates by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from tierline.text.tokens import encode, wheel_file

DIMENSIONS = 256
MAX_TOKENS = 1024  # of each text; the vector of a long text is that of its beginning
TEXTS_PER_BATCH = 256


class Embedder:
    """WordLlama's token vectors, averaged over a text and scaled to unit length; the weights ship in its wheel."""

    model_id = "wordllama/l2_supercat_256"

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Shape (len(texts), 256), rows of length 1; a text without tokens is the zero vector. The same alone or in a batch."""
        weights = _weights()
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(texts), TEXTS_PER_BATCH):
            for row, encoded in enumerate(encode(texts[start : start + TEXTS_PER_BATCH]), start):
                if encoded.ids:
                    vectors[row] = weights[encoded.ids[:MAX_TOKENS]].mean(axis=0)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


@cache
def _weights() -> npt.NDArray[np.float32]:
    from safetensors.numpy import load_file

    tensors = load_file(wheel_file("wordllama", "weights/l2_supercat_256.safetensors"))
    return tensors["embedding.weight"].astype(np.float32)
