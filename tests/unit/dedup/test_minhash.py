"""Signatures estimate the true similarity, bands find what the rules say they find, and nothing about a text's form counts."""

import hashlib

import numpy as np
import pytest

from tierline.dedup.compare import ShingleSets, jaccard, shingle_sets
from tierline.dedup.minhash import DedupRules, Signatures, band_keys, digest_bytes, estimated_similarity, index_keys, sign
from tierline.text.words import split_words

RULES = DedupRules()
WORDS = [f"word{number}" for number in range(400)]


def signed(*texts: str, rules: DedupRules = RULES) -> Signatures:
    return sign(split_words(texts), [hashlib.sha256(text.encode()).hexdigest() for text in texts], rules)


def changed(share: float, seed: int = 0) -> str:
    """The words with a share of them replaced."""
    rng = np.random.default_rng(seed)
    words = list(WORDS)
    for place in rng.choice(len(words), int(share * len(words)), replace=False):
        words[place] = f"other{place}-{seed}"
    return " ".join(words)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.06, 0.2])
def test_the_estimate_is_that_of_the_true_similarity_within_its_error(share):
    texts = [" ".join(WORDS), changed(share)]
    true = jaccard(*shingle_sets(texts, RULES.shingle_words))
    one, other = signed(*texts).minhash
    error = np.sqrt(max(true * (1 - true), 1e-9) / RULES.permutations)
    assert abs(estimated_similarity(one, other) - true) <= 4 * error
    assert (share > 0) == (true < 1)


def test_bands_find_pairs_of_the_similarity_that_they_promise():
    base = signed(" ".join(WORDS)).minhash
    for share, least in ((0.02, 60), (0.012, 62)):  # Jaccard of about 0.83 and 0.9
        others = signed(*(changed(share, seed) for seed in range(64))).minhash
        met = (band_keys(others, RULES) == band_keys(base, RULES)).any(axis=1).sum()
        assert met >= least
    far = signed(*(changed(0.5, seed) for seed in range(64))).minhash
    assert (band_keys(far, RULES) == band_keys(base, RULES)).any(axis=1).sum() <= 1


def test_keys_are_of_one_band_and_of_the_normal_form():
    rules = DedupRules(bands=3, rows_per_band=2)
    minhash = np.array([[1, 2, 1, 2, 3, 4], [1, 2, 9, 9, 3, 4]], np.uint32)
    keys = band_keys(minhash, rules)
    assert (keys[0] == keys[1]).tolist() == [True, False, True] and keys[0, 0] != keys[0, 1], "equal rows of two bands do not meet"
    normal = np.arange(64, dtype=np.uint8).reshape(2, 32)
    everything = index_keys(minhash, normal, rules)
    assert everything.shape == (2, 4) and everything[0, 3] == int.from_bytes(bytes(range(8)), "little")


def test_case_spacing_and_outer_punctuation_make_no_other_normal_form():
    plain, other, different = signed("The mill, below the weir.", "the  MILL below\nthe weir", "The mills below the weir").normal
    assert (plain == other).all() and (plain != different).any()
    exact = signed("a b", "a  b").exact
    assert (exact[0] != exact[1]).any()


@pytest.mark.parametrize("text", ["", "one", "one two three four"])
def test_texts_shorter_than_a_shingle_have_signatures_of_their_own(text):
    one, same, other = signed(text, text, f"{text} more").minhash
    assert (one == same).all() and (one != other).any()


def test_parts_are_put_together_in_order_and_no_text_is_an_empty_signature():
    one, other = signed("a b c"), signed("d e f", "g h i")
    both = Signatures.concat([one, other], RULES)
    assert both.minhash.shape == (3, RULES.permutations) and (both.exact[1:] == other.exact).all()
    assert Signatures.concat([], RULES).minhash.shape == (0, RULES.permutations) and signed().normal.shape == (0, 32)
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(3)]
    assert [bytes(row).hex() for row in digest_bytes(digests)] == digests


def test_shingle_sets_are_fetched_in_batches_and_released_beyond_the_bound(monkeypatch):
    monkeypatch.setattr("tierline.dedup.compare.TEXTS_PER_BATCH", 4)
    monkeypatch.setattr("tierline.dedup.compare.SHINGLES_HELD", 30)
    texts, fetched = [f"{number} " + " ".join(WORDS[number : number + 12]) for number in range(20)], []
    sets = ShingleSets(lambda places: fetched.append(list(places)) or [texts[place] for place in places], np.arange(20), 5)
    expected = shingle_sets(texts, 5)
    for place in (*range(20), 0, 19, 7):
        assert np.array_equal(sets[place], expected[place])
    assert fetched[:5] == [[4 * number + one for one in range(4)] for number in range(5)] and len(fetched) > 5
    assert sets._held <= 30 + 4 * 13


def test_similarity_of_sets():
    left, right = np.array([1, 2, 3], np.uint64), np.array([2, 3, 4, 5], np.uint64)
    empty = np.empty(0, np.uint64)
    assert jaccard(left, right) == 2 / 5 and jaccard(left, left) == 1 and jaccard(empty, empty) == jaccard(left, empty) == 0
