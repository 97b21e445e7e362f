"""What the student sees of a document: its sentence vector and a few numbers of its surface."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

SURFACE = (
    "mean_word_length",
    "alphabetic_word_share",
    "terminal_punctuation_line_share",
    "short_line_share",
    "duplicate_5gram_char_share",
    "top_2gram_char_share",
    "bullet_line_share",
)
SIGNALS = ("word_count", "sentence_count", *SURFACE)  # of l1_signals
FEATURES_ID = "surface-v2"  # v2: signals counted as the published rules count them


def features(documents: pa.Table, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Shape (n, 256 + 9): vectors first, then log length, sentence length and shares, each of the order of 1.

    `documents` have the columns of SIGNALS beside their own (scoring/documents.py appends them).
    """
    tokens = documents["tokens"].to_numpy().astype(np.float64)
    columns = [np.log10(np.maximum(tokens, 1)) / 5]
    words, sentences = _signal(documents, "word_count"), _signal(documents, "sentence_count")
    columns.append(np.minimum(words / np.maximum(sentences, 1), 100) / 50)
    columns += [_signal(documents, name) / (10 if name == "mean_word_length" else 1) for name in SURFACE]
    return np.column_stack([vectors.astype(np.float64), *columns]) if documents.num_rows else np.empty((0, vectors.shape[1] + len(columns)))


def _signal(documents: pa.Table, name: str) -> npt.NDArray[np.float64]:
    return documents[name].to_numpy()
