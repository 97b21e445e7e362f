"""Finds lines and paragraphs in one pass over the bytes of a batch: hashes, lengths, and the counts of the line rules."""

from __future__ import annotations

from tierline.text.kernels.characters import BULLET, CLOSING, INVISIBLE, PHRASE, SPACE, TERMINAL, WIDE_END, WORDY
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
    Kinds,
    Longs,
    decode,
    hash_bytes,
)

Ranges = tuple[tuple[int, int], ...]
SHORT_LINE, VERY_SHORT_LINE = 30, 10  # characters; the second is the first for scripts that write a word in two characters
LINE_WORDS, LONGEST_WORD = 3, 1000  # C4 (Raffel et al. 2020, section 2.2, and its published code): which lines hold sentences
PHRASE_CHARACTERS = 12  # three words of a script that ends sentences with a space alone
NEWLINE, FULL_STOP, ELLIPSIS, HASH_SIGN, CURLY_BRACE, BACKTICK, TILDE, DOLLAR = 0x0A, 0x2E, 0x2026, 0x23, 0x7B, 0x60, 0x7E, 0x24
TEX = (0x5C, 0x5E, 0x5F)  # what tells a formula from a price
BACKSLASH, BEGIN, END, STYLES = 0x5C, b"begin{", b"end{", (b"\\displaystyle", b"\\textstyle")
# A vertical bar is typed for the danda, which ends sentences, behind Devanagari, Bengali, Gurmukhi, and Odia.
BAR, DANDA_SCRIPTS = 0x7C, ((0x900, 0xA7F), (0xB00, 0xB7F))
PICTURES = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF))  # emoji
HYPHEN, SEMICOLON, GREEK, BRACKETS = 0x2D, 0x3B, ((0x370, 0x3FF), (0x1F00, 0x1FFF)), (0x29, 0x5D, 0xFF09, 0x3011, 0x3015)
# Marks of a reference behind a sentence: what opens and closes it, numbers, letters that are raised, daggers.
OPENING, CLOSES = (0x5B, 0x28, 0x3010, 0x3014, 0xFF08, 0xFF3B), (0x5D, 0x29, 0x3011, 0x3015, 0xFF09, 0xFF3D)
LONGEST_REFERENCE, DIGITS_MOST = 24, 3  # bytes in brackets; digits
RAISED = ((0xB2, 0xB3), (0xB9, 0xB9), (0x2070, 0x209C), (0x1D2C, 0x1D6A), (0x2460, 0x2473))  # and circled
DAGGERS = (0x2A, 0x2020, 0x2021, 0xA7, 0x2016, 0x203B)


@helper
def measure_line(data: Bytes, start: int, end: int, whole: int, table: Kinds, count: Counts, fenced: bool, formula: int) -> tuple[int, int]:
    """Add one line of a text that ends at `whole` to the counts; returns (its length in characters, 0 if it is blank; the end of the last
    formula that began so far, of which `formula` is the one before). Braces count outside code and formulas that are marked as such."""
    length, first, last, first_kind, last_kind, dots, ticks = 0, 0, 0, 0, 0, 0, 0
    dollars, is_tex = 0, False
    words, run, longest, behind, ended = 0, 0, 0, 0, 0  # behind: where the last mark that ends sentences stops; ended: its kind
    edge, opened = -1, 0  # where a reference in brackets may begin; where an open one did
    index = start
    while index < end:
        at = index
        code, index = decode(data, index)
        kind = table[code] if code < len(table) else 0
        length += 1
        if kind & (SPACE | INVISIBLE):
            run = 0 if kind & SPACE else run
            continue
        words += run == 0
        run += 1
        longest = max(longest, run)
        if not first:
            first, first_kind = code, kind
        if kind & WORDY:
            dots = 0
        else:
            is_bar = code == BAR and first != BAR and is_within(last, DANDA_SCRIPTS)
            if kind & TERMINAL or is_bar or (code == SEMICOLON and is_within(last, GREEK)):
                kind |= TERMINAL
                if not opened or index - opened > LONGEST_REFERENCE:
                    behind, edge, ended, opened = index, index, kind, 0
            elif at == edge and code in OPENING:
                opened = index
            elif opened and code in CLOSES:
                edge, opened = index, 0
            dots = dots + 1 if code == FULL_STOP else 0
            ticks += code == BACKTICK
            count[ELLIPSES] += code == ELLIPSIS or (code == FULL_STOP and dots % 3 == 0)
            count[HASH_SIGNS] += code == HASH_SIGN
            dollars += code == DOLLAR and last != DOLLAR
            if code == DOLLAR and last == DOLLAR and at >= formula and data[at - 1] == DOLLAR:
                formula = max(formula, display_end(data, index, whole))
            is_tex = code != DOLLAR and (is_tex or code in TEX)
            if code == BACKSLASH and last != BACKSLASH and at >= formula:
                formula = max(formula, formula_end(data, index, whole))
            if code == CURLY_BRACE:
                if at >= formula and (begins(data, index, end, STYLES[0]) or begins(data, index, end, STYLES[1])):
                    formula = group_end(data, index, whole)
                is_wiki = last == HYPHEN and run > 1  # -{ }- marks a word of another script there
                is_formula = at < formula or (is_tex and dollars % 2 == 1)
                count[CURLY_BRACES] += not (fenced or ticks % 2 == 1 or is_wiki or is_formula)
            if is_bar:  # so that another one behind it ends the sentence too
                last_kind = kind
                continue
        last, last_kind = code, kind
    count[CHARACTERS] += length
    if not first:
        return 0, formula
    stop = end
    if behind and not last_kind & TERMINAL and marks_end(data, start, behind, end, table, True) == end:
        last_kind, stop = ended, behind
    trails_off = last == ELLIPSIS or dots >= 3
    is_phrase = (last_kind & PHRASE) > 0 and length >= PHRASE_CHARACTERS
    closed = is_phrase or ((last_kind & (TERMINAL | CLOSING)) > 0 and (stop < end or last not in BRACKETS) and not trails_off)
    count[LINES] += 1
    count[BULLET_LINES] += (first_kind & BULLET) > 0
    count[ELLIPSIS_LINES] += trails_off
    count[TERMINAL_LINES] += is_phrase or (last_kind & TERMINAL) > 0
    count[SHORT_LINES] += length <= SHORT_LINE
    count[VERY_SHORT_LINES] += length <= VERY_SHORT_LINE
    if closed and longest <= LONGEST_WORD and (words >= LINE_WORDS or is_phrase or (last_kind & WIDE_END) > 0):
        count[SENTENCES] += sentences(data, start, stop, table)
    return length, formula


@helper
def begins(data: Bytes, index: int, end: int, word: bytes) -> bool:
    """Whether the bytes from `index` on begin with a word."""
    same = index + len(word) <= end
    for place in range(len(word)):
        same = same and data[index + place] == word[place]
    return same


@helper
def is_blank_line(data: Bytes, index: int, end: int) -> bool:
    """Whether a paragraph ends here: TeX has no formula that goes on behind it."""
    return data[index] == NEWLINE and index + 1 < end and data[index + 1] == NEWLINE


@helper
def formula_end(data: Bytes, index: int, end: int) -> int:
    r"""Where a formula stops that a backslash before `index` begins, as \( a \), \[ a \] or \begin{} a \end{}; 0 if none does.

    A bracket that is not closed before the next of its kind begins none, so that a text is looked through only once.
    """
    if begins(data, index, end, BEGIN):
        depth = 1
        while index < end and depth and not is_blank_line(data, index, end):
            if data[index] == BACKSLASH:
                depth += begins(data, index + 1, end, BEGIN) - begins(data, index + 1, end, END)
            index += 1
        return index + len(END)
    if index >= end or data[index] not in (0x28, 0x5B):
        return 0
    opening = data[index]
    closing = 0x29 if opening == 0x28 else 0x5D
    index += 1
    while index + 1 < end and not is_blank_line(data, index, end):
        if data[index] == BACKSLASH:
            index += 1
            if data[index] == closing:
                return index
            if data[index] == opening:
                return 0
        index += 1
    return 0


@helper
def display_end(data: Bytes, index: int, end: int) -> int:
    """Where a formula stops whose two dollar signs are before `index`; 0 if no other two follow, or nothing between them tells it from
    prices."""
    is_tex = False
    while index + 1 < end and not is_blank_line(data, index, end):
        if data[index] == DOLLAR and data[index + 1] == DOLLAR:
            return index + 2 if is_tex else 0
        is_tex = is_tex or data[index] in TEX
        index += 1
    return 0


@helper
def group_end(data: Bytes, index: int, end: int) -> int:
    """Where the group in curly braces stops whose first brace is before `index`."""
    depth = 1
    while index < end and depth and not is_blank_line(data, index, end):
        depth += (data[index] == CURLY_BRACE) - (data[index] == 0x7D)
        index += 1
    return index


@helper
def is_within(code: int, ranges: Ranges) -> bool:
    """Whether a code point is in one of the ranges."""
    found = False
    for first, last in ranges:
        found = found or first <= code <= last
    return found


@helper
def marks_end(data: Bytes, start: int, behind: int, end: int, table: Kinds, spaces: bool) -> int:
    """Where the marks stop that may stand behind a sentence's end in a line from `start` to `end`, -1 if what follows it up to white
    space or `end` is more than such marks: quotes and brackets that close, invisible characters, references as [1], (a), 1, ¹, ᵃ
    or †; with `spaces` also white space.

    A bare number or letter is a reference only behind a mark that follows two letters: not in 3.5, U.S.A or v.2.
    """
    index = behind
    while index < end:
        code, after = decode(data, index)
        kind = table[code] if code < len(table) else 0
        if kind & SPACE and not spaces:
            return index
        if code in OPENING:
            while after < end and after - index <= LONGEST_REFERENCE + 1 and code not in CLOSES:
                code, after = decode(data, after)
            if code not in CLOSES:
                return -1
            index = after
        elif kind & (SPACE | CLOSING | INVISIBLE | TERMINAL) or code in DAGGERS or is_within(code, RAISED) or is_within(code, PICTURES):
            index = after
        elif is_bare_reference(data, start, behind, index, end):
            at = index
            while index < end and 0x30 <= data[index] <= 0x39:
                index += 1
            if index == at:
                index += 1
            if index - at > DIGITS_MOST:
                return -1
        elif index > behind and data[index - 1] > 0x20 and code in (0x2C, 0x3A, 0x2D, 0x2013):  # between numbers, as in 1,2 and [1]:23
            index = after
        else:
            return -1
    return index


@helper
def is_bare_reference(data: Bytes, start: int, behind: int, index: int, end: int) -> bool:
    """Whether an ASCII digit or letter is one: letters stand alone, and two letters stand before the mark that ends the sentence.

    Only the line from `start` to `end` is looked at: other texts of the batch stand around it.
    """
    byte = data[index]
    is_digit = 0x30 <= byte <= 0x39
    if not is_digit and not (0x61 <= byte <= 0x7A and (index + 1 == end or data[index + 1] <= 0x20)):
        return False
    if index > behind and is_digit:
        return data[index - 1] > 0x20
    if data[behind - 1] != FULL_STOP:
        return is_digit
    return behind - start >= 3 and is_letter(data[behind - 2]) and is_letter(data[behind - 3])


@helper
def is_letter(byte: int) -> bool:
    """Of ASCII, or a byte of a character beyond it."""
    return byte >= 0x80 or 0x61 <= byte <= 0x7A


@helper
def sentences(data: Bytes, start: int, end: int, table: Kinds) -> int:
    """Sentences of a line: each run of sentence ends before white space, a quote, a reference or the end, each space between two words of a
    script that ends sentences so; a rest after the last one counts as one."""
    found, ending, rest, last = 0, 0, False, 0  # ending: 1 a sentence may have ended, 2 it has, whatever follows
    is_phrase, parted = False, False  # whether the last character was of such a script, and whether a space came behind it
    gaps, within = 0, False  # between the words since the last end; whether the last character was of a word
    index = start
    while index < end:
        at = index
        code, index = decode(data, index)
        kind = table[code] if code < len(table) else 0
        is_bar = code == BAR and is_within(last, DANDA_SCRIPTS)
        if kind & TERMINAL or is_bar or (code == SEMICOLON and is_within(last, GREEK)):
            if rest:
                is_sure = kind & WIDE_END or code == SEMICOLON or (is_bar and gaps >= LINE_WORDS - 1)  # fewer words are a cell
                ending = 2 if is_sure else max(ending, 1)
            gaps = 0 if is_bar else gaps
            last = last if is_bar else code
            continue
        last = last if kind & SPACE and is_within(last, DANDA_SCRIPTS) else code
        if ending:
            after = at if kind & SPACE else marks_end(data, start, at, end, table, False)
            if ending == 2 or after >= 0:
                found, rest, is_phrase, gaps, within = found + 1, False, False, 0, False
                index = after if after > at else index
            ending = 0
            if after > at:
                continue
        gaps += within and kind & SPACE > 0
        within = not kind & SPACE
        if kind & PHRASE:
            found += is_phrase and parted
            is_phrase, parted, rest = True, False, True
        elif kind & SPACE:
            parted = True
        elif not kind & INVISIBLE:
            is_phrase = False
        rest = rest or (kind & WORDY) > 0
    return found + rest


@helper
def opens_fence(data: Bytes, start: int, end: int) -> bool:
    """Whether a line begins or ends a block of code in Markdown."""
    while start < end and data[start] == 0x20:
        start += 1
    return start + 2 < end and data[start] in (BACKTICK, TILDE) and data[start] == data[start + 1] == data[start + 2]


@compiled
def scan_lines(
    data: Bytes,
    offsets: Longs,
    table: Kinds,
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
        fenced, formula = False, 0
        while start <= end:
            stop = start
            while stop < end and data[stop] != NEWLINE:
                stop += 1
            fenced ^= opens_fence(data, start, stop)
            length, formula = measure_line(data, start, stop, end, table, count, fenced, formula)
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
