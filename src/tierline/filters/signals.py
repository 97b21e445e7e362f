"""The numbers behind the L1 rules, computed once for each document so that a threshold can change without the text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.filters.profanity import Profanity
from tierline.tables import L1_SIGNALS, TABLES
from tierline.text.words import UNSPACED_SHARE, Hashes, Longs, WordBatch, split_batch

BOILERPLATE = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")  # C4, section 2.2
Numbers = npt.NDArray[np.float64]

# Rae et al. 2021, A.1.1, for English; for other languages the most common function words serve the same purpose.
STOP_WORDS: dict[str, tuple[str, ...]] = {
    "en": ("the", "be", "to", "of", "and", "that", "have", "with"),
    "de": ("der", "die", "und", "in", "den", "von", "zu", "das", "mit", "ist"),
    "fr": ("de", "la", "le", "et", "les", "des", "en", "un", "une", "que", "est"),
    "es": ("de", "la", "que", "el", "en", "y", "los", "se", "del", "las", "un", "una"),
    "it": ("di", "e", "il", "la", "che", "in", "un", "per", "del", "una", "con", "è"),
    "pt": ("de", "a", "o", "que", "e", "do", "da", "em", "um", "para", "com", "uma"),
    "nl": ("de", "van", "het", "een", "en", "in", "is", "dat", "op", "te"),
    "pl": ("i", "w", "na", "z", "się", "do", "nie", "że", "jest", "o"),
    "ru": ("и", "в", "не", "на", "с", "что", "как", "по", "это", "из"),
}
_ROWS = {language: row for row, language in enumerate(STOP_WORDS)}
_SLOTS = 64  # of each language's table of stop words: a power of two, far more than words


def split_documents(texts: Sequence[str], languages: Sequence[str]) -> WordBatch:
    """The words, lines and paragraphs of a batch, with the stop words of each document's language counted."""
    return split_batch(texts, _stop_tables(), np.array([_ROWS.get(language, -1) for language in languages], np.int64))


def signals(batch: WordBatch, languages: Sequence[str], profanity: Profanity) -> dict[str, pa.Array]:
    """Every name of L1_SIGNALS with its values, one per text; counts are numbers too, shares are in [0, 1].

    Repetition after Rae et al. 2021 (Gopher), table A1: of lines and paragraphs the share that repeats an earlier one, of
    2- to 4-grams the characters in the most frequent one, of 5- to 10-grams the characters in any that occurred before.
    `stop_word_count` is null for a language without a list.
    """
    from tierline.text.kernels import scan

    counts = batch.counts
    words, wordy, lines = counts[:, scan.WORDS], counts[:, scan.WORDY_WORDS], counts[:, scan.LINES]
    spare = counts[:, scan.SPARE_WORDS]
    short = np.where(batch.unspaced_share < UNSPACED_SHARE, counts[:, scan.SHORT_LINES], counts[:, scan.VERY_SHORT_LINES])
    found: dict[str, Numbers] = {
        "word_count": wordy - spare,
        "mean_word_length": _share(counts[:, scan.WORDY_CHARACTERS], wordy),
        "symbol_word_ratio": _share(np.maximum(counts[:, scan.HASH_SIGNS], counts[:, scan.ELLIPSES]), words),
        "bullet_line_share": _share(counts[:, scan.BULLET_LINES], lines),
        "ellipsis_line_share": _share(counts[:, scan.ELLIPSIS_LINES], lines),
        "alphabetic_word_share": _share(counts[:, scan.WORDS_WITH_LETTERS], words),
        "stop_word_count": counts[:, scan.STOP_WORDS],
        "sentence_count": counts[:, scan.SENTENCES],
        "terminal_punctuation_line_share": _share(counts[:, scan.TERMINAL_LINES], lines),
        "short_line_share": _share(short, lines),
        "newline_word_ratio": _share(counts[:, scan.NEWLINES], words - spare),
        "curly_brace_count": counts[:, scan.CURLY_BRACES],
        "lorem_ipsum_count": np.array([text.count("lorem ipsum") for text in batch.lowered], np.float64),
        "boilerplate_phrase_count": np.array([sum(map(text.count, boilerplate_in(text))) for text in batch.lowered], np.float64),
        "profane_word_share": _share(profanity.counts, words - spare),
        "profane_word_count": profanity.counts,
        "toxicity": profanity.toxicity,
        **_repetition(batch),
    }
    arrays = {name: pa.array(found[name], pa.float64()) for name in L1_SIGNALS}
    arrays["stop_word_count"] = pa.array(found["stop_word_count"], mask=np.array([language not in _ROWS for language in languages], bool))
    return arrays


def boilerplate_in(lowered: str) -> tuple[str, ...]:
    """The boilerplate phrases that a text may contain: none for most texts, decided by three words of which all phrases are made."""
    return BOILERPLATE if "cookie" in lowered or "terms of use" in lowered or "privacy policy" in lowered else ()


def signal_table(doc_ids: Sequence[str], columns: dict[str, pa.Array]) -> pa.Table:
    """Rows of `l1_signals`."""
    schema = pa.schema(TABLES["l1_signals"].columns)
    return pa.table([pa.array(list(doc_ids), pa.string()), *(columns[name] for name in schema.names[1:])], schema=schema)


def _repetition(batch: WordBatch) -> dict[str, Numbers]:
    from tierline.text.kernels import scan
    from tierline.text.kernels.repetition import LARGEST, LARGEST_TOP, repeated_ngrams, repeated_parts

    characters, newlines = batch.counts[:, scan.CHARACTERS], batch.counts[:, scan.NEWLINES]
    found: dict[str, Numbers] = {}
    for unit, runs in (("line", batch.lines), ("paragraph", batch.paragraphs)):
        repeated = repeated_parts(*runs.arrays)
        found[f"duplicate_{unit}_share"] = _share(repeated[:, 0], np.diff(runs.offsets).astype(np.float64))
        found[f"duplicate_{unit}_char_share"] = _share(repeated[:, 1], characters)
        if unit == "line":
            found["duplicate_line_text_share"] = _share(repeated[:, 1], characters - newlines)
    joints = (batch.unspaced_share < UNSPACED_SHARE).astype(np.int64)  # characters between the words of an n-gram
    ngrams = repeated_ngrams(*batch.words.arrays, joints, batch.parts)
    for size in range(2, LARGEST + 1):
        name = f"top_{size}gram_char_share" if size <= LARGEST_TOP else f"duplicate_{size}gram_char_share"
        found[name] = _share(ngrams[:, size - 2], characters)
    return found


def _share(part: Numbers, whole: Numbers) -> Numbers:
    return part / np.maximum(1.0, whole)


@cache
def _stop_tables() -> tuple[Hashes, Longs]:
    """Hashes and bits, each of shape (languages, _SLOTS): an open-addressed table a language; a word's bit is 0 if it is none."""
    from tierline.text.kernels.scan import hash_bytes

    keys, bits = np.zeros((len(STOP_WORDS), _SLOTS), np.uint64), np.zeros((len(STOP_WORDS), _SLOTS), np.int64)
    for row, words in enumerate(STOP_WORDS.values()):
        for number, word in enumerate(words):
            data = np.frombuffer(word.encode(), np.uint8)
            value = int(hash_bytes(data, 0, len(data)))
            slot = value & (_SLOTS - 1)
            while bits[row, slot]:
                slot = (slot + 1) & (_SLOTS - 1)
            keys[row, slot], bits[row, slot] = value, 1 << number
    return keys, bits
