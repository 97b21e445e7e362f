"""Every signal against a count by hand, alone and in a batch; a share is in [0, 1] whatever the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.filters.profanity import profanity_signals
from tierline.filters.signals import STOP_WORDS, boilerplate_in, signal_table, signals, split_documents
from tierline.tables import L1_SIGNALS


def measured(*texts: str, language: str = "en") -> list[dict]:
    languages = [language] * len(texts)
    columns = signals(split_documents(texts, languages), languages, profanity_signals(list(texts), languages))
    return [{name: columns[name][row].as_py() for name in columns} for row in range(len(texts))]


TEXT = "# The lock is old.\nIt was built in 1894...\n- one item\n- another item\n\n* Keep {to} the left!\n\nThe end of that."


def test_the_signals_of_a_text_are_those_counted_by_hand():
    (found,) = measured(TEXT)
    words = TEXT.split()
    lines = [line for line in TEXT.split("\n") if line]
    assert found["word_count"] == len([word for word in words if any(one.isalnum() for one in word)])
    assert found["bullet_line_share"] == pytest.approx(3 / len(lines))
    assert found["ellipsis_line_share"] == pytest.approx(1 / len(lines))
    assert found["symbol_word_ratio"] == pytest.approx(1 / len(words))
    assert found["curly_brace_count"] == 1
    assert found["stop_word_count"] == len({"the", "to", "of", "that"})
    assert found["terminal_punctuation_line_share"] == pytest.approx(4 / len(lines))
    assert found["short_line_share"] == 1.0


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("", "word_count", 0),
        ("one two three", "word_count", 3),
        ("one -- two", "word_count", 2),
        ("ab abcd", "mean_word_length", 3),
        ("ab 12 --", "alphabetic_word_share", 1 / 3),
        ("# # # word", "symbol_word_ratio", 3 / 4),
        ("wait... for… it", "symbol_word_ratio", 2 / 3),
        ("One two three. Four five six!", "sentence_count", 2),
        ("One two three. Four five six", "sentence_count", 0),  # a line without an end holds none, as in C4
        ("lorem ipsum and Lorem Ipsum", "lorem_ipsum_count", 2),
        ("Our Privacy Policy and terms of use; we use cookies.", "boilerplate_phrase_count", 3),
        ("cookies are baked", "boilerplate_phrase_count", 0),
        ("a\nb\na\nc", "duplicate_line_share", 1 / 4),
        ("a\n\nb\n\na", "duplicate_paragraph_share", 1 / 3),
        ("{ } {", "curly_brace_count", 2),
        ("the THE The", "stop_word_count", 1),
    ],
)
def test_one_signal_of_a_small_text(text, name, value):
    assert measured(text)[0][name] == pytest.approx(value)


def test_repeated_words_are_shares_of_characters():
    (found,) = measured("red fish blue fish red fish blue fish one two")
    text = "red fish blue fish red fish blue fish one two"
    pairs = ["red fish", "fish blue", "blue fish", "fish red"]
    assert found["top_2gram_char_share"] == pytest.approx(max(text.count(pair) * len(pair) for pair in pairs) / len(text), abs=0.06)
    (long,) = measured("a b c d e f g h i j " * 6)
    assert long["duplicate_5gram_char_share"] == pytest.approx(5 * 10 / len("a b c d e f g h i j " * 6)), "letters of five of six passes"
    (fresh,) = measured(" ".join(f"word{number}" for number in range(60)))
    assert all(fresh[f"duplicate_{size}gram_char_share"] == 0 for size in range(5, 11))


@pytest.mark.parametrize("language", STOP_WORDS)
def test_stop_words_are_counted_once_each_in_their_own_language(language):
    words = STOP_WORDS[language]
    (found,) = measured(" ".join([*words, *words]), language=language)
    assert found["stop_word_count"] == len(set(words))


def test_a_language_without_a_list_is_not_judged_by_one():
    assert measured("the and of", language="xx")[0]["stop_word_count"] is None


def test_scripts_without_spaces_count_words_by_characters():
    (found,) = measured("漢字" * 50 + "。", language="zh")
    assert 40 <= found["word_count"] <= 60


SHARES = [name for name in L1_SIGNALS if name.endswith("_share")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab .\n#-*{}é…!?1") | st.characters(max_codepoint=0x24F), max_size=60), max_size=4))
def test_whatever_the_text_shares_are_shares_and_a_batch_changes_nothing(texts):
    together = measured(*texts)
    for text, found in zip(texts, together, strict=True):
        assert all(0 <= found[name] <= 1 + 1e-9 for name in SHARES), {name: found[name] for name in SHARES if not 0 <= found[name] <= 1}
        assert all(value is None or value >= 0 for value in found.values())
        assert measured(text)[0] == found


@pytest.mark.parametrize(
    ("lowered", "may"), [("terms of use", True), ("a cookie", True), ("see our privacy policy", True), ("terms", False), ("", False)]
)
def test_most_texts_are_not_searched_for_phrases(lowered, may):
    assert bool(boilerplate_in(lowered)) is may


def test_rows_have_the_columns_of_the_table_in_its_order():
    columns = signals(split_documents(["a"], ["en"]), ["en"], profanity_signals(["a"], ["en"]))
    import pyarrow as pa

    others = {
        "language": pa.array(["en"]),
        "language_confidence": pa.array([0.9]),
        "tokens": pa.array([1]),
        "unspaced_share": pa.array([0.0]),
        "data_cell_count": pa.array([0.0]),
    }
    table = signal_table(["doc"], columns | others)
    assert table["doc_id"].to_pylist() == ["doc"] and set(L1_SIGNALS) <= set(table.column_names)
