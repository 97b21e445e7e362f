"""Finds words in one pass over the bytes of a batch: a hash and a length of each, and the counts that the rules use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tierline.text.kernels.characters import LETTER, LONG_WORD, SPACE, UNSPACED, WORDY
from tierline.text.kernels.compiled import ZERO, compiled, helper

Bytes = npt.NDArray[np.uint8]
Kinds = npt.NDArray[np.uint16]  # kernels/characters.py
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.float64]

# Columns of the counts of one document: those of its words, then those of its lines (kernels/lines.py).
CHARACTERS, WORDS, WORDS_WITH_LETTERS, WORDY_WORDS, WORDY_CHARACTERS, UNSPACED_WORDS, STOP_WORDS = range(7)
HASH_SIGNS, ELLIPSES, CURLY_BRACES, NEWLINES, LINES, BULLET_LINES, ELLIPSIS_LINES, TERMINAL_LINES = range(7, 15)
SHORT_LINES, VERY_SHORT_LINES, SENTENCES, SPARE_WORDS = range(15, 19)  # spare: characters of unspaced scripts beyond one a word
COUNTS = 19
FNV_BASIS, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)
_ONE_SPACE = 0x20


@helper
def decode(data: Bytes, index: int) -> tuple[int, int]:
    """(code point, index of the next one) of valid UTF-8."""
    code = int(np.int64(data[index]))
    if code < 0x80:
        return code, index + 1
    if code < 0xE0:
        return (code & 0x1F) << 6 | (data[index + 1] & 0x3F), index + 2
    if code < 0xF0:
        return (code & 0x0F) << 12 | np.int64(data[index + 1] & 0x3F) << 6 | (data[index + 2] & 0x3F), index + 3
    tail = np.int64(data[index + 1] & 0x3F) << 12 | np.int64(data[index + 2] & 0x3F) << 6 | (data[index + 3] & 0x3F)
    return (code & 0x07) << 18 | tail, index + 4


@helper
def mix(value: np.uint64) -> np.uint64:
    """Spread a hash over all 64 bits (the finalizer of splitmix64; Steele, Lea and Flood 2014)."""
    value = (value ^ (value >> _S30)) * _MIX_1
    value = (value ^ (value >> _S27)) * _MIX_2
    return value ^ (value >> _S31)


@compiled
def hash_bytes(data: Bytes, start: int, end: int) -> np.uint64:
    """FNV-1a of a run of bytes, mixed: the hash of words and lines."""
    value = FNV_BASIS
    for index in range(start, end):
        value = (value ^ np.uint64(data[index])) * FNV_PRIME
    return mix(value)


@helper
def stop_bit(value: np.uint64, keys: Hashes, bits: Longs) -> int:
    """The bit of a stop word in its language's open-addressed table, 0 for any other word."""
    slot = np.int64(value & np.uint64(len(keys) - 1))
    while bits[slot]:
        if keys[slot] == value:
            return bits[slot]
        slot = (slot + 1) & (len(keys) - 1)
    return 0


@helper
def append_word(data: Bytes, start: int, end: int, normal: Bytes, written: int, first: bool) -> int:
    """Append a word, with a space before it unless it is the first; returns the new end."""
    if not first:
        normal[written] = _ONE_SPACE
        written += 1
    for byte in range(start, end):
        normal[written] = data[byte]
        written += 1
    return written


@helper
def next_word(data: Bytes, index: int, end: int, table: Kinds) -> tuple[int, int, int, int, int, bool, int]:
    """(start, end, start and end without the signs at its edges, characters, letters?, how many such words are one
    word of an unspaced script, 0 for other scripts) of the next word.

    Start is `end` where there is none. Without a letter or digit the inner start is -1.
    """
    code, after, kind = 0, index, 0
    while index < end:
        code, after = decode(data, index)
        kind = table[code] if code < len(table) else 0
        if not kind & SPACE:
            break
        index = after
    start, inner_start, inner_end, characters, letters = index, -1, -1, 0, False
    if index < end and kind & UNSPACED:
        return start, after, start if kind & WORDY else -1, after, 1, (kind & LETTER) > 0, 4 if kind & LONG_WORD else 2
    while index < end:
        code, after = decode(data, index)
        kind = table[code] if code < len(table) else 0
        if kind & (SPACE | UNSPACED):
            break
        characters += 1
        letters = letters or (kind & LETTER) > 0
        if kind & WORDY:
            inner_start = index if inner_start < 0 else inner_start
            inner_end = after
        index = after
    return start, index, inner_start, inner_end, characters, letters, 0


@compiled
def scan_words(
    data: Bytes,
    offsets: Longs,
    table: Kinds,
    stop_keys: npt.NDArray[np.uint64],
    stop_bits: npt.NDArray[np.int64],
    languages: Longs,
    counts: Counts,
    hashes: Hashes,
    lengths: Ints,
    word_offsets: Longs,
    normal: Bytes,
    normal_offsets: Longs,
) -> None:
    """Fill the arrays from `counts` on for n lower-cased UTF-8 texts, data[offsets[i]:offsets[i + 1]] each.

    A word is a run without white space, or one character of an unspaced script. `normal` receives each text's words without
    the signs at their edges, one space between them. `languages[i]` is a row of the stop-word tables, or -1.
    """
    words, written = 0, ZERO
    for document in range(len(offsets) - 1):
        count, language, stop_words = counts[document], languages[document], 0
        index, end = offsets[document], offsets[document + 1]
        while True:
            start, index, inner_start, inner_end, characters, letters, parts = next_word(data, index, end, table)
            if start >= end:
                break
            value = hash_bytes(data, start, index)
            hashes[words], lengths[words] = value, characters
            words += 1
            count[WORDS_WITH_LETTERS] += letters
            count[UNSPACED_WORDS] += parts > 0
            if inner_start < 0:
                continue
            count[WORDY_WORDS] += 1
            count[WORDY_CHARACTERS] += characters
            if parts:
                count[SPARE_WORDS] += 1 - 1 / parts
            if language >= 0:
                inner = value if inner_end - inner_start == index - start else hash_bytes(data, inner_start, inner_end)
                stop_words |= stop_bit(inner, stop_keys[language], stop_bits[language])
            written = append_word(data, inner_start, inner_end, normal, written, written == normal_offsets[document])
        while stop_words:
            count[STOP_WORDS] += stop_words & 1
            stop_words >>= 1
        count[WORDS] = words - word_offsets[document]
        word_offsets[document + 1] = words
        normal_offsets[document + 1] = written
