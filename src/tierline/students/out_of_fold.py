"""Recognizes texts that a model was trained on, so that they are judged by models that had not seen them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

KEY_CHARACTERS = 1_000  # of a text's beginning, from which its key is computed


def text_key(text: str) -> int:
    """64 bits of the digest of a text's beginning, ignoring white space."""
    beginning = " ".join(text[:KEY_CHARACTERS].split())
    return int.from_bytes(hashlib.sha256(beginning.encode("utf-8", "replace")).digest()[:8], "little")


def known_rows(texts: Sequence[str], keys: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(which of the texts have one of the sorted `keys`, and where in `keys` each of those is)."""
    asked = np.array([text_key(text) for text in texts], np.uint64)
    if not len(keys):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    rows = np.flatnonzero(keys[places] == asked)
    return rows, places[rows].astype(np.int64)
