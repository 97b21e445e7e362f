"""The table of characters holds what Python and Unicode say of each."""

import sys
import unicodedata

import numpy as np
import pytest

from tierline.text.kernels import characters
from tierline.text.kernels.characters import TABLE_SIZE, character_table

ALL = list(map(chr, range(sys.maxunicode + 1)))


def held(bit: int) -> np.ndarray:
    return (character_table() & bit) > 0


@pytest.mark.parametrize(
    ("bit", "means"),
    [
        (characters.SPACE, lambda one: one.isspace() or one in characters.SEPARATORS),
        (characters.LETTER, str.isalpha),
        (characters.WORDY, lambda one: unicodedata.category(one)[0] in "LNM"),
    ],
    ids=["space", "letter", "wordy"],
)
def test_a_bit_says_of_every_character_what_python_says(bit, means):
    told = np.fromiter(map(means, ALL), bool, len(ALL))
    assert (held(bit) == told[:TABLE_SIZE]).all()
    above = {unicodedata.category(ALL[code]) for code in np.flatnonzero(told[TABLE_SIZE:]) + TABLE_SIZE}
    assert above <= {"Mn"}, "only selectors of variants are above the table"


def test_scripts_without_spaces_are_those_that_are_written_so():
    for script in ("中文", "かなカナ", "ภาษาไทย", "ພາສາ", "မြန်မာ", "ខ្មែរ", "㐀豈", "བོད", "ꦗꦮ", "ꆈꌠ", "ｶﾅ", "𠊛"):
        assert held(characters.UNSPACED)[[ord(one) for one in script]].all(), script
    assert not held(characters.UNSPACED)[[ord(one) for one in "aÅд한العहि、。"]].any()


def test_sentence_ends_are_punctuation_of_many_scripts():
    ends = [ALL[code] for code in np.flatnonzero(held(characters.TERMINAL))]
    assert {unicodedata.category(one) for one in ends} <= {"Po", "Cn"}, "Cn: of a newer Unicode than Python's"
    assert set(".!?。！？\u061f\u0964\u1362\u17d4\u104b\u0f0d\u06d4\u0589\u037e") <= set(ends)
    assert not held(characters.TERMINAL)[[ord(one) for one in ",;:、)…"]].any()


def test_a_full_stop_of_another_script_than_latin_ends_a_sentence_whatever_follows():
    assert {ALL[code] for code in np.flatnonzero(held(characters.TERMINAL) & ~held(characters.WIDE_END))} == set(characters.LATIN_ENDS)
    assert not (held(characters.WIDE_END) & ~held(characters.TERMINAL)).any()


def test_a_word_takes_more_characters_in_some_scripts_than_in_others():
    assert held(characters.LONG_WORD)[[ord(one) for one in "ภລမខབ"]].all()
    assert not held(characters.LONG_WORD)[[ord(one) for one in "a中かカ"]].any()
    assert not (held(characters.LONG_WORD) & ~held(characters.UNSPACED)).any()


def test_invisible_characters_are_no_letters_and_the_space_without_width_parts_words():
    seen = held(characters.INVISIBLE) & (held(characters.SPACE) | held(characters.LETTER))
    assert {ALL[code] for code in np.flatnonzero(seen)} == {"\u200b"}


@pytest.mark.parametrize(
    ("bit", "members"),
    [(characters.BULLET, characters.BULLETS), (characters.CLOSING, characters.QUOTES_AND_BRACKETS)],
    ids=["bullet", "closing"],
)
def test_the_other_bits_mark_their_members_alone(bit, members):
    assert {ALL[code] for code in np.flatnonzero(held(bit))} == set(members)
