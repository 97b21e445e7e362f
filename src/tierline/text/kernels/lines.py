"""Finds lines and paragraphs in one pass over the bytes of a batch: hashes, lengths, and the counts of the line rules."""

from __future__ import annotations

from tierline.text.kernels.characters import BULLET, CLOSING, SPACE, TERMINAL, WIDE_END, WORDY
from tierline.text.kernels.compiled import compiled, helper
from tierline.text.kernels.scan import (
    BULLET_LINES,
    CHARACTERS,
    CURLY_BRACES,
    ELLIPSES,
    ELLIPSIS_LINES,
    FNV_BASIS,
    FNV_PRIME,
    HASH_SIGNS,
    LINES,
    NEWLINES,
    SENTENCES,
    SHORT_LINES,
    TERMINAL_LINES,
    VERY_SHORT_LINES,
    Bytes,
    Counts,
    Hashes,
    Ints,
    Longs,
    decode,
    hash_bytes,
)

SHORT_LINE, VERY_SHORT_LINE = 30, 10  # characters; the second is the first for scripts that write a word in two characters
LINE_WORDS, LONGEST_WORD = 3, 1000  # C4 (Raffel et al. 2020, section 2.2, and its published code): which lines hold sentences
NEWLINE, FULL_STOP, ELLIPSIS, HASH_SIGN, CURLY_BRACE, BRACKETS = 0x0A, 0x2E, 0x2026, 0x23, 0x7B, (0x29, 0x5D)


@helper
def measure_line(data: Bytes, start: int, end: int, table: Bytes, count: Counts) -> int:
    """Add one line to the counts; returns its length in characters, 0 if it is blank."""
    length, first, last, first_kind, last_kind, dots = 0, 0, 0, 0, 0, 0
    words, run, longest = 0, 0, 0
    index = start
    while index < end:
        code, index = decode(data, index)
        kind = table[code] if code < len(table) else 0
        length += 1
        if kind & SPACE:
            run = 0
            continue
        words += run == 0
        run += 1
        longest = max(longest, run)
        if not first:
            first, first_kind = code, kind
        last, last_kind = code, kind
        dots = dots + 1 if code == FULL_STOP else 0
        count[ELLIPSES] += code == ELLIPSIS or (code == FULL_STOP and dots % 3 == 0)
        count[HASH_SIGNS] += code == HASH_SIGN
        count[CURLY_BRACES] += code == CURLY_BRACE
    count[CHARACTERS] += length
    if not first:
        return 0
    trails_off = last == ELLIPSIS or dots >= 3
    count[LINES] += 1
    count[BULLET_LINES] += (first_kind & BULLET) > 0
    count[ELLIPSIS_LINES] += trails_off
    count[TERMINAL_LINES] += (last_kind & TERMINAL) > 0
    count[SHORT_LINES] += length <= SHORT_LINE
    count[VERY_SHORT_LINES] += length <= VERY_SHORT_LINE
    closed = (last_kind & (TERMINAL | CLOSING)) > 0 and last not in BRACKETS and not trails_off
    if closed and longest <= LONGEST_WORD and (words >= LINE_WORDS or (last_kind & WIDE_END) > 0):
        count[SENTENCES] += sentences(data, start, end, table)
    return length


@helper
def sentences(data: Bytes, start: int, end: int, table: Bytes) -> int:
    """Sentences of a line: each run of sentence ends before white space, a quote or the end; a rest after the last one counts as one."""
    found, ending, rest = 0, 0, False  # ending: 1 a sentence may have ended, 2 it has, whatever follows
    index = start
    while index < end:
        code, index = decode(data, index)
        kind = table[code] if code < len(table) else 0
        if kind & TERMINAL:
            if rest:
                ending = 2 if kind & WIDE_END else max(ending, 1)
            continue
        if ending == 2 or (ending == 1 and kind & (SPACE | CLOSING)):
            found, rest = found + 1, False
        ending = 0
        rest = rest or (kind & WORDY) > 0
    return found + rest


@compiled
def scan_lines(
    data: Bytes,
    offsets: Longs,
    table: Bytes,
    counts: Counts,
    line_hashes: Hashes,
    line_lengths: Ints,
    line_offsets: Longs,
    paragraph_hashes: Hashes,
    paragraph_lengths: Ints,
    paragraph_offsets: Longs,
) -> None:
    """Fill the arrays from `counts` on for n lower-cased UTF-8 texts. Blank lines do not count; they separate
    paragraphs, whose length counts the line breaks within."""
    lines = paragraphs = 0
    for document in range(len(offsets) - 1):
        count = counts[document]
        start, end = offsets[document], offsets[document + 1]
        paragraph_hash, paragraph_length = FNV_BASIS, 0
        while start <= end:
            stop = start
            while stop < end and data[stop] != NEWLINE:
                stop += 1
            length = measure_line(data, start, stop, table, count)
            if length:
                line_hashes[lines], line_lengths[lines] = hash_bytes(data, start, stop), length
                paragraph_hash = (paragraph_hash ^ line_hashes[lines]) * FNV_PRIME
                paragraph_length += length + (paragraph_length > 0)
                lines += 1
            if paragraph_length and (not length or stop == end):
                paragraph_hashes[paragraphs], paragraph_lengths[paragraphs] = paragraph_hash, paragraph_length
                paragraphs += 1
                paragraph_hash, paragraph_length = FNV_BASIS, 0
            if stop < end:
                count[NEWLINES] += 1
                count[CHARACTERS] += 1
            start = stop + 1
        line_offsets[document + 1] = lines
        paragraph_offsets[document + 1] = paragraphs
