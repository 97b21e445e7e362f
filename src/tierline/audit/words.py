"""Words as the full-text index knows them: in lower case, a sign each in scripts that write no spaces."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# Thai and Lao, Burmese, Khmer, kana, Han: blocks of scripts without spaces between words (UAX #29, section 4, leaves them to dictionaries).
_UNSPACED = (
    r"\u{0e00}-\u{0eff}\u{1000}-\u{109f}\u{1780}-\u{17ff}\u{3040}-\u{30ff}\u{3400}-\u{4dbf}"
    r"\u{4e00}-\u{9fff}\u{f900}-\u{faff}\u{20000}-\u{3ffff}"
)
PATTERN = rf"[{_UNSPACED}]|[\w--[{_UNSPACED}]]+"  # in the syntax of Rust's regex
ANALYZER = "words"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, as it is indexed, and where it stands in the text: characters from `start` to before `end`."""

    word: str
    start: int
    end: int


@lru_cache(maxsize=1)
def analyzer() -> Any:
    """What cuts texts into words."""
    import tantivy

    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(PATTERN)).filter(tantivy.Filter.lowercase()).build()


def composed(text: str) -> str:
    """The text with its accents composed (NFC): one spelling of what looks the same."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def words_of(text: str) -> list[Word]:
    """The words of a composed text, in order."""
    return [Word(token.text, token.char_offset_from, token.char_offset_to) for token in analyzer().pre_tokenize(text).tokens]
