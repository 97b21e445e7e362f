"""Counting through the table of known pieces gives what the tokenizer gives, also when the table is emptied."""

import pytest

from tierline.text import tokens
from tierline.text.tokens import count_tokens, encode, wheel_file


def counted(texts: list[str]) -> list[int]:
    return [len(one.ids) for one in encode(texts)]


@pytest.fixture
def small_table(monkeypatch):
    """A new table of 64 pieces, so that it is emptied after 32 new ones."""
    monkeypatch.setattr(tokens, "PIECES", 64)
    tokens._known_pieces.cache_clear()
    yield
    tokens._known_pieces.cache_clear()


def test_counts_stay_right_while_the_table_overflows_again_and_again(small_table):
    for start in range(0, 200, 20):
        texts = [f"word{start + number} and  then\nx{'y' * number}" for number in range(20)]
        assert count_tokens(texts).to_pylist() == counted(texts)
    many = [" ".join(f"new{number}" for number in range(100)), "word1 and"]
    assert count_tokens(many).to_pylist() == counted(many), "more new pieces at once than there is room for"


def test_batches_are_cut_by_characters_and_give_each_text_its_own_count(monkeypatch):
    texts = ["one two", "", "three " * 40, "four\n\nfive", "<s>", "six"] * 3
    monkeypatch.setattr(tokens, "CHARACTERS_PER_BATCH", 50)
    assert count_tokens(texts).to_pylist() == counted(texts)
    assert count_tokens([]).to_pylist() == []


def test_a_piece_longer_than_the_table_keeps_is_counted_each_time(small_table):
    long = "ab" * tokens.PIECE_BYTES
    assert count_tokens([long, f"{long} {long}"]).to_pylist() == counted([long, f"{long} {long}"])
    assert tokens._known_pieces()._stored == 0


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(ModuleNotFoundError) as raised:
        wheel_file("no_such_package", "x")
    assert raised.value.name == "no_such_package"
