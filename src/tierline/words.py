"""Cuts texts into words once, for every rule, signature and n-gram that needs them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Hashes = npt.NDArray[np.uint64]

# Scripts that put no space between words: each character stands for itself.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(f"[{_UNSPACED}]|[^\\s{_UNSPACED}]+")
CHARACTERS_PER_WORD = 2  # in unspaced scripts, where rules count words; Chinese averages 1.5 to 2
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying permutes 64-bit numbers (Knuth 6.4)


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words, in order and lower case, with a stable 64-bit hash and the length in characters of each."""

    words: list[str]
    hashes: Hashes
    lengths: npt.NDArray[np.int64]
    unspaced_share: float

    @property
    def count(self) -> float:
        """Words, where a word of an unspaced script is two characters."""
        unspaced = self.unspaced_share * len(self.words)
        return len(self.words) - unspaced + unspaced / CHARACTERS_PER_WORD


def split_words(texts: Sequence[str]) -> list[Words]:
    """One Words a text; hashing is done for all texts at once."""
    split = [_WORD.findall(text.lower()) if UNSPACED.search(text) else text.lower().split() for text in texts]
    flat = np.array([word for words in split for word in words], dtype=object)
    hashes = pd.util.hash_array(flat, categorize=True) if len(flat) else np.empty(0, np.uint64)
    found: list[Words] = []
    start = 0
    for words in split:
        end = start + len(words)
        unspaced = sum(1 for word in words if len(word) == 1 and UNSPACED.match(word)) if words else 0
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        found.append(Words(words, hashes[start:end], lengths, unspaced / len(words) if words else 0.0))
        start = end
    return found


def ngram_hashes(hashes: Hashes, size: int) -> Hashes:
    """Hash of every run of `size` words, shape (max(0, words - size + 1),); equal runs have equal hashes."""
    if len(hashes) < size:
        return np.empty(0, np.uint64)
    combined = hashes[: len(hashes) - size + 1].copy()
    for shift in range(1, size):
        combined = combined * _MULTIPLIER + hashes[shift : len(hashes) - size + 1 + shift]
    return combined


def shingles(words: Words, size: int) -> Hashes:
    """The set of word n-grams as sorted hashes; a shorter text is one shingle of all its words."""
    return np.unique(ngram_hashes(words.hashes, min(size, max(1, len(words.words)))))
