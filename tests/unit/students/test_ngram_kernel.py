"""The n-gram loops against plain Python: what is normalized, what is counted, and the probability of each character."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.students.ngram_kernel import ALPHABET, BITS, CONCENTRATION, ORDER, count_ngrams, mean_surprise, normalize

TEXTS = st.text(st.sampled_from("ab 1\n\xa0é漢"), max_size=25)


def points(text: str):
    return np.array([ord(character) for character in text], np.uint32)


def normal(text: str) -> str:
    out = np.empty(max(1, len(text)), np.uint32)
    return "".join(map(chr, out[: normalize(points(text), out)]))


def counted(*texts: str, language: int = 0):
    counts = np.zeros(1 << BITS, np.uint32)
    for text in texts:
        count_ngrams(points(text), language, counts)
    return counts


def surprise(counts, *texts: str, language: int = 0) -> list[float]:
    joined = points("".join(texts))
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
    return mean_surprise(joined, starts, ends, np.full(len(texts), language, np.int64), counts.astype(np.float32)).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("  a  b ", "a b "), ("a\n\tb", "a b"), ("1984", "0000"), ("٣", "٣"), ("a\u3000b\xa0c", "a b c"), ("", ""), (" \n ", "")],
)
def test_white_space_runs_and_digits_are_one(text, expected):
    assert normal(text) == expected


@given(TEXTS)
def test_normalizing_twice_changes_nothing_more(text):
    assert normal(normal(text)) == normal(text)


def plain(texts: list[str]) -> tuple[Counter, int]:
    """Counts of n-grams by their text, and of all characters."""
    grams = Counter(
        text[end - size + 1 : end + 1] for text in texts for end in range(len(text)) for size in range(1, min(ORDER, end + 1) + 1)
    )
    return grams, sum(map(len, texts))


def expected_surprise(text: str, grams: Counter, total: int) -> float:
    text = normal(text)
    sums = 0.0
    for end, character in enumerate(text):
        probability = (grams[character] + CONCENTRATION / ALPHABET) / (total + CONCENTRATION)
        for size in range(2, min(ORDER, end + 1) + 1):
            gram = text[end - size + 1 : end + 1]
            context = grams[gram[:-1]]
            if not context:
                break
            probability = (min(grams[gram], context) + CONCENTRATION * probability) / (context + CONCENTRATION)
        sums -= math.log(probability)
    return sums / max(1, len(text))


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS.map(normal), min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
def test_surprise_is_that_of_interpolated_counts(known, asked):
    grams, total = plain(known)
    found = surprise(counted(*known), *asked)
    assert found == pytest.approx([expected_surprise(text, grams, total) for text in asked], rel=1e-5)


def test_languages_do_not_share_their_counts():
    counts = counted("abababab", language=1)
    assert surprise(counts, "abab", language=1)[0] < surprise(counts, "abab", language=2)[0]


def test_a_text_without_characters_surprises_nobody():
    assert surprise(counted("abc"), "", " \n") == [0.0, 0.0]


@given(TEXTS)
def test_a_text_seen_often_surprises_less(text):
    text = normal(text)
    once, often = surprise(counted(text), text)[0], surprise(counted(*[text] * 20), text)[0]
    assert often <= once + 1e-9
