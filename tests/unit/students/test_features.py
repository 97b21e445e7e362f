"""The student's features: the same alone or in a batch, with or without the matrix between, and about what they say they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.students import surface_kernel as surface
from tierline.students.features import NAMES, language_columns, student_features, weighed_features
from tierline.students.gram_kernel import BUCKETS

PROSE = "The lake froze in January. Nobody had expected it, and the ferry stayed in harbour until the ice broke in March."
LIST = "BUY NOW - SALE 50% - BUY NOW - SALE 50% - BUY NOW - www.example.com - +1 555 0100"
TEXTS = [PROSE, LIST, "", "!!!", "雪が降った。船は港に残った。", "Straße, Café, Ärger", "a", PROSE * 200]


def numbers(text: str) -> dict[str, float]:
    return dict(zip(NAMES, student_features([text])[0][0].tolist(), strict=True))


def test_every_number_has_a_name():
    assert len(NAMES) == surface.FEATURES == len(set(NAMES))


def test_hashed_features_are_two_unit_vectors_a_text():
    _, grams = student_features(TEXTS)
    squares = grams.multiply(grams)
    groups, words = (np.asarray(part.sum(axis=1)).ravel() for part in (squares[:, :BUCKETS], squares[:, BUCKETS:]))
    written = np.array([bool(text) for text in TEXTS])
    assert groups == pytest.approx(written.astype(float), abs=1e-5)
    assert words == pytest.approx([0.0 if text in ("", "!!!") else 1.0 for text in TEXTS], abs=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=300), max_size=4))
def test_a_text_has_the_same_features_alone_and_without_the_matrix(texts):
    weights = np.random.default_rng(1).normal(size=(2 * BUCKETS, 2)).astype(np.float32)
    dense, grams = student_features(texts)
    again, sums = weighed_features(texts, weights)
    assert (dense == again).all() and np.isfinite(dense).all()
    assert sums == pytest.approx(np.asarray(grams @ weights), abs=1e-3)
    for row, text in enumerate(texts):
        assert (student_features([text])[0][0] == dense[row]).all()


def test_numbers_tell_prose_from_a_list():
    prose, shouted = numbers(PROSE), numbers(LIST)
    assert prose["upper"] < 0.05 < shouted["upper"] and prose["ends_sentence"] == 1 and shouted["ends_sentence"] == 0
    assert prose["repeated_words_2"] == 0 < shouted["repeated_words_2"] and prose["repeated_20_characters"] == 0
    assert prose["sentence_mean"] == pytest.approx(np.log1p(np.mean([26 - 1, 88 - 1])), abs=0.05)
    assert shouted["addresses"] > 0 and shouted["lone_dashes"] > 0 and prose["latin"] == 1
    assert numbers("雪が降った。")["unspaced"] == 1


def test_a_long_text_is_that_of_its_beginning():
    assert numbers(PROSE * 200)["length"] == pytest.approx(np.log(surface.MAX_CHARS))


def test_white_space_counts_once():
    assert numbers("one  two \t three") == numbers("one two three")


def test_languages_have_columns_where_they_are_known():
    assert language_columns(["de", "xx", "en"], ["en", "de"]).tolist() == [[0, 1], [0, 0], [1, 0]]
