"""How strange a text reads: what few bytes show that are decoded in a charset that is not theirs, where a detector cannot count much."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

from tierline.crawl.realign import LAYOUTS

_PYTHON = {"gbk": "gb18030", "shift_jis": "cp932", "euc-jp": "euc_jp", "euc-kr": "cp949", "big5": "big5hkscs", "gb18030": "gb18030"}
_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u0e31-\u0e4e][^\W\d_]*)*")
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
# Letters that are vowels, and the least share that they have of prose: about half of what they do have.
_VOWELS = {
    "CYRILLIC": (frozenset("аеёиоуыэюяієїѣ"), 0.3),
    "GREEK": (frozenset("αεηιουωάέήίόύώϊϋΐΰ"), 0.35),
    "THAI": (frozenset(map(chr, (*range(0x0E30, 0x0E3B), *range(0x0E40, 0x0E4F)))), 0.25),
}
_FEWEST_LETTERS = 5
_ACCENTED = re.compile(r"[άέήίόύώΐΰ]")  # as in every Greek word of more than a syllable
_THAI_MARK, _THAI_FIRST, _THAI_CONSONANT = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e", "\u0e40-\u0e44", "\u0e01-\u0e2e"
# In Thai a mark stands on a consonant or another mark, and a vowel that is written first before a consonant.
_NO_THAI = re.compile(f"(?<![{_THAI_CONSONANT}{_THAI_MARK}])[{_THAI_MARK}]|[{_THAI_FIRST}](?![{_THAI_CONSONANT}])")
_SIGN = re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘·‐-―ʼ\u0300-\u036f\u05b0-\u05c7\u064b-\u0652\u0e31-\u0e4e\u200b-\u200f](?=[^\W\d_])")
# A Hebrew or Arabic mark without its letter, and the Greek sigma of a word's end within one.
_MISPLACED = re.compile(r"(?<![\w\u0591-\u05c7\u064b-\u0652])[\u05b0-\u05c7\u064b-\u0652]|ς(?=[^\W\d_])")
# Signs and digits that prose has seldom.
_ODD = re.compile(
    r"[^\w\s\x00-\x7f«»“”„‘’‚‹›–—…•·№§°©®™¡¿،؛؟\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0e31-\u0e4e\u200b-\u200f\ufffd]|[¹²³¼½¾ªº๐-๙]"
)


def strangeness(text: str, charset: str) -> float:
    """About how many characters of a text are ones that prose does not have where they stand: rare ones in charsets of two bytes a
    character, letters of two scripts or two cases in a word, signs within words, none at all."""
    found = max(0.0, 2.0 * text.count("\ufffd") - 1) + sum(
        unicodedata.category(letter) in _NO_TEXT and not letter.isspace() for letter in text
    )
    if charset in LAYOUTS:
        return found + sum(_is_rare(letter, charset) for letter in text if letter > "\x7f" and letter != "\ufffd")
    found += len(_SIGN.findall(text)) + len(_NO_THAI.findall(text)) + len(_MISPLACED.findall(text)) + len(_ODD.findall(text)) / 2
    letters, vowels = Counter[str](), Counter[str]()
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        scripts = {_script(letter) for letter in word if letter.isalpha()}
        found += (len(word) if len(scripts) > 1 else 0) + sum(map(_is_raised, word, word[1:]))
        found += 0.5 * len(word) if len(word) > 3 and word.isupper() else 0.0
        found += scripts == {"GREEK"} and len(word) > 3 and word.islower() and not _ACCENTED.search(word)
        if len(scripts) == 1 and (script := min(scripts)) in _VOWELS:
            letters[script] += len(word)
            vowels[script] += sum(letter in _VOWELS[script][0] for letter in word.lower())
    few = (letters[script] for script, (_, least) in _VOWELS.items() if vowels[script] < least * letters[script])
    return found + sum(count / 2 for count in few if count >= _FEWEST_LETTERS)


def _is_raised(before: str, after: str) -> bool:
    return before.islower() and after.isupper()


@cache
def _is_rare(letter: str, charset: str) -> bool:
    """Whether a charset has the character behind its frequent ones."""
    try:
        data = letter.encode(_PYTHON[charset])
    except UnicodeEncodeError:
        return True
    return len(data) != 2 or not any(data[0] in leads for leads in LAYOUTS[charset].leads)


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
