"""Splits texts into words once, for every rule, signature and n-gram that needs them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Longs = npt.NDArray[np.int64]

CHARACTERS_PER_WORD = 2  # in unspaced scripts, to the search for benchmark questions; other rules go by the script (`parts`)
UNSPACED_SHARE = 0.5  # from this share on a text counts as written without spaces
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying permutes 64-bit numbers (Knuth 6.4)
FULL_STOP_TYPED = ("፡፡", "።")  # the Ethiopic full stop is often typed as two word spaces
_NO_STOP_WORDS = (np.zeros((1, 1), np.uint64), np.zeros((1, 1), np.int64))


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words in order, lower case: a stable 64-bit hash of each, and the words themselves without the signs at their
    edges, one space between them, as UTF-8 (`normal`)."""

    hashes: Hashes
    normal: bytes
    unspaced_share: float


@dataclass(frozen=True, slots=True)
class Runs:
    """Words, lines or paragraphs of n texts, flat: those of text i are at offsets[i]:offsets[i + 1]. Lengths in characters."""

    hashes: Hashes
    lengths: npt.NDArray[np.int32]
    offsets: Longs

    @classmethod
    def empty(cls, texts: int, size: int) -> Runs:
        """Room for all that `size` bytes can hold: runs are parted by a byte, or are characters of three bytes."""
        most = size // 2 + texts + 1
        return cls(np.empty(most, np.uint64), np.empty(most, np.int32), np.zeros(texts + 1, np.int64))

    @property
    def arrays(self) -> tuple[Hashes, npt.NDArray[np.int32], Longs]:
        """What kernels take."""
        return self.hashes, self.lengths, self.offsets

    def cut(self) -> Runs:
        """Without the unused room."""
        return Runs(self.hashes[: self.offsets[-1]], self.lengths[: self.offsets[-1]], self.offsets)


@dataclass(frozen=True)
class WordBatch:
    """The words, lines and paragraphs of n texts. `counts` has one row per text and the columns of text/kernels/scan.py."""

    lowered: list[str]
    counts: npt.NDArray[np.float64]
    words: Runs
    lines: Runs
    paragraphs: Runs
    normal: npt.NDArray[np.uint8]
    normal_offsets: Longs

    @cached_property
    def unspaced_share(self) -> npt.NDArray[np.float64]:
        """For each text, the share of words that are one character of an unspaced script."""
        from tierline.text.kernels.scan import UNSPACED_WORDS, WORDS

        return self.counts[:, UNSPACED_WORDS] / np.maximum(1, self.counts[:, WORDS])

    @cached_property
    def parts(self) -> Longs:
        """For each text how many entries of `words` are one word: 1, or several characters where words are not spaced."""
        from tierline.text.kernels.scan import SPARE_WORDS, UNSPACED_WORDS

        spare = self.counts[:, SPARE_WORDS] / np.maximum(1, self.counts[:, UNSPACED_WORDS])
        return np.where(self.unspaced_share < UNSPACED_SHARE, 1, np.rint(1 / (1 - spare))).astype(np.int64)

    def __getitem__(self, index: int) -> Words:
        hashes = self.words.hashes[self.words.offsets[index] : self.words.offsets[index + 1]]
        normal = self.normal[self.normal_offsets[index] : self.normal_offsets[index + 1]].tobytes()
        return Words(hashes, normal, float(self.unspaced_share[index]))


def split_batch(texts: Sequence[str], stop_words: tuple[Hashes, Longs] = _NO_STOP_WORDS, languages: Longs | None = None) -> WordBatch:
    """The words, lines and paragraphs of a batch, in one pass over its bytes.

    A word is a run without white space, or one character of a script that puts no space between words. `stop_words` are
    tables of hashes and bits, a row for each language (filters/signals.py makes them), `languages` a row number a text.
    """
    from tierline.text.kernels.characters import character_table
    from tierline.text.kernels.lines import scan_lines
    from tierline.text.kernels.scan import COUNTS

    lowered, data, offsets = _encoded(texts)
    counts = np.zeros((len(texts), COUNTS), np.float64)
    rows = np.full(len(texts), -1, np.int64) if languages is None else languages
    words, normal, normal_offsets = _scanned(data, offsets, counts, stop_words, rows)
    lines, paragraphs = (Runs.empty(len(texts), len(data)) for _ in range(2))
    scan_lines(data, offsets, character_table(), counts, *lines.arrays, *paragraphs.arrays)
    return WordBatch(lowered, counts, words, lines.cut(), paragraphs.cut(), normal, normal_offsets)


def split_words(texts: Sequence[str]) -> list[Words]:
    """One Words a text; lines are not looked at."""
    from tierline.text.kernels.scan import COUNTS

    lowered, data, offsets = _encoded(texts)
    counts = np.zeros((len(texts), COUNTS), np.float64)
    words, normal, normal_offsets = _scanned(data, offsets, counts, _NO_STOP_WORDS, np.full(len(texts), -1, np.int64))
    nothing = Runs.empty(len(texts), 0).cut()
    batch = WordBatch(lowered, counts, words, nothing, nothing, normal, normal_offsets)
    return [batch[index] for index in range(len(texts))]


def _encoded(texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.uint8], Longs]:
    """Texts in lower case; as UTF-8 one behind the other; where each begins, and the end."""
    lowered = [text.lower().replace(*FULL_STOP_TYPED) for text in texts]
    encoded = [text.encode("utf-8", "replace") for text in lowered]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in encoded], dtype=np.int64)])
    return lowered, np.frombuffer(b"".join(encoded), np.uint8), offsets


def _scanned(
    data: npt.NDArray[np.uint8], offsets: Longs, counts: npt.NDArray[np.float64], stop_words: tuple[Hashes, Longs], languages: Longs
) -> tuple[Runs, npt.NDArray[np.uint8], Longs]:
    """The words, and `normal` with its offsets; `counts` is filled as far as it is about words."""
    from tierline.text.kernels.characters import character_table
    from tierline.text.kernels.scan import scan_words

    words = Runs.empty(len(offsets) - 1, len(data))
    normal, normal_offsets = np.empty(2 * len(data) + 1, np.uint8), np.zeros(len(offsets), np.int64)
    scan_words(data, offsets, character_table(), *stop_words, languages, counts, *words.arrays, normal, normal_offsets)
    return words.cut(), normal, normal_offsets


def plain_words(text: str) -> list[str]:
    """The words whose hashes split_words gives, as strings: for callers that must be sure of a match or need positions."""
    return word_pattern().findall(text.lower())


@cache
def word_pattern() -> re.Pattern[str]:
    """Matches one word: a run without white space, or one character of a script that puts no space between words."""
    from tierline.text.kernels.characters import SEPARATORS, UNSPACED_SCRIPTS, code_points

    unspaced = "".join(f"{chr(first)}-{chr(last)}" for first, last in code_points(" ".join(UNSPACED_SCRIPTS.values())))
    return re.compile(f"[{unspaced}]|[^\\s{SEPARATORS}{unspaced}]+")


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
    return np.unique(ngram_hashes(words.hashes, min(size, max(1, len(words.hashes)))))
