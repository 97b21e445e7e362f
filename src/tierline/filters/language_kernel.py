"""Compiled loops of language identification: windows of a text, their lid.176 features, their letter n-grams."""

# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
from __future__ import annotations

from numpy import empty, exp, float32, int8, int32, int64, uint8, uint32, uint64, zeros

from tierline.text.kernels.compiled import compiled, helper

DIMENSIONS, BUCKETS, SHORTEST, LONGEST = 16, 2_000_000, 2, 4  # those of lid176.py
GRAM_BUCKETS = 1 << 14  # of the letter n-grams
LONGEST_GRAM = 4
LONGEST_WORD = 400  # bytes; what is longer is cut, so that a page without spaces costs no more than another
FNV_START, FNV_PRIME = uint32(2166136261), uint32(16777619)


@compiled
def index_words(keys):
    """Open-addressing table (keys, rows) of 64-bit word keys."""
    size = 1
    while size < 4 * len(keys):
        size *= 2
    table, rows = zeros(size, uint64), zeros(size, int32)
    for row in range(len(keys)):
        at = int64(keys[row] & uint64(size - 1))
        while table[at] != 0:
            at = (at + 1) & (size - 1)
        table[at] = keys[row]
        rows[at] = row
    return table, rows


@compiled
def cut_windows(buffer, starts, ends, least, most):
    """(document, start, end) of consecutive windows; one closes at a line end after `least` bytes, at a space after `most`, or
    between any two characters after twice that."""
    room = 0
    for document in range(len(starts)):
        room += (ends[document] - starts[document]) // least + 2
    documents, first, last = empty(room, int64), empty(room, int64), empty(room, int64)
    count = 0
    for document in range(len(starts)):
        begin = starts[document]
        for at in range(starts[document], ends[document]):
            size = at - begin
            spaceless = size >= 2 * most and buffer[at] & 0xC0 != 0x80
            if (size >= least and buffer[at] == 10) or (size >= most and buffer[at] == 32) or spaceless:
                documents[count], first[count], last[count] = document, begin, at
                count += 1
                begin = at
        if begin < ends[document]:
            if count and documents[count - 1] == document and ends[document] - begin < least // 2:
                last[count - 1] = ends[document]  # a short rest joins the window before it
            else:
                documents[count], first[count], last[count] = document, begin, ends[document]
                count += 1
    return documents[:count], first[:count], last[:count]


@compiled
def count_marks(buffer, starts, ends):
    """(windows, 4): letters, visible characters, symbols of program code, ASCII letters; a character beyond ASCII is a letter."""
    found = zeros((len(starts), 4), int64)
    for window in range(len(starts)):
        for at in range(starts[window], ends[window]):
            byte = buffer[at]
            if byte <= 32 or byte & 0xC0 == 0x80:
                continue
            found[window, 1] += 1
            if byte >= 128 or 65 <= byte <= 90 or 97 <= byte <= 122:
                found[window, 0] += 1
                found[window, 3] += byte < 128
            elif byte >= 123 or 91 <= byte <= 96 or 59 <= byte <= 62 or byte in (35, 36, 37, 38, 42, 43, 47, 64):
                found[window, 2] += 1
    return found


@compiled
def lid_sums(buffer, starts, ends, table, rows, ngram_rows, vectors):
    """Sums of the feature vectors of each window, (windows, 16), and how many features there were, (windows,).

    Digits, white space and URLs are skipped; the rest is hashed as fastText does it: the word itself, and its 2- to 4-grams
    of characters between "<" and ">" (Bojanowski et al. 2017, section 3.2).
    """
    sums, counts = zeros((len(starts), DIMENSIONS), float32), zeros(len(starts), int64)
    word = empty(LONGEST_WORD + 8, uint8)
    mask = uint64(len(table) - 1)
    for window in range(len(starts)):
        total = zeros(DIMENSIONS, float32)
        found = 0
        at, end = starts[window], ends[window]
        while at < end:
            byte = buffer[at]
            if byte <= 32 or 48 <= byte <= 57:
                at += 1
                continue
            if starts_url(buffer, at, end):
                while at < end and buffer[at] > 32:
                    at += 1
                continue
            word[0] = 60
            size = 1
            fnv, times33 = FNV_START, uint32(5381)
            while at < end and size < LONGEST_WORD:
                byte = buffer[at]
                if byte <= 32 or 48 <= byte <= 57:
                    break
                fnv = uint32((fnv ^ uint32(int8(byte))) * FNV_PRIME)
                times33 = uint32(times33 * uint32(33) + uint32(byte))
                word[size] = byte
                size += 1
                at += 1
            word[size] = 62
            size += 1
            key = (uint64(fnv) << uint64(32)) | uint64(times33)
            slot = key & mask
            while table[slot] != 0:
                if table[slot] == key:
                    found += 1
                    for d in range(DIMENSIONS):
                        total[d] += vectors[rows[slot], d]
                    break
                slot = (slot + uint64(1)) & mask
            for first in range(size):
                if word[first] & 0xC0 == 0x80:
                    continue
                fnv = FNV_START
                reach, length = first, 0
                while reach < size and length < LONGEST:
                    length += 1
                    fnv = uint32((fnv ^ uint32(int8(word[reach]))) * FNV_PRIME)
                    reach += 1
                    while reach < size and word[reach] & 0xC0 == 0x80:
                        fnv = uint32((fnv ^ uint32(int8(word[reach]))) * FNV_PRIME)
                        reach += 1
                    if length >= SHORTEST:
                        row = ngram_rows[fnv % uint32(BUCKETS)]
                        if row >= 0:
                            found += 1
                            for d in range(DIMENSIONS):
                                total[d] += vectors[row, d]
        for d in range(DIMENSIONS):  # numba takes a second to compile an assignment of whole arrays: it formats an error message
            sums[window, d] = total[d]
        counts[window] = found
    return sums, counts


@helper
def starts_url(buffer, at, end):
    """Whether http:, https: or www. begins here."""
    if buffer[at] == 104 and at + 6 < end and buffer[at + 1] == 116 and buffer[at + 2] == 116 and buffer[at + 3] == 112:
        return buffer[at + 4] == 58 or (buffer[at + 4] == 115 and buffer[at + 5] == 58)
    return buffer[at] == 119 and at + 4 < end and buffer[at + 1] == 119 and buffer[at + 2] == 119 and buffer[at + 3] == 46


@compiled
def lid_probabilities(sums, counts, end_of_line, nodes, left, right):
    """Probability of every language, (texts, languages), from summed features and the vector that fastText adds for a line's end."""
    languages = len(nodes)
    inner = 2 * languages - 1
    out = empty((len(counts), languages), float32)
    reached = empty(inner, float32)
    for text in range(len(counts)):
        scale = float32(1) / float32(counts[text] + 1)
        reached[inner - 1] = 1
        for node in range(inner - 1, languages - 1, -1):
            value = float32(0)
            for d in range(DIMENSIONS):
                value += nodes[node - languages, d] * (sums[text, d] + end_of_line[d])
            share = float32(1) / (float32(1) + exp(-value * scale))
            reached[left[node]] = reached[node] * (float32(1) - share)
            reached[right[node]] = reached[node] * share
        for language in range(languages):
            out[text, language] = reached[language]
    return out


@helper
def gram_buckets(buffer, start, end, out):
    """Writes the hash buckets of the 1- to 4-grams of letters, words padded by one space each side; returns how many there are.

    Letters are ASCII letters and every character beyond ASCII but general punctuation (U+2000 to U+207F).
    """
    word = empty(LONGEST_WORD + 8, uint8)
    at, count = start, 0
    while at < end:
        if not _is_letter(buffer, at, end):
            at += 3 if buffer[at] == 0xE2 else 1
            continue
        word[0] = 32
        size = 1
        while at < end and size < LONGEST_WORD and _is_letter(buffer, at, end):
            word[size] = buffer[at]
            size += 1
            at += 1
        word[size] = 32
        size += 1
        for first in range(size):
            if word[first] & 0xC0 == 0x80:
                continue
            fnv = FNV_START
            reach, length = first, 0
            while reach < size and length < LONGEST_GRAM:
                length += 1
                fnv = uint32((fnv ^ uint32(word[reach])) * FNV_PRIME)
                reach += 1
                while reach < size and word[reach] & 0xC0 == 0x80:
                    fnv = uint32((fnv ^ uint32(word[reach])) * FNV_PRIME)
                    reach += 1
                if (length > 1 or word[first] != 32) and count < len(out):
                    out[count] = (fnv ^ (fnv >> uint32(14))) & uint32(GRAM_BUCKETS - 1)
                    count += 1
    return count


@helper
def _is_letter(buffer, at, end):
    byte = buffer[at]
    if byte < 128:
        return 65 <= byte <= 90 or 97 <= byte <= 122
    return not (byte == 0xE2 and at + 1 < end and (buffer[at + 1] == 0x80 or buffer[at + 1] == 0x81))


@compiled
def gram_costs(buffer, starts, ends, costs):
    """Summed costs of each text under each class, (texts, classes), and its number of n-grams, (texts,)."""
    classes = costs.shape[1]
    sums, counts = zeros((len(starts), classes), int32), zeros(len(starts), int64)
    longest = int64(0)
    for text in range(len(starts)):
        longest = max(longest, ends[text] - starts[text])
    buckets = empty(LONGEST_GRAM * (2 * longest + 8), uint32)
    for text in range(len(starts)):
        counts[text] = gram_buckets(buffer, starts[text], ends[text], buckets)
        for gram in range(counts[text]):
            row = costs[buckets[gram]]
            for one in range(classes):
                sums[text, one] += row[one]
    return sums, counts


@compiled
def count_grams(buffer):
    """How often each bucket occurs in one text, (buckets,): what training counts."""
    out = zeros(GRAM_BUCKETS, int64)
    buckets = empty(LONGEST_GRAM * (2 * len(buffer) + 8), uint32)
    for gram in range(gram_buckets(buffer, int64(0), len(buffer), buckets)):
        out[buckets[gram]] += 1
    return out
