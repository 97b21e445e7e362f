"""The key of a set of pages changes exactly where common words change which of its pages share a paragraph."""

import random

import numpy as np
import pytest

from tierline.knowledge import shared_paragraphs
from tierline.knowledge.common_text import CommonText
from tierline.knowledge.shared_paragraphs import paragraph_keys
from tierline.knowledge.sketches import TEXT_HASHES, Sketch, overlap
from tierline.knowledge.sources import has_paragraph


def texts(chance: random.Random, size: int) -> list[bytes]:
    """Sketches with parts in common, full ones and whole ones, and some twice."""
    paragraphs = [np.random.default_rng(chance.randrange(1 << 30)).integers(0, 1 << 32, 90, np.uint64) for _ in range(3)]
    found = [b"", b"abcd"]
    for _ in range(size):
        own = np.random.default_rng(chance.randrange(1 << 30)).integers(0, 1 << 32, chance.choice((5, 60, 300)), np.uint64)
        parts = [paragraph[: chance.choice((6, 45, 90))] for paragraph in chance.sample(paragraphs, chance.randrange(3))]
        found.append(np.unique(np.concatenate([own, *parts]))[:TEXT_HASHES].astype("<u4").tobytes())
    return found


def keys_of(sets: np.ndarray, own: list[bytes], common: CommonText, size: int) -> list[int]:
    known = sorted(set(own))
    return paragraph_keys(sets, known, np.array([known.index(text) for text in own], np.int64), common, size).tolist()


def sharing(sets: np.ndarray, own: list[bytes], common: CommonText) -> list[set[frozenset[bytes]]]:
    """By the functions that judge pages, pair by pair."""
    rare = {text: common.without(Sketch.of(text, TEXT_HASHES)) for text in own}
    found: list[set[frozenset[bytes]]] = [set() for _ in range(int(sets.max()) + 1)]
    for place, one in enumerate(own):
        for other, text in zip(sets[:place], own[:place], strict=True):
            if other == sets[place] and text != one and has_paragraph(overlap(rare[one], rare[text])):
                found[other].add(frozenset((one, text)))
    return found


def common_of(chance: random.Random, known: list[bytes], share: float) -> CommonText:
    hashes = np.unique(np.frombuffer(b"".join(known), "<u4"))
    return CommonText(hashes[np.array([chance.random() < share for _ in hashes])])


@pytest.mark.parametrize("seed", range(6))
def test_keys_are_equal_where_the_same_pages_share_a_paragraph(seed, monkeypatch):
    monkeypatch.setattr(shared_paragraphs, "HASHES_PER_PART", 500)
    chance = random.Random(seed)
    known = texts(chance, 30)
    rows = [(number, text) for number in range(12) for text in chance.sample(known, chance.randrange(1, 9))]
    rows += chance.choices(rows, k=10)
    seen: dict[tuple[int, frozenset], int] = {}
    some = 0
    for share in (0.01, 0.2, 0.6, 0.01, 0.4):
        chance.shuffle(rows)
        sets, own, common = np.array([number for number, _ in rows]), [text for _, text in rows], common_of(chance, known, share)
        keys = keys_of(sets, own, common, 12)
        for number, (key, pairs) in enumerate(zip(keys, sharing(sets, own, common), strict=True)):
            assert seen.setdefault((number, frozenset(pairs)), key) == key
            some += bool(pairs)
    by_key = {(number, key) for (number, _), key in seen.items()}
    assert some > 10 and len(by_key) == len(seen) > 12  # other pairs have another key


def test_where_pages_have_too_much_in_common_all_their_words_count(monkeypatch):
    monkeypatch.setattr(shared_paragraphs, "PAIRS_MAX", 10)
    words = np.arange(1, 61, dtype="<u4")
    own = [np.append(words, np.uint32(100 + number)).astype("<u4").tobytes() for number in range(4)]
    commons = [CommonText(np.array(hashes, np.uint32)) for hashes in ([], [1], [101], [999])]
    keys = [keys_of(np.zeros(4, np.int64), own, common, 1) for common in commons]
    assert keys[0] == keys[3] and len({str(key) for key in keys}) == 3
    assert keys[1] == keys_of(np.zeros(8, np.int64), [*own[::-1], *own], commons[1], 1)


def test_no_rows_have_no_keys():
    assert keys_of(np.zeros(0, np.int64), [], CommonText(np.empty(0, np.uint32)), 0) == []
