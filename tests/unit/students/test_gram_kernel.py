"""Hashed letter groups and words are those of a plain count, scaled to length one for each kind."""

import itertools
from collections import Counter
from math import log1p, sqrt

import pytest
from hypothesis import example, given, settings

from tests.unit.students.plain_reading import MASK, mixed, read, word_hash
from tests.unit.text.texts import TEXTS
from tierline.students.features import student_features
from tierline.students.gram_kernel import BUCKETS, LONGEST_GROUP
from tierline.students.surface_kernel import MAX_CHARS

PRIME, PAIR = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F


def group_buckets(characters: str) -> Counter[int]:
    found: Counter[int] = Counter()
    for start in range(len(characters)):
        value = 0
        for one in characters[start : start + LONGEST_GROUP]:
            value = (value + ord(one) + 1) * PRIME & MASK
            found[mixed(value) % BUCKETS] += 1
    return found


def word_buckets(words: list[str]) -> Counter[int]:
    hashes = list(map(word_hash, words))
    pairs = [mixed((before * PAIR + after) & MASK) for before, after in itertools.pairwise(hashes)]
    return Counter(BUCKETS + value % BUCKETS for value in [*hashes, *pairs])


def unit(counts: Counter[int]) -> dict[int, float]:
    length = sqrt(sum(log1p(count) ** 2 for count in counts.values()))
    return {bucket: log1p(count) / length for bucket, count in counts.items()}


@settings(max_examples=120, deadline=None)
@given(TEXTS)
@example(["Ab c " * MAX_CHARS, " " * (2 * MAX_CHARS) + "unread"])
def test_features_are_those_of_a_plain_count(texts):
    matrix = student_features(texts)[1]
    for row, text in enumerate(texts):
        reading = read(text)
        expected = unit(group_buckets(reading.characters)) | unit(word_buckets(reading.words))
        found = dict(zip(matrix[row].indices.tolist(), matrix[row].data.tolist(), strict=True))
        assert found == pytest.approx(expected, abs=1e-6)
