"""Compiled loops over a text's surface: the shares, rhythms and repetitions that distinguish prose from lists, menus and spam."""

# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
from __future__ import annotations

from numpy import float64, int32, int64, log, log1p, sqrt, uint64, zeros

from tierline.text.kernels.compiled import helper, inlined
from tierline.text.kernels.scan import decode, mix

MAX_CHARS = 8_000  # characters of a text that are read
SPACE, LETTER, MARK, DIGIT, UPPER, CASED, LATIN, UNSPACED, TERMINAL = (1 << bit for bit in range(9))
MARK_SLOTS = 28  # punctuation signs that are counted one by one (features.py names them)
# Where the numbers of each kind begin in a row of features, in the order of features.NAMES.
CHARACTERS, MARKS, SENTENCES, LINES, WORDS, REPEATS, SPANS, JOINTS = 0, 10, 38, 49, 54, 62, 74, 76
FEATURES = 84
LONG_WORD, SHORT_WORD, SHORT_LINE, CAPITAL_RUN = 10, 4, 40, 2
SPAN_SIZES = (8, 20)  # characters; a repetition of 20 is a phrase, of 8 a word
SLOTS = 1 << 15  # of the table that counts repetitions: a power of two, over twice MAX_CHARS
_PRIME = uint64(0x9E3779B97F4A7C15)
_NEWLINE, _DOT, _BANG, _DASH, _COLON, _SLASH, _W, _ELLIPSIS = 10, 46, 33, 45, 58, 47, 119, 0x2026
_COMMAS = (44, 0x60C, 0xFF0C, 0x3001)


@helper
def read(data, start, end, table, codes, kinds):
    """Code points and kinds of at most MAX_CHARS characters, a run of white space as one; returns how many."""
    count, index = 0, start
    while index < end and count < MAX_CHARS:
        code, index = decode(data, index)
        kind = int32(table[code]) if code < len(table) else int32(0)
        if kind & SPACE:
            code = _NEWLINE if code == _NEWLINE or code == 13 else 32
            if count and kinds[count - 1] & SPACE:
                if code == _NEWLINE:
                    codes[count - 1] = code
                continue
        codes[count], kinds[count] = code, kind
        count += 1
    return count


@helper
def cut_words(codes, kinds, count, lower, hashes, begins, ends):
    """The words of a text: runs of letters, runs of digits, single letters of unspaced scripts. Hashes ignore case; returns how many."""
    words, at = 0, 0
    while at < count:
        kind = kinds[at]
        if not kind & (LETTER | DIGIT):
            at += 1
            continue
        sort = (LETTER | MARK) if kind & LETTER else DIGIT
        begins[words], value = at, uint64(14695981039346656037)
        while at < count and kinds[at] & sort:
            code = codes[at]
            value = (value ^ uint64(lower[code] if code < len(lower) else code)) * uint64(1099511628211)
            at += 1
            if kinds[at - 1] & UNSPACED or (at < count and kinds[at] & UNSPACED):
                break
        hashes[words], ends[words] = mix(value), at
        words += 1
    return words


@helper
def describe(codes, kinds, slots, count, hashes, begins, ends, words, keys, stamps, tallies, stamp, out):
    """Writes all FEATURES of one text; returns the next unused stamp of the counting table."""
    out[:] = 0.0
    if count == 0:
        return stamp
    _characters(codes, kinds, slots, count, out)
    _sentences(codes, kinds, count, out)
    _lines(codes, kinds, count, out)
    _joints(codes, kinds, count, out)
    if words:
        _words(kinds, begins, ends, words, out)
        stamp = _repeats(hashes, begins, ends, words, keys, stamps, tallies, stamp, out)
    for number in range(2):
        out[SPANS + number] = _spans(codes, count, SPAN_SIZES[number], keys, stamps, stamp)
        stamp += 1
    return stamp


@inlined
def _find(value, keys, stamps, stamp):
    """The slot of a value in the open-addressed counting table, whose entries of earlier stamps do not count."""
    slot = int64(value & uint64(SLOTS - 1))
    while stamps[slot] == stamp and keys[slot] != value:
        slot = (slot + 1) & (SLOTS - 1)
    return slot


@helper
def _characters(codes, kinds, slots, count, out):
    letters = digits = upper = cased = spaces = latin = unspaced = signs = 0
    tallies = zeros(1024, int32)
    for at in range(count):
        kind, code = kinds[at], codes[at]
        letters += (kind & LETTER) > 0
        digits += (kind & DIGIT) > 0
        upper += (kind & UPPER) > 0
        cased += (kind & CASED) > 0
        spaces += (kind & SPACE) > 0
        latin += (kind & LATIN) > 0
        unspaced += (kind & UNSPACED) > 0
        signs += (kind & (LETTER | MARK | DIGIT | SPACE)) == 0
        tallies[code & 1023] += 1
        slot = slots[code] if code < len(slots) else 0
        if slot:
            out[MARKS + slot - 1] += 1
    entropy = 0.0
    for one in tallies:
        if one:
            entropy -= one / count * log(one / count)
    most = max(1, letters)
    shares = (letters / count, digits / count, upper / max(1, cased), spaces / count, signs / count)
    out[CHARACTERS] = log(float64(count))
    for number in range(5):
        out[CHARACTERS + 1 + number] = shares[number]
    out[CHARACTERS + 6], out[CHARACTERS + 7] = latin / most, unspaced / most
    out[CHARACTERS + 8], out[CHARACTERS + 9] = min(latin, letters - latin) / most, entropy
    for number in range(MARK_SLOTS):
        out[MARKS + number] = sqrt(out[MARKS + number] / count)


@inlined
def _is_comma(code):
    return code == _COMMAS[0] or code == _COMMAS[1] or code == _COMMAS[2] or code == _COMMAS[3]


@helper
def _sentences(codes, kinds, count, out):
    found, begin, total, squares, longest, shortest, commas, bangs, gap, last = 0, 0, 0.0, 0.0, 0, MAX_CHARS, 0, 0, 0, 0
    for at in range(count + 1):
        stop = at == count or (kinds[at] & TERMINAL) > 0 or codes[at] == _ELLIPSIS
        if at < count:
            commas += _is_comma(codes[at])
            bangs += codes[at] == _BANG
        if not stop:
            continue
        gap = max(gap, at - last)
        last, size = at, at - begin
        begin = at + 1
        if size > 2:
            found += 1
            total += size
            squares += float64(size) * size
            longest, shortest = max(longest, size), min(shortest, size)
    most = max(1, found)
    mean = total / most
    out[SENTENCES] = found / count * 100
    out[SENTENCES + 1] = log1p(mean)
    out[SENTENCES + 2] = log1p(sqrt(max(0.0, squares / most - mean * mean)))
    out[SENTENCES + 3], out[SENTENCES + 4] = longest / count, log1p(float64(shortest if found else 0))
    out[SENTENCES + 5], out[SENTENCES + 6] = commas / most, commas / count * 100
    out[SENTENCES + 7], out[SENTENCES + 8] = gap / count, bangs / most
    final = count - 1
    while final > 0 and kinds[final] & SPACE:
        final -= 1
    out[SENTENCES + 9] = float64((kinds[final] & TERMINAL) > 0)
    out[SENTENCES + 10] = float64((kinds[0] & UPPER) > 0)


@helper
def _lines(codes, kinds, count, out):
    lines = closed = short = capitals = begin = 0
    for at in range(count + 1):
        if at < count and codes[at] != _NEWLINE:
            continue
        if at > begin:
            lines += 1
            closed += (kinds[at - 1] & TERMINAL) > 0
            short += at - begin < SHORT_LINE
            capitals += (kinds[begin] & UPPER) > 0
        begin = at + 1
    most = max(1, lines)
    out[LINES], out[LINES + 1] = log1p(float64(lines)), log1p(count / most)
    out[LINES + 2], out[LINES + 3], out[LINES + 4] = closed / most, short / most, capitals / most


@helper
def _words(kinds, begins, ends, words, out):
    letters = long = short = capital = shouted = numbers = in_runs = run = longest = 0
    for word in range(words):
        begin, size = begins[word], ends[word] - begins[word]
        letters += size
        long += size > LONG_WORD
        short += size < SHORT_WORD
        numbers += (kinds[begin] & DIGIT) > 0
        if kinds[begin] & UPPER:
            all_upper = size > 1 and (kinds[begin + 1] & UPPER) > 0 and (kinds[ends[word] - 1] & UPPER) > 0
            shouted += all_upper
            capital += not all_upper
            run += 1
        else:
            run = 0
        in_runs += run > CAPITAL_RUN
        longest = max(longest, run)
    shares = (letters / words, long / words, short / words, capital / words, shouted / words, numbers / words, in_runs / words)
    for number in range(7):
        out[WORDS + number] = shares[number]
    out[WORDS + 7] = log1p(float64(longest))


@helper
def _repeats(hashes, begins, ends, words, keys, stamps, tallies, stamp, out):
    """Repeated words, and repeated runs of 2 to 4 words: a count of 1 is written first, then raised."""
    early = top = top_long = distinct = 0
    for word in range(words):
        slot = _find(hashes[word], keys, stamps, stamp)
        if stamps[slot] != stamp:
            stamps[slot], keys[slot], tallies[slot] = stamp, hashes[word], 0
            distinct += 1
            early += word < 100
        tallies[slot] += 1
        top = max(top, tallies[slot])
        if ends[word] - begins[word] > 5:
            top_long = max(top_long, tallies[slot])
    once, entropy = 0, 0.0
    for word in range(words):
        tally = tallies[_find(hashes[word], keys, stamps, stamp)]
        once += tally == 1
        entropy -= log(tally / words) / words
    out[REPEATS], out[REPEATS + 1], out[REPEATS + 2] = distinct / words, early / min(100, words), top / words
    out[REPEATS + 3], out[REPEATS + 4] = once / distinct, log1p(float64(top_long))
    out[REPEATS + 5] = entropy / log(words + 1.0)
    stamp += 1
    for size in range(2, 5):
        repeated = top = 0
        for word in range(words - size + 1):
            value = hashes[word]
            for further in range(1, size):
                value = value * _PRIME + hashes[word + further]
            slot = _find(value, keys, stamps, stamp)
            if stamps[slot] != stamp:
                stamps[slot], keys[slot], tallies[slot] = stamp, value, 0
            else:
                repeated += 1
            tallies[slot] += 1
            top = max(top, tallies[slot])
        out[REPEATS + 2 + 2 * size] = repeated / max(1, words - size + 1)
        out[REPEATS + 3 + 2 * size] = log(float64(max(1, top)))
        stamp += 1
    return stamp


@helper
def _spans(codes, count, size, keys, stamps, stamp):
    """Share of the runs of `size` characters that occurred before (a rolling hash; Karp and Rabin 1987)."""
    power = uint64(1)
    for _ in range(size):
        power *= _PRIME
    value, repeated = uint64(0), 0
    for at in range(count):
        value = value * _PRIME + uint64(codes[at] + 1)
        if at >= size:
            value -= uint64(codes[at - size] + 1) * power
        if at >= size - 1:
            mixed = mix(value)
            slot = _find(mixed, keys, stamps, stamp)
            repeated += stamps[slot] == stamp
            stamps[slot], keys[slot] = stamp, mixed
    return repeated / max(1, count - size + 1)


@helper
def _joints(codes, kinds, count, out):
    """Joints between parts that do not occur in prose, per 100 characters."""
    totals = zeros(8, int64)
    for at in range(1, count - 1):
        before, here, after = kinds[at - 1], kinds[at], kinds[at + 1]
        code = codes[at]
        totals[0] += code == _DASH and (before & SPACE) > 0 and (after & SPACE) > 0
        totals[1] += (code == _COLON and codes[at + 1] == _SLASH) or (code == _W and codes[at - 1] == _W and codes[at + 1] == _W)
        totals[2] += code == _ELLIPSIS or (code == _DOT and codes[at - 1] == _DOT and codes[at + 1] == _DOT)
        sign = (here & (LETTER | MARK | DIGIT | SPACE)) == 0
        totals[3] += sign and (before & DIGIT) > 0 and (after & DIGIT) > 0
        totals[4] += (here & UPPER) > 0 and (before & LETTER) > 0 and (before & UPPER) == 0
        totals[5] += (here & TERMINAL or _is_comma(code)) and (after & LETTER) > 0 and (after & UNSPACED) == 0
        totals[6] += ((here & DIGIT) > 0) and (((before & LETTER) > 0) or ((after & LETTER) > 0))
        totals[7] += (before & SPACE) > 0 and ((here & TERMINAL) > 0 or code == _COLON or _is_comma(code))
    for number in range(8):
        out[JOINTS + number] = totals[number] / count * 100
