"""Passages are found by their words, by their meaning, and by both; their order decides between equals."""

from itertools import pairwise

import numpy as np
import pytest

from tierline.checking.retrieval import K1, B, Retrieval

PASSAGES = [
    "A heron nests at the lake.",
    "The bank lends money to farms.",
    "The mill burned down in 1920.",
    "The mill burned down in 1920.",
]


def test_passages_by_words_and_meaning():
    found = Retrieval(PASSAGES).nearest(["Which mill burned?", "Loans for agriculture"], 2)
    assert [number for number, _ in found[0]] == [2, 3] and found[1][0][0] == 1
    assert all(one >= other for own in found for (_, one), (_, other) in pairwise(own))


def test_bm25_is_the_formula_of_its_paper():
    score = Retrieval(PASSAGES).by_words(["heron"])[0]
    lengths = np.array([5, 6, 6, 6])  # words of two letters and more
    rare = np.log(1 + (4 - 1 + 0.5) / (1 + 0.5))
    assert score == (0, pytest.approx(rare * (K1 + 1) / (1 + K1 * (1 - B + B * lengths[0] / lengths.mean())), rel=1e-5))


def test_no_passages_and_no_known_words():
    assert Retrieval([]).nearest(["mill"], 3) == [[]] and Retrieval([]).by_words(["mill"]) == [(-1, 0.0)]
    assert len(Retrieval(PASSAGES).nearest(["\u4e2d"], 3)) == 1
