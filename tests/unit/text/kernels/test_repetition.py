"""Repeated lines and n-grams are those of the published rules, written down plainly."""

from collections import Counter
from itertools import chain

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tierline.text.kernels.repetition import LARGEST, LARGEST_TOP, repeated_ngrams, repeated_parts

VOCABULARY = np.random.default_rng(5).integers(0, 1 << 63, 40, np.uint64) * np.uint64(2)  # hashes; the 0 of an empty slot is not special
VOCABULARY[0] = 0
WORDS = st.lists(st.integers(0, 2), max_size=40) | st.lists(st.integers(0, 39), max_size=60)
CYCLE = st.tuples(st.lists(st.integers(0, 39), min_size=1, max_size=12), st.integers(1, 6)).map(lambda made: made[0] * made[1])
DOCUMENTS = st.lists(st.lists(WORDS | CYCLE, max_size=3).map(lambda parts: list(chain(*parts))), max_size=4)


def laid_out(documents: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hashes, lengths (of word n: n % 7 + 1 characters) and offsets."""
    flat = np.array(list(chain(*documents)), np.int64)
    offsets = np.cumsum([0, *map(len, documents)])
    return VOCABULARY[flat], (flat % 7 + 1).astype(np.int32), offsets


def size(words: tuple[int, ...] | list[int]) -> int:
    return sum(word % 7 + 1 for word in words)


def ngrams(words: list[int], n: int) -> list[tuple[int, ...]]:
    return [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]


def seen_before(words: list[int], n: int) -> int:
    """Characters of n-grams that an earlier one equals; no character counts twice."""
    seen, characters, start = set(), 0, 0
    while start <= len(words) - n:
        gram = tuple(words[start : start + n])
        characters += size(gram) if gram in seen else 0
        start += n if gram in seen else 1
        seen.add(gram)
    return characters


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS)
def test_repeated_parts_are_those_that_an_earlier_one_equals(documents):
    found = repeated_parts(*laid_out(documents))
    for document, (count, characters) in zip(documents, found.tolist(), strict=True):
        again = [part for place, part in enumerate(document) if part in document[:place]]
        assert (count, characters) == (len(again), size(again))


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, st.integers(0, 1))
@example([[3] * 100, [], [1, 2] * 50], 1)
def test_ngrams_are_counted_as_in_table_a1(documents, joint):
    found = repeated_ngrams(*laid_out(documents), np.full(len(documents), joint), np.ones(len(documents), np.int64))
    for words, row in zip(documents, found.tolist(), strict=True):
        for n in range(2, LARGEST_TOP + 1):
            times = Counter(ngrams(words, n))
            spans = [size(gram) + (n - 1) * joint for gram in times]
            top = max(times.values(), default=0)
            first = next((gram for gram in ngrams(words, n) if times[gram] == top), ())
            # Where none comes twice, it is the length of one of them.
            assert row[n - 2] in ([0] if not times else spans if top == 1 else [(size(first) + (n - 1) * joint) * top])
        assert row[LARGEST_TOP - 1 :] == [seen_before(words, n) for n in range(LARGEST_TOP + 1, LARGEST + 1)]
