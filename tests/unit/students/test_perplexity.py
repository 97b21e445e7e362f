"""The n-gram model finds ordinary text of a language ordinary, and says nothing of languages that it does not know."""

import numpy as np
import pytest

from tierline.students.perplexity import NgramModel, bundled_model, train_ngrams

PROSE = {
    "en": "The old bridge was closed in the spring because the river had risen above its arches, and people crossed by boat until June.",
    "de": "Die alte Brücke wurde im Frühjahr gesperrt, weil der Fluss über ihre Bögen gestiegen war, und man fuhr bis Juni mit dem Boot.",
    "fr": "Le vieux pont a été fermé au printemps parce que la rivière était montée, et les gens traversaient en bateau jusqu'en juin.",
    "ru": "Старый мост закрыли весной, потому что река поднялась выше его арок, и люди до июня переправлялись на лодках.",
    "hi": "पुराना पुल वसंत में बंद कर दिया गया क्योंकि नदी का पानी बढ़ गया था और लोग नाव से पार जाते थे।",
}


def shuffled(text):
    letters = list(text)
    np.random.default_rng(1).shuffle(letters)
    return "".join(letters)


@pytest.mark.parametrize("language", PROSE)
def test_prose_is_about_as_surprising_as_clean_sentences_and_letters_in_disorder_are_not(language):
    prose, noise = bundled_model().perplexity([PROSE[language], shuffled(PROSE[language])], [language] * 2)
    assert 0.4 < prose < 2.0 and noise > 1.5 * prose


def test_lists_of_parts_and_prices_surprise_more_than_prose():
    parts = "XR-12 3.5mm QTY 4 $9.99 | SKU#88123 | BK/RD | 12V DC | IP67 >> XR-14 5mm QTY 2 $11.49 | SKU#88127"
    prose, listed = bundled_model().perplexity([PROSE["en"], parts], ["en", "en"])
    assert listed > 2 * prose


def test_a_text_in_another_language_than_stated_surprises():
    own, other = bundled_model().perplexity([PROSE["de"], PROSE["de"]], ["de", "fr"])
    assert other > 1.2 * own


def test_it_says_nothing_of_unknown_languages_and_of_empty_texts():
    found = bundled_model().perplexity(["qo' vIghaj", "", " \n\t", PROSE["en"]], ["tlh", "en", "en", "en"])
    assert np.isnan(found[:3]).all() and not np.isnan(found[3])
    assert len(bundled_model().perplexity([], [])) == 0


def test_white_space_case_and_the_value_of_digits_do_not_count():
    plain, other = bundled_model().perplexity(["In 1894 they built it.", "\n\nIN  2017\tthey built\n it. "], ["en", "en"])
    assert plain == pytest.approx(other, rel=0.1)


def test_a_text_does_not_change_with_its_neighbors():
    texts = [PROSE["en"], PROSE["de"], shuffled(PROSE["en"])]
    together = bundled_model().perplexity(texts, ["en", "de", "en"])
    alone = [bundled_model().perplexity([text], [language])[0] for text, language in zip(texts, ["en", "de", "en"], strict=True)]
    assert together.tolist() == alone


def test_training_is_deterministic_and_centers_clean_texts_on_one():
    texts = {
        "en": [
            f"The {one} of the {two} was seen near the {three}."
            for one in ("cat", "dog", "fox")
            for two in ("king", "boy")
            for three in ("mill", "lake")
        ]
    }
    model = train_ngrams(texts)
    assert model.model_id == train_ngrams(texts).model_id
    assert train_ngrams({"en": ["too", "few"]}).typical == {}
    clean, odd = model.perplexity(["The fox of the boy was seen near the mill.", "Zxq vbn pwr jkl hgf"], ["en", "en"])
    assert clean < 1.1 and odd > 5


def test_surrogates_and_rare_scripts_are_numbers_not_exceptions():
    model = NgramModel({"en": 2.0}, bundled_model().codes)
    assert np.isfinite(model.perplexity(["\ud800 lone", "𐍈𐌰𐌹", "a"], ["en"] * 3)).all()
