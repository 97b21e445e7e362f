"""Words, hashes and tokens: compiled loops give what plain Python gives, for any text."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.text.tokens import count_tokens, encode
from tierline.text.words import ngram_hashes, plain_words, shingles, split_batch, split_words

ROOT = Path(__file__).parents[2]
TEXTS = st.lists(st.text(st.sampled_from("aB é.,-'\"…#\n\t中。ไΣİ\u00a0\u2003𝒳▁<s>/"), max_size=60) | st.text(max_size=40), max_size=6)


def bare(word: str) -> str:
    inner = [index for index, one in enumerate(word) if unicodedata.category(one)[0] in "LNM" and ord(one) < 0x33480]
    return word[inner[0] : inner[-1] + 1] if inner else ""


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_words_are_those_of_a_plain_expression(texts):
    batch = split_batch(texts)
    for index, text in enumerate(texts):
        words = plain_words(text.encode("utf-8", "replace").decode())
        start, end = batch.words.offsets[index : index + 2]
        assert batch.words.lengths[start:end].tolist() == [len(word) for word in words]
        assert batch[index].normal.decode() == " ".join(filter(None, map(bare, words)))
        assert len(set(batch.words.hashes[start:end].tolist())) == len(set(words))


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_tokens_are_those_of_the_tokenizer(texts):
    valid = [text.encode("utf-8", "replace").decode() for text in texts]
    assert count_tokens(texts).to_pylist() == [len(one.ids) for one in encode(valid)]


def test_a_text_has_the_same_hashes_alone_and_in_a_batch():
    texts = ["The ferry leaves at noon.", "", "Café — 中文 字", "the FERRY leaves at noon."]
    together = split_words(texts)
    for text, words in zip(texts, together, strict=True):
        assert np.array_equal(split_words([text])[0].hashes, words.hashes)
    assert np.array_equal(together[0].hashes, together[3].hashes), "case does not matter"
    assert int(together[0].hashes[0]) == 0x901962260B6A34D5, "stored signatures rest on these hashes"


def test_words_are_split_alike_with_and_without_lines():
    texts = ["Two lines\nof words, two.", "", "เสียง 日本語の文", "ኢትዮጵያ፡፡አገር"]
    batch = split_batch(texts)
    for index, words in enumerate(split_words(texts)):
        assert np.array_equal(words.hashes, batch[index].hashes)
        assert (words.normal, words.unspaced_share) == (batch[index].normal, batch[index].unspaced_share)


def test_ngrams_and_shingles():
    words = split_words(["a b c a b c a"])[0]
    assert len(ngram_hashes(words.hashes, 3)) == 5 and len(shingles(words, 3)) == 3
    assert len(ngram_hashes(words.hashes, 8)) == 0 and len(shingles(words, 8)) == 1
    assert len(shingles(split_words([""])[0], 5)) == 0


def test_compiled_loops_run_where_nothing_can_be_written(tmp_path):
    """The cache falls back to a folder that can be written when neither the source nor the home can."""
    code = "from tierline.text.words import split_words; assert len(split_words(['one two'])[0].hashes) == 2"
    environment = os.environ | {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/none", "TMPDIR": str(tmp_path)}
    environment |= {"NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator,UserWideCacheLocator", "USER": "someone"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, timeout=180)
    assert list(tmp_path.glob("tierline-kernels-*"))
