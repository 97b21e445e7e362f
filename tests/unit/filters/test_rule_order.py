"""Rules decide in their published order: of several that a document breaks the first is named, and every threshold is its own."""

import dataclasses

import pyarrow as pa
import pytest

from tests.conftest import rows_of
from tierline.filters.rules import FilterRules, first_failed_rule
from tierline.tables import TABLES

RULES = FilterRules()
GOOD = {
    "doc_id": "d",
    "language": "en",
    "language_confidence": 0.99,
    "tokens": 300,
    "unspaced_share": 0.0,
    "word_count": 200.0,
    "mean_word_length": 5.0,
    "alphabetic_word_share": 1.0,
    "stop_word_count": 6.0,
    "sentence_count": 12.0,
    "terminal_punctuation_line_share": 1.0,
}


def judged(**changes) -> dict | None:
    zeros = {name: 0.0 for name, kind in TABLES["l1_signals"].columns.items() if kind == pa.float64()}
    row = zeros | GOOD | changes
    rules = row.pop("rules", RULES)
    return first_failed_rule(rows_of("l1_signals", [row]), rules).get("d")


BREACHES = [
    ("language_confidence", 0.5, "language_confidence_min"),
    ("word_count", 10.0, "words_min"),
    ("word_count", 200_000.0, "words_max"),
    ("mean_word_length", 2.0, "mean_word_length_min"),
    ("mean_word_length", 12.0, "mean_word_length_max"),
    ("symbol_word_ratio", 0.2, "symbol_word_ratio_max"),
    ("bullet_line_share", 0.95, "bullet_lines_max"),
    ("ellipsis_line_share", 0.4, "ellipsis_lines_max"),
    ("alphabetic_word_share", 0.5, "alphabetic_words_min"),
    ("stop_word_count", 1.0, "stop_words_min"),
    ("duplicate_line_share", 0.4, "duplicate_lines_max"),
    ("duplicate_paragraph_share", 0.4, "duplicate_paragraphs_max"),
    ("duplicate_line_char_share", 0.3, "duplicate_line_chars_max"),
    ("duplicate_paragraph_char_share", 0.3, "duplicate_paragraph_chars_max"),
    ("top_2gram_char_share", 0.3, "top_2gram_max"),
    ("top_3gram_char_share", 0.3, "top_3gram_max"),
    ("top_4gram_char_share", 0.3, "top_4gram_max"),
    *((f"duplicate_{size}gram_char_share", 0.3, f"duplicate_{size}gram_max") for size in range(5, 11)),
    ("sentence_count", 2.0, "sentences_min"),
    ("curly_brace_count", 1.0, "curly_braces_max"),
    ("lorem_ipsum_count", 1.0, "lorem_ipsum_max"),
    ("terminal_punctuation_line_share", 0.05, "punctuated_lines_min"),
    ("short_line_share", 0.9, "short_lines_max"),
    ("duplicate_line_text_share", 0.5, "duplicate_line_text_max"),
    ("newline_word_ratio", 0.5, "newlines_per_word_max"),
]


def test_a_good_document_breaks_no_rule():
    assert judged() is None


@pytest.mark.parametrize(("signal", "value", "setting"), BREACHES, ids=[f"{signal} {value}" for signal, value, _ in BREACHES])
def test_each_signal_breaks_a_rule_of_its_own_at_the_recipes_threshold(signal, value, setting):
    found = judged(**{signal: value})
    assert found is not None and (found["value"], found["threshold"]) == (value, float(getattr(RULES, setting)))
    at = float(getattr(RULES, setting))
    assert judged(**{signal: at}) is None, "the threshold itself is allowed"
    assert judged(**{signal: value}, rules=dataclasses.replace(RULES, **{setting: value})) is None


def test_every_signal_has_a_rule_name_of_its_own():
    names = [judged(**{signal: value})["rule"] for signal, value, _ in BREACHES]
    assert len(names) == len(set(names)) and all(":" in name for name in names)


def test_of_several_breaches_the_one_published_first_is_named():
    assert judged(word_count=10.0, sentence_count=1.0, curly_brace_count=5.0)["rule"] == "gopher:too_short"
    assert judged(sentence_count=1.0, curly_brace_count=5.0, short_line_share=0.9)["rule"].startswith("c4:")
    assert judged(language_confidence=0.1, word_count=10.0)["rule"].startswith("language:")


def test_the_length_of_words_and_stop_words_do_not_count_where_a_script_has_no_spaces_or_a_language_no_list():
    assert judged(mean_word_length=1.5, unspaced_share=0.9) is None
    assert judged(stop_word_count=None) is None


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        ({"profane_word_share": 0.1, "profane_word_count": 5.0, "toxicity": 0.9}, True),
        ({"profane_word_share": 0.1, "profane_word_count": 5.0, "toxicity": 0.1}, False),
        ({"profane_word_share": 0.1, "profane_word_count": 2.0, "toxicity": 0.9}, False),
        ({"profane_word_share": 0.01, "profane_word_count": 5.0, "toxicity": 0.9}, False),
    ],
)
def test_vulgar_words_count_only_if_they_are_many_and_the_classifier_agrees(changes, dropped):
    assert (judged(**changes) is not None) is dropped


def test_languages_that_are_kept_are_named():
    only = FilterRules(languages=("de", "fr"))
    assert judged(rules=only)["rule"] == "language:unwanted" and judged(rules=only)["detail"] == "en"
    assert judged(rules=only, language="fr") is None
