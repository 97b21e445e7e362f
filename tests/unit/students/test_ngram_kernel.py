"""Surprise is what a count of n-grams in dictionaries gives, smoothed from the shorter context to the longer."""

import re
from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.students.ngram_kernel import ALPHABET, BITS, CONCENTRATION, ORDER, count_ngrams, mean_surprise, normalize

TEXTS = st.text(st.sampled_from("abc é中1 \n\t\u00a0\u3000\u2003😀"), max_size=30)


def points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def normal(text: str) -> str:
    """Runs of white space are one space, none at the beginning; digits are 0."""
    return re.sub("[0-9]", "0", re.sub(r"[\x00-\x20\u00a0\u3000]+", " ", text)).removeprefix(" ")


def grams(text: str) -> Counter[str]:
    return Counter(text[end - size : end] for end in range(len(text) + 1) for size in range(1, min(ORDER, end) + 1))


def surprise(text: str, counts: Counter[str], length: int) -> float:
    """Mean of -ln p, where p mixes the share in each context with that in the context one shorter, up to a context never seen."""
    total = 0.0
    for end in range(len(text)):
        p = 1 / ALPHABET
        for size in range(min(ORDER - 1, end) + 1):
            context = counts[text[end - size : end]] if size else length
            if size and not context:
                break
            p = (counts[text[end - size : end + 1]] + CONCENTRATION * p) / (context + CONCENTRATION)
        total -= log(p)
    return total / max(1, len(text))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_white_space_and_digits_are_made_equal(text):
    out = np.zeros(len(text), np.uint32)
    size = normalize(points(text), out)
    assert out[:size].tobytes().decode("utf-32-le") == normal(text)


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.lists(TEXTS, max_size=4))
def test_surprise_is_that_of_counts_in_dictionaries(learned, texts):
    learned, counts = normal(learned), np.zeros(1 << BITS, np.float32)
    count_ngrams(points(learned), 1, counts)
    ends = np.cumsum([0, *map(len, texts)])
    found = mean_surprise(points("".join(texts)), ends[:-1], ends[1:], np.ones(len(texts), np.int64), counts)
    assert found.tolist() == pytest.approx([surprise(normal(text), grams(learned), len(learned)) for text in texts], abs=1e-6)


def test_languages_do_not_share_counts():
    counts = np.zeros(1 << BITS, np.float32)
    count_ngrams(points("abcabcabc"), 1, counts)
    own, other = mean_surprise(points("abcabc"), np.array([0, 3]), np.array([3, 6]), np.array([1, 2]), counts)
    assert own < 2 < other == pytest.approx(log(ALPHABET))
