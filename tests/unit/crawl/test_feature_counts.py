"""The compiled counts against plain Python on the same texts and trees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.crawl.feature_counts import count_classes, spread_levels, sum_elements
from tierline.crawl.walk_text import SEPARATOR

CLASSES = 3
TABLE = np.zeros(1 << 16, np.uint8)
TABLE[ord("A") : ord("Z") + 1] = 1
TABLE[ord("é")] = TABLE[-1] = 2  # the last entry stands for all beyond the Basic Multilingual Plane
TEXTS = st.lists(st.text(st.sampled_from("aZé €😀"), max_size=12), min_size=1, max_size=8)


def class_of(character: str) -> int:
    return int(TABLE[min(ord(character), len(TABLE) - 1)])


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_characters_are_counted_by_class_whatever_their_bytes(texts):
    data = "".join(text + chr(SEPARATOR) for text in texts).encode()
    counts, lengths, last = np.zeros((len(texts), CLASSES), np.float32), np.zeros(len(texts)), np.full(len(texts), 9, np.uint8)
    count_classes(np.frombuffer(data, np.uint8), TABLE, counts, lengths, last)
    assert lengths.tolist() == [len(text) for text in texts]
    assert counts.tolist() == [[sum(class_of(one) == kind for one in text) for kind in range(CLASSES)] for text in texts]
    assert [int(kind) for kind, text in zip(last, texts, strict=True) if text] == [class_of(text[-1]) for text in texts if text]


# Page(0): blocks 0-3; section(1): blocks 0-2, with list(2): blocks 1-2; and block 3 directly in the page.
ELEMENTS = np.array([[0, 0, 4, 0, 0], [0, 0, 3, 0, 0], [1, 1, 3, 0, 0]], np.int64)
LENGTHS, DENSITY, PROSE = np.array([10.0, 20.0, 30.0, 40.0]), np.array([0.0, 0.5, 1.0, 0.0]), np.array([10.0, 0.0, 0.0, 40.0])


def test_sums_over_elements_are_shares_of_what_lies_in_them():
    sums, table = np.zeros((5, 3)), np.zeros((3, 6), np.float32)
    sum_elements(ELEMENTS, LENGTHS, DENSITY, PROSE, sums, table)
    assert sums[-1].tolist() == [100.0, 40.0, 50.0]
    for row, (start, end) in zip(table, [(0, 4), (0, 3), (1, 3)], strict=True):
        own = slice(start, end)
        size = LENGTHS[own].sum()
        links = (LENGTHS[own] * DENSITY[own]).sum() / size
        logs = [np.log((end - start) / size) / 4, np.log1p(size) / 4, np.log1p(end - start) / 4]
        assert row == pytest.approx([links, PROSE[own].sum() / size, *logs, size / 100], rel=1e-6)


def test_levels_are_the_elements_around_a_block_and_scores_reach_three_of_them():
    owner, table = np.array([1, 2, 2, 0]), np.arange(6, dtype=np.float32).reshape(3, 2)
    out, chain, scores = np.zeros((4, 8), np.float32), np.zeros((4, 4), np.int64), np.zeros(3)
    spread_levels(owner, ELEMENTS, table, np.array([1.0, 2.0, 4.0, 8.0]), out, chain, scores)
    assert chain.T.tolist() == [[1, 0, 0, 0], [2, 1, 0, 0], [2, 1, 0, 0], [0, 0, 0, 0]]
    assert out[1].tolist() == [4, 5, 2, 3, 0, 1, 0, 1]
    # Block 0 gives 1 to section and page and half to the page again; 1 and 2 give 6 to list and section, half to the page.
    assert scores.tolist() == [1 + 0.5 + 3 + 8 + 8 + 4, 1 + 6, 6]
