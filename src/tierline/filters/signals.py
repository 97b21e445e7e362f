"""The numbers that the L1 rules look at, computed once for each document so that a threshold can change without the text."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from tierline.document import L1_SIGNALS
from tierline.filters.profanity import profane_words
from tierline.words import Words, ngram_hashes

BULLETS = ("•", "‣", "▶", "◀", "◦", "■", "□", "▪", "–", "-", "*")
ELLIPSES = ("...", "…")
TERMINAL = (".", "!", "?", '"', "'", "”", "’", "»", "。", "！", "？", "」", "』", "…", "।", "؟", ":", ";", ")")
SENTENCE_END = re.compile(r"[.!?।؟]+(?=[\s\"'”’»)]|$)|[。！？]+")
PARAGRAPH_BREAK = re.compile(r"\n{2,}")
SHORT_LINE = 30  # characters (FineWeb, Penedo et al. 2024, section 3.6)
BOILERPLATE = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")  # C4, section 2.2
ALPHABETIC = re.compile(r"[^\W\d_]")

# Rae et al. 2021, A.1.1, for English; for other languages the commonest function words serve the same end.
STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(["the", "be", "to", "of", "and", "that", "have", "with"]),
    "de": frozenset(["der", "die", "und", "in", "den", "von", "zu", "das", "mit", "ist"]),
    "fr": frozenset(["de", "la", "le", "et", "les", "des", "en", "un", "une", "que", "est"]),
    "es": frozenset(["de", "la", "que", "el", "en", "y", "los", "se", "del", "las", "un", "una"]),
    "it": frozenset(["di", "e", "il", "la", "che", "in", "un", "per", "del", "una", "con", "è"]),
    "pt": frozenset(["de", "a", "o", "que", "e", "do", "da", "em", "um", "para", "com", "uma"]),
    "nl": frozenset(["de", "van", "het", "een", "en", "in", "is", "dat", "op", "te"]),
    "pl": frozenset(["i", "w", "na", "z", "się", "do", "nie", "że", "jest", "o"]),
    "ru": frozenset(["и", "в", "не", "на", "с", "что", "как", "по", "это", "из"]),
}


def signals(text: str, words: Words, language: str) -> dict[str, float]:
    """Every name of L1_SIGNALS with its value; counts are numbers too, shares are in [0, 1].

    Repetition after Rae et al. 2021 (Gopher), table A1: of lines and paragraphs the share that repeats an earlier one, of
    2- to 4-grams the characters in the most frequent one, of 5- to 10-grams the characters in any that occurred before.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    paragraphs = [part.strip() for part in PARAGRAPH_BREAK.split(text) if part.strip()]
    count = max(1, len(words.words))
    lowered = text.lower()
    profane = profane_words(lowered, words.words)
    found = {
        "word_count": words.count,
        "mean_word_length": float(words.lengths.mean()) if len(words.words) else 0.0,
        "symbol_word_ratio": (text.count("#") + text.count("...") + text.count("…")) / count,
        "bullet_line_share": _share(lines, lambda line: line.startswith(BULLETS)),
        "ellipsis_line_share": _share(lines, lambda line: line.endswith(ELLIPSES)),
        "alphabetic_word_share": sum(1 for word in words.words if ALPHABETIC.search(word)) / count,
        "stop_word_count": float(sum(1 for word in words.words if word.strip(".,;:!?\"'()") in STOP_WORDS.get(language, ()))),
        "sentence_count": float(len(SENTENCE_END.findall(text))),
        "terminal_punctuation_line_share": _share(lines, lambda line: line.endswith(TERMINAL)),
        "short_line_share": _share(lines, lambda line: len(line) <= (SHORT_LINE if words.unspaced_share < 0.5 else SHORT_LINE // 3)),
        "newline_word_ratio": text.count("\n") / max(1.0, words.count),
        "curly_brace_count": float(text.count("{")),
        "lorem_ipsum_count": float(lowered.count("lorem ipsum")),
        "boilerplate_phrase_count": float(sum(lowered.count(phrase) for phrase in BOILERPLATE)),
        "profane_word_share": profane / count,
        "profane_word_count": float(profane),
        **_repeats("line", lines),
        **_repeats("paragraph", paragraphs),
        **_ngrams(words),
    }
    return {name: float(found[name]) for name in L1_SIGNALS}


def _share(lines: list[str], test) -> float:  # pyright: ignore[reportMissingParameterType]
    return sum(1 for line in lines if test(line)) / len(lines) if lines else 0.0


def _repeats(unit: str, parts: list[str]) -> dict[str, float]:
    counts = Counter(parts)
    repeated = len(parts) - len(counts)
    characters = sum(len(part) * (number - 1) for part, number in counts.items())
    return {
        f"duplicate_{unit}_share": repeated / max(1, len(parts)),
        f"duplicate_{unit}_char_share": characters / max(1, sum(map(len, parts))),
    }


def _ngrams(words: Words) -> dict[str, float]:
    characters = max(1, int(words.lengths.sum()))
    ends = np.concatenate([[0], np.cumsum(words.lengths)])
    found: dict[str, float] = {}
    for size in range(2, 11):
        hashes = ngram_hashes(words.hashes, size)
        name = f"top_{size}gram_char_share" if size < 5 else f"duplicate_{size}gram_char_share"
        if not len(hashes):
            found[name] = 0.0
            continue
        _, first, inverse, counts = np.unique(hashes, return_index=True, return_inverse=True, return_counts=True)
        if size < 5:
            top = int(counts.argmax())
            length = int(ends[first[top] + size] - ends[first[top]])
            found[name] = length * int(counts[top]) / characters if counts[top] > 1 else 0.0
        else:
            again = np.flatnonzero(first[inverse] != np.arange(len(hashes)))  # every occurrence but the first
            change = np.zeros(len(words.words) + 1, np.int64)
            np.add.at(change, again, 1)
            np.add.at(change, again + size, -1)
            found[name] = float(words.lengths[np.cumsum(change[:-1]) > 0].sum()) / characters
    return found
