"""Words, their counts and their hashes are those of a plain loop over characters."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.text.texts import TEXTS, valid
from tierline.filters.signals import STOP_WORDS, split_documents
from tierline.text.kernels import scan
from tierline.text.kernels.characters import LETTER, SPACE, TABLE_SIZE, UNSPACED, WORDY, character_table
from tierline.text.words import split_batch

MASK = (1 << 64) - 1


def kind(character: str) -> int:
    return int(character_table()[ord(character)]) if ord(character) < TABLE_SIZE else 0


def words_of(text: str) -> list[str]:
    """Runs without white space, characters of unspaced scripts by themselves."""
    found, run = [], ""
    for character in [*text, " "]:
        if kind(character) & (SPACE | UNSPACED):
            found += [run] if run else []
            run = ""
            found += [character] if not kind(character) & SPACE else []
        else:
            run += character
    return found


def hash_of(data: bytes) -> int:
    """FNV-1a, then the finalizer of splitmix64."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_words_hashes_and_counts_are_those_of_a_plain_loop(texts):
    batch = split_batch(texts)
    for row, text in enumerate(texts):
        words = words_of(valid(text.lower()))
        wordy = [word for word in words if any(kind(one) & WORDY for one in word)]
        first, last = batch.words.offsets[row : row + 2]
        assert batch.words.hashes[first:last].tolist() == [hash_of(word.encode()) for word in words]
        assert batch.words.lengths[first:last].tolist() == [len(word) for word in words]
        assert batch.counts[row, : scan.STOP_WORDS].tolist() == [
            len(valid(text.lower())),
            len(words),
            sum(any(kind(one) & LETTER for one in word) for word in words),
            len(wordy),
            sum(map(len, wordy)),
            sum(kind(word[0]) & UNSPACED > 0 for word in words),
        ]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([*STOP_WORDS["en"], *STOP_WORDS["de"], "stop", "thé", "the.", "(of)", "a-b", "«des»", "中"]), max_size=12))
def test_stop_words_are_counted_once_each_without_the_signs_around_them(words):
    text = " ".join(words)
    counts = split_documents([text.upper(), text, text], ["en", "de", "xx"]).counts[:, scan.STOP_WORDS]
    bare = {word.strip(".()«»") for word in words}
    assert counts.tolist() == [len(bare & set(STOP_WORDS["en"])), len(bare & set(STOP_WORDS["de"])), 0]


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 5))
def test_a_hash_covers_its_bytes_and_no_others(data, start):
    around = np.frombuffer(b"\xff" * start + data + b"\xff", np.uint8)
    assert int(scan.hash_bytes(around, start, start + len(data))) == hash_of(data)
