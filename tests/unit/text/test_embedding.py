"""A sentence vector is the mean of its tokens' vectors, of length one, whatever else is in the batch."""

import numpy as np
import pytest

from tierline.text import embedding
from tierline.text.embedding import DIMENSIONS, MAX_TOKENS, Embedder, _weights
from tierline.text.tokens import encode

TEXTS = ["The ferry leaves at noon.", "", "Café — 中文 字", "🚢", "The ferry leaves at noon."]


def test_a_vector_is_the_scaled_mean_of_its_tokens(monkeypatch):
    monkeypatch.setattr(embedding, "TEXTS_PER_BATCH", 2)
    vectors = Embedder().embed(TEXTS)
    assert vectors.shape == (len(TEXTS), DIMENSIONS) and vectors.dtype == np.float32
    for text, vector in zip(TEXTS, vectors, strict=True):
        mean = _weights()[encode([text])[0].ids].sum(axis=0)
        assert vector == pytest.approx(mean / max(np.linalg.norm(mean), 1e-9), abs=1e-5)
    assert (Embedder().embed(TEXTS[2:3])[0] == vectors[2]).all() and (vectors[0] == vectors[4]).all()


def test_a_text_without_tokens_is_the_zero_vector_and_like_nothing():
    assert not Embedder().embed([""]).any() and Embedder().embed([]).shape == (0, DIMENSIONS)


def test_a_long_text_is_its_beginning():
    beginning = "ferry " * MAX_TOKENS
    one, other = Embedder().embed([beginning + "noon " * 500, beginning + "granite " * 500])
    assert len(encode([beginning])[0].ids) >= MAX_TOKENS and (one == other).all()


def test_sentences_of_one_meaning_are_closer_than_those_of_two():
    ferry, boat, tax = Embedder().embed(
        ["The ferry leaves the harbor at noon.", "At noon the boat leaves port.", "Income tax is due in April each year."]
    )
    assert ferry @ boat > 3 * abs(ferry @ tax)
