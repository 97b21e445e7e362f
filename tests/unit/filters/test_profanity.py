"""Profanity: whole words in use are counted, the classifier is asked about texts that have some, and neither removes alone."""

import numpy as np
import pyarrow as pa
import pytest

from examples.features import FEATURES
from tierline.filters.profanity import profane_words, profanity_signals, vulgar_words
from tierline.filters.rules import FilterRules, first_failed_rule
from tierline.tables import L1_SIGNALS, TABLES
from tierline.text.toxicity import Toxicity, plain

RANT = "You are a stupid fucking idiot, an asshole, and full of shit. I hope you die, you disgusting piece of shit."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("what the fuck", 1),
        ("Scunthorpe, Penistone and pissarro", 0),
        ('the word "fuck" is old', 0),
        ("fuck, shit; fuck!", 3),
        ("¿Qué mierda? Das ist scheiße.", 0),
        ("gay people, Jews, Muslims, women and the disabled met", 0),
        ("", 0),
    ],
)
def test_whole_words_in_use_are_counted(text, count):
    assert profane_words(text.lower()) == count


def test_only_texts_with_vulgar_words_are_judged():
    found = profanity_signals([RANT, FEATURES["bridge"], ""], ["en"] * 3)
    assert found.counts.tolist() == [4, 0, 0]
    assert found.toxicity[0] > 0.8 and not found.toxicity[1:].any()
    assert profanity_signals([], []).counts.shape == (0,)


def broken(count: float, share: float, toxicity: float, language: str = "en") -> str | None:
    fine = {"word_count": 100.0, "mean_word_length": 5.0, "alphabetic_word_share": 1.0, "stop_word_count": 9.0, "sentence_count": 9.0}
    signals = dict.fromkeys(L1_SIGNALS, 0.0) | fine | {"terminal_punctuation_line_share": 1.0}
    signals |= {"profane_word_count": count, "profane_word_share": share, "toxicity": toxicity}
    known = {"doc_id": "d", "language": language, "language_confidence": 1.0, "tokens": 100, "unspaced_share": 0.0}
    table = pa.Table.from_pylist([known | signals], schema=pa.schema(TABLES["l1_signals"].columns))
    return first_failed_rule(table, FilterRules()).get("d", {}).get("rule")


def test_list_and_classifier_must_agree():
    assert broken(5, 0.05, 0.9) == "profanity"
    assert broken(5, 0.05, 0.2) is None, "quoted, reclaimed or medical: the classifier disagrees"
    assert broken(2, 0.05, 0.9) is None
    assert broken(0, 0.0, 0.99) is None


def test_the_signals_do_not_depend_on_the_batch():
    together = profanity_signals([RANT, RANT + " " + FEATURES["owls"]], ["en"] * 2)
    alone = [profanity_signals([text], ["en"]).toxicity[0] for text in (RANT, RANT + " " + FEATURES["owls"])]
    assert np.allclose(together.toxicity, alone)


def test_disguised_words_are_seen_and_quoted_ones_are_not():
    assert plain("You are a fuuuuuck1ng i d i o t") == "you are a fuucking idiot"
    insult = "I hate you, you stupid disgusting idiot, go and die"
    scores = Toxicity().score([insult, f'He was sent a letter that said "{insult}" and called the police on Monday.', f'"{insult}"'])
    assert scores[0] > 0.8 and scores[2] > 0.8 and scores[1] < 0.5


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "zh"])
def test_each_large_language_has_words_of_its_own_and_is_spared_those_of_others(language):
    words = vulgar_words()[language]
    text = ("" if language in ("ja", "zh") else " ").join(words)
    assert len(words) >= 20 and profane_words(text, language) >= 0.9 * len(words)
    assert profane_words(" ".join(words), "fi") <= 0.2 * len(words), "English words that another language took over count everywhere"


def test_outside_english_the_list_decides():
    assert broken(5, 0.05, 0.0, language="de") == "profanity"
    assert broken(2, 0.05, 0.0, language="de") is None and broken(5, 0.01, 0.0, language="de") is None
    assert broken(5, 0.05, 0.0, language="en") is None
