"""The toxicity classifier's features are the hashed words, pairs of words and letter groups that a plain loop finds."""

import re
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.text.texts import TEXTS
from tierline.text import toxicity_kernel as kernel
from tierline.text.toxicity import toxicity_features

WORD = re.compile(rb"[a-z0-9#$&'*@\x80-\xff]+")
MASK = (1 << 32) - 1


def hashed(start: int, data: bytes) -> int:
    for byte in data:
        start = (start ^ byte) * int(kernel.PRIME) & MASK
    return start


def bucket(value: int) -> int:
    return (value ^ value >> 15) % kernel.FEATURES


def features(passage: bytes) -> list[int]:
    found, before = [], int(kernel.WORDS)
    for word in WORD.findall(passage):
        word = word[: kernel.LONGEST_WORD - 1]  # a space takes the first byte
        found += [bucket(hashed(int(kernel.WORDS), word)), bucket(hashed(int(kernel.PAIRS) ^ before, word))]
        before, padded = hashed(int(kernel.WORDS), word), b" " + word + b" "
        for first in range(len(padded)):
            groups = [padded[first : first + size] for size in range(kernel.SHORTEST, kernel.LONGEST + 1)]
            found += [bucket(hashed(int(kernel.GROUPS), group)) for size, group in enumerate(groups, kernel.SHORTEST) if len(group) == size]
    return found


def laid_out(passages: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ends = np.cumsum([0, *map(len, passages)])
    return np.frombuffer(b"".join(passages), np.uint8), ends[:-1], ends[1:]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=4) | TEXTS.map(lambda texts: [text.lower().encode("utf-8", "ignore") for text in texts]))
def test_features_and_scores_are_those_of_a_plain_loop(passages):
    expected = [features(passage) for passage in passages]
    found, stops = kernel.list_features(*laid_out(passages))
    assert found.tolist() == list(chain(*expected)) and stops.tolist() == np.cumsum(list(map(len, expected)), dtype=int).tolist()
    weights = np.random.default_rng(2).normal(size=kernel.FEATURES)
    scores = kernel.passage_scores(*laid_out(passages), weights)
    assert scores == pytest.approx([weights[own].sum() / np.sqrt(max(1, len(own))) for own in expected])


def test_a_word_without_end_is_read_as_its_beginning():
    passages = [b"x" * size + b" end" for size in (5_000, kernel.LONGEST_WORD - 1, kernel.LONGEST_WORD - 2)]
    found, stops = kernel.list_features(*laid_out(passages))
    long, whole, shorter = (part.tolist() for part in np.split(found, stops[:-1]))
    assert long == whole == features(passages[0]) and whole != shorter == features(passages[2])


def test_each_text_is_a_row_of_length_one_however_often_a_feature_comes():
    rows = toxicity_features(["you you you fool", "", "fool"])
    assert rows.shape == (3, kernel.FEATURES) and rows[1].nnz == 0
    assert (rows[2].toarray()[0] > 0).sum() == len(set(features(b"fool")))
    assert rows[0].toarray().sum() == pytest.approx(np.sqrt(len(features(b"you you you fool"))))
