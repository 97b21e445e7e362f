"""The L1 rules: each a bound on one signal, with the paper its threshold comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tierline.filters.signals import STOP_WORDS


@dataclass(frozen=True, slots=True)
class FilterRules:
    """Thresholds of L1. Gopher: Rae et al. 2021 (arXiv 2112.11446), A.1.1 and table A1. C4: Raffel et al. 2020 (JMLR 21/140),
    section 2.2. FineWeb: Penedo et al. 2024 (arXiv 2406.17557), section 3.6, values as in its published pipeline."""

    SECTION: ClassVar[str] = "l1.filter"
    language_confidence_min: float = 0.65  # FineWeb, section 3.3
    languages: tuple[str, ...] = ()  # ISO 639 codes to keep; none listed: all
    words_min: float = 50  # Gopher
    words_max: float = 100_000  # Gopher
    mean_word_length_min: float = 3  # Gopher; not for unspaced scripts
    mean_word_length_max: float = 10  # Gopher
    symbol_word_ratio_max: float = 0.1  # Gopher: "#" and ellipses
    bullet_lines_max: float = 0.9  # Gopher
    ellipsis_lines_max: float = 0.3  # Gopher
    alphabetic_words_min: float = 0.8  # Gopher
    stop_words_min: float = 2  # Gopher; languages without a list of their own are not judged by it
    duplicate_lines_max: float = 0.3  # Gopher, table A1, as all that follow
    duplicate_paragraphs_max: float = 0.3
    duplicate_line_chars_max: float = 0.2
    duplicate_paragraph_chars_max: float = 0.2
    top_2gram_max: float = 0.20
    top_3gram_max: float = 0.18
    top_4gram_max: float = 0.16
    duplicate_5gram_max: float = 0.15
    duplicate_6gram_max: float = 0.14
    duplicate_7gram_max: float = 0.13
    duplicate_8gram_max: float = 0.12
    duplicate_9gram_max: float = 0.11
    duplicate_10gram_max: float = 0.10
    sentences_min: float = 5  # C4
    curly_braces_max: float = 0  # C4
    lorem_ipsum_max: float = 0  # C4
    punctuated_lines_min: float = 0.12  # FineWeb
    short_lines_max: float = 0.67  # FineWeb: lines of at most 30 characters
    newlines_per_word_max: float = 0.3  # FineWeb
    profane_words_max: float = 0.02  # our own: one word in fifty; a single word, or a word about vulgarity, removes nothing
    profane_count_min: float = 3  # our own: below this count the share says nothing


@dataclass(frozen=True, slots=True)
class Rule:
    """A named bound: the document is dropped where the signal is below `minimum` or above `maximum`."""

    name: str
    signal: str
    minimum: float | None = None
    maximum: float | None = None

    def broken_by(self, value: float) -> float | None:
        """The bound that the value breaks, or None."""
        if self.minimum is not None and value < self.minimum:
            return self.minimum
        if self.maximum is not None and value > self.maximum:
            return self.maximum
        return None


def first_broken(signals: Mapping[str, float], language: str, unspaced: bool, rules: FilterRules) -> tuple[Rule, float] | None:
    """The first rule, in published order, that the document breaks, and the bound it breaks."""
    for rule in _ordered(rules):
        if rule.signal == "stop_word_count" and language not in STOP_WORDS:
            continue
        if unspaced and rule.signal in ("mean_word_length", "alphabetic_word_share"):
            continue
        if rule.signal == "profane_word_share" and signals["profane_word_count"] < rules.profane_count_min:
            continue
        threshold = rule.broken_by(signals[rule.signal])
        if threshold is not None:
            return rule, threshold
    return None


def _ordered(rules: FilterRules) -> tuple[Rule, ...]:
    return (
        Rule("gopher:too_short", "word_count", minimum=rules.words_min),
        Rule("gopher:too_long", "word_count", maximum=rules.words_max),
        Rule("c4:lorem_ipsum", "lorem_ipsum_count", maximum=rules.lorem_ipsum_max),
        Rule("c4:curly_brace", "curly_brace_count", maximum=rules.curly_braces_max),
        Rule("gopher:word_length_low", "mean_word_length", minimum=rules.mean_word_length_min),
        Rule("gopher:word_length_high", "mean_word_length", maximum=rules.mean_word_length_max),
        Rule("gopher:symbols", "symbol_word_ratio", maximum=rules.symbol_word_ratio_max),
        Rule("gopher:bullets", "bullet_line_share", maximum=rules.bullet_lines_max),
        Rule("gopher:ellipses", "ellipsis_line_share", maximum=rules.ellipsis_lines_max),
        Rule("gopher:alphabetic", "alphabetic_word_share", minimum=rules.alphabetic_words_min),
        Rule("gopher:stop_words", "stop_word_count", minimum=rules.stop_words_min),
        Rule("gopher:duplicate_lines", "duplicate_line_share", maximum=rules.duplicate_lines_max),
        Rule("gopher:duplicate_paragraphs", "duplicate_paragraph_share", maximum=rules.duplicate_paragraphs_max),
        Rule("gopher:duplicate_line_chars", "duplicate_line_char_share", maximum=rules.duplicate_line_chars_max),
        Rule("gopher:duplicate_paragraph_chars", "duplicate_paragraph_char_share", maximum=rules.duplicate_paragraph_chars_max),
        Rule("gopher:top_2gram", "top_2gram_char_share", maximum=rules.top_2gram_max),
        Rule("gopher:top_3gram", "top_3gram_char_share", maximum=rules.top_3gram_max),
        Rule("gopher:top_4gram", "top_4gram_char_share", maximum=rules.top_4gram_max),
        Rule("gopher:duplicate_5gram", "duplicate_5gram_char_share", maximum=rules.duplicate_5gram_max),
        Rule("gopher:duplicate_6gram", "duplicate_6gram_char_share", maximum=rules.duplicate_6gram_max),
        Rule("gopher:duplicate_7gram", "duplicate_7gram_char_share", maximum=rules.duplicate_7gram_max),
        Rule("gopher:duplicate_8gram", "duplicate_8gram_char_share", maximum=rules.duplicate_8gram_max),
        Rule("gopher:duplicate_9gram", "duplicate_9gram_char_share", maximum=rules.duplicate_9gram_max),
        Rule("gopher:duplicate_10gram", "duplicate_10gram_char_share", maximum=rules.duplicate_10gram_max),
        Rule("c4:sentences", "sentence_count", minimum=rules.sentences_min),
        Rule("fineweb:punctuated_lines", "terminal_punctuation_line_share", minimum=rules.punctuated_lines_min),
        Rule("fineweb:short_lines", "short_line_share", maximum=rules.short_lines_max),
        Rule("fineweb:newlines", "newline_word_ratio", maximum=rules.newlines_per_word_max),
        Rule("profanity", "profane_word_share", maximum=rules.profane_words_max),
    )
