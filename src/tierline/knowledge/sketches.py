"""Sketches of pages: small samples of their words and numerals, by which copies and translations are told from pages of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tierline.knowledge.own_words import numerals, own_words
from tierline.text.prose import prose
from tierline.text.words import CHARACTERS_PER_WORD, UNSPACED_SHARE, Hashes, Words, ngram_hashes, split_words

SHINGLE_WORDS = 5  # as in L1; sentences that any page of a subject may have are shorter
TEXT_HASHES, NUMBER_HASHES = 128, 64  # most of one sketch, of 4 bytes each
WORDS_MIN = 30  # of prose: with less, only the same whole text is a copy
NUMERALS_MAX = 5_000  # of one page, from its start
PAIRS_KEPT = 1 << 16

_HASHES, _BYTES = 1 << 32, 4
_TELLING_DIGITS = 8  # of three numerals in a row; "12, 30, 45" is in many texts
_FNV = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)  # multipliers of MurmurHash3's finalizer


def text_sketches(texts: Sequence[str], values: Sequence[Collection[str]]) -> list[bytes]:
    """For each text the smallest hashes of the word 5-grams of its prose, a bottom-k sketch (Broder 1997; Cohen and Kaplan 2007).

    `values` are what each page claims. What states them is left out, in tables, lists and sentences: honest pages have it in common. A
    text with hardly any other words is one hash of all its words. Empty for a text without words.
    """
    if not texts:
        return []
    proses = split_words([own_words(prose(text), own) for text, own in zip(texts, values, strict=True)])
    is_short = [len(words.hashes) < WORDS_MIN for words in proses]
    whole = iter(split_words([text for text, short in zip(texts, is_short, strict=True) if short]))
    return [_one_hash(next(whole)) if short else _text_sketch(words) for words, short in zip(proses, is_short, strict=True)]


def _text_sketch(words: Words) -> bytes:
    size = SHINGLE_WORDS * (CHARACTERS_PER_WORD if words.unspaced_share >= UNSPACED_SHARE else 1)
    return _smallest(_mixed(ngram_hashes(words.hashes, size)), TEXT_HASHES)


def _one_hash(words: Words) -> bytes:
    return _smallest(_mixed(ngram_hashes(words.hashes, len(words.hashes))), 1) if len(words.hashes) else b""


def number_sketch(text: str, known: Collection[str] = ()) -> bytes:
    """The smallest hashes of three numerals in a row, of the prose's numerals of two digits or more, whatever their script and how they
    are grouped; those that are `known`, by `digits_of`, are left out, and so are rows such as 1990, 1991, 1992."""
    found = islice((numeral for numeral in numerals(prose(text)) if numeral not in known), NUMERALS_MAX)
    rows = list(found)
    triples = {triple for triple in zip(rows, rows[1:], rows[2:], strict=False) if _is_telling(*triple)}
    hashes = [int.from_bytes(blake2b(" ".join(triple).encode(), digest_size=4).digest(), "little") for triple in triples]
    return _smallest(np.array(hashes, np.uint64) << np.uint64(32), NUMBER_HASHES)


def _is_telling(one: str, two: str, three: str) -> bool:
    return len(one) + len(two) + len(three) >= _TELLING_DIGITS and int(two) - int(one) != int(three) - int(two)


class Sketch(NamedTuple):
    """A stored sketch to compare: its hashes, and up to where they are all that the set has."""

    hashes: bytes
    end: int

    @classmethod
    def of(cls, stored: bytes, most: int) -> Sketch:
        """`most` is the size of a full sketch; one that is not full is the whole set."""
        return cls(stored, int.from_bytes(stored[-_BYTES:], "little") + 1 if len(stored) == _BYTES * most else _HASHES)


class Overlap(NamedTuple):
    """What two sets have in common: the share, in [0, 1], of the smaller one that is in the other, how many elements that are, both
    estimated, and how many hashes of the sketches are equal. Numbers, or arrays of them for several pairs of sets."""

    share: Any
    elements: Any
    hashes: Any


@lru_cache(maxsize=PAIRS_KEPT)
def overlap(one: Sketch, other: Sketch) -> Overlap:
    """Of the sets behind two sketches: both are samples of one range of hashes up to where the one that is full ends first."""
    end = min(one.end, other.end)
    left, right = (hashes[hashes < end] for hashes in (hashes_of(one.hashes), hashes_of(other.hashes)))
    return overlap_of(len(np.intersect1d(left, right, assume_unique=True)), min(len(left), len(right)), end)


def overlap_of(common: Any, smaller: Any, end: Any) -> Overlap:
    """The same by the number of equal hashes and of those of the smaller sketch, both up to `end`. Numbers, or arrays of them."""
    return Overlap(common / (smaller + (smaller == 0)), common * _HASHES / end, common)


def hashes_of(sketch: bytes) -> npt.NDArray[np.uint32]:
    """The hashes of a sketch, in order."""
    return np.frombuffer(sketch, "<u4")


def _mixed(hashes: Hashes) -> Hashes:
    """Hashes of n-grams are in no random order, which a bottom-k sketch needs."""
    for multiplier in _FNV:
        hashes = (hashes ^ (hashes >> np.uint64(33))) * multiplier
    return hashes ^ (hashes >> np.uint64(33))


def _smallest(hashes: npt.NDArray[np.uint64], most: int) -> bytes:
    """The upper halves of 64-bit hashes, without repeats and in order, little-endian."""
    return np.unique(hashes >> np.uint64(32))[:most].astype("<u4").tobytes()
