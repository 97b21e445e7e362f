"""Compiled loops of the student: hashed letter groups and words of a text, and the sum of their weights."""

# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
from __future__ import annotations

from numpy import empty, float32, float64, int32, int64, log1p, sqrt, uint64, zeros

from tierline.students import surface_kernel as surface
from tierline.text.kernels.compiled import compiled, helper
from tierline.text.kernels.scan import mix

BUCKETS = 1 << 16  # of each kind: letter groups come first, then words and pairs of words
LONGEST_GROUP = 3  # characters, as written: capitals and signs distinguish prose from lists
MAX_GRAMS = LONGEST_GROUP * surface.MAX_CHARS + 2 * surface.MAX_CHARS
_PRIME, _PAIR = uint64(0x9E3779B97F4A7C15), uint64(0xC2B2AE3D27D4EB4F)


@helper
def collect(codes, count, hashes, words, tallies, found):
    """Counts the buckets of one text in `tallies` (all zero before) and lists each once in `found`: (how many, of them letter groups)."""
    listed = int64(0)
    for at in range(count):
        value = uint64(0)
        for size in range(min(LONGEST_GROUP, count - at)):
            value = (value + uint64(codes[at + size] + 1)) * _PRIME
            listed = _tally(int64(mix(value) & uint64(BUCKETS - 1)), tallies, found, listed)
    groups = listed
    for word in range(words):
        listed = _tally(int64(BUCKETS + (hashes[word] & uint64(BUCKETS - 1))), tallies, found, listed)
        if word:
            pair = mix(hashes[word - 1] * _PAIR + hashes[word])
            listed = _tally(int64(BUCKETS + (pair & uint64(BUCKETS - 1))), tallies, found, listed)
    return listed, groups


@helper
def _tally(bucket, tallies, found, listed):
    if tallies[bucket] == 0:
        found[listed] = bucket
        listed += 1
    tallies[bucket] += 1
    return listed


@helper
def weigh(tallies, found, listed, groups, values):
    """Writes the value of each listed bucket, log(1 + count) over the length of its kind's vector, and clears the tallies."""
    for begin, end in ((0, groups), (groups, listed)):
        squares = 0.0
        for row in range(begin, end):
            value = log1p(float64(tallies[found[row]]))
            values[row] = value
            squares += value * value
            tallies[found[row]] = 0
        for row in range(begin, end):
            values[row] /= sqrt(squares)


@compiled
def features(data, offsets, table, lower, slots):
    """(surface, (texts, FEATURES); buckets, their values, and where those of each text end), for training."""
    texts = len(offsets) - 1
    dense = zeros((texts, surface.FEATURES), float64)
    codes, kinds = empty(surface.MAX_CHARS + 1, int32), zeros(surface.MAX_CHARS + 1, int32)
    hashes, begins, ends = empty(surface.MAX_CHARS, uint64), empty(surface.MAX_CHARS, int32), empty(surface.MAX_CHARS, int32)
    keys, stamps, repeats = empty(surface.SLOTS, uint64), zeros(surface.SLOTS, int32), zeros(surface.SLOTS, int32)
    tallies, found = zeros(2 * BUCKETS, int32), empty(MAX_GRAMS, int32)
    values, stamp, total = empty(MAX_GRAMS, float64), int64(1), 0
    stops, room = empty(texts, int64), min(MAX_GRAMS * texts, 5 * len(data) + 1)
    all_found, all_values = empty(room, int32), empty(room, float32)
    for text in range(texts):
        count = surface.read(data, offsets[text], offsets[text + 1], table, codes, kinds)
        words = surface.cut_words(codes, kinds, count, lower, hashes, begins, ends)
        stamp = surface.describe(codes, kinds, slots, count, hashes, begins, ends, words, keys, stamps, repeats, stamp, dense[text])
        listed, groups = collect(codes, count, hashes, words, tallies, found)
        weigh(tallies, found, listed, groups, values)
        for row in range(listed):
            all_found[total + row], all_values[total + row] = found[row], values[row]
        total += listed
        stops[text] = total
    return dense, all_found[:total].copy(), all_values[:total].copy(), stops


@compiled
def linear_scores(data, offsets, table, lower, slots, weights):
    """(surface, (texts, FEATURES); sums of weight times value over the buckets of each text, (texts, columns of `weights`))."""
    texts, columns = len(offsets) - 1, weights.shape[1]
    dense, sums = zeros((texts, surface.FEATURES), float64), zeros((texts, columns), float64)
    codes, kinds = empty(surface.MAX_CHARS + 1, int32), zeros(surface.MAX_CHARS + 1, int32)
    hashes, begins, ends = empty(surface.MAX_CHARS, uint64), empty(surface.MAX_CHARS, int32), empty(surface.MAX_CHARS, int32)
    keys, stamps, repeats = empty(surface.SLOTS, uint64), zeros(surface.SLOTS, int32), zeros(surface.SLOTS, int32)
    tallies, found = zeros(2 * BUCKETS, int32), empty(MAX_GRAMS, int32)
    values, stamp = empty(MAX_GRAMS, float64), int64(1)  # a bare 1 would compile its callees twice: for the literal and for int64
    for text in range(texts):
        count = surface.read(data, offsets[text], offsets[text + 1], table, codes, kinds)
        words = surface.cut_words(codes, kinds, count, lower, hashes, begins, ends)
        stamp = surface.describe(codes, kinds, slots, count, hashes, begins, ends, words, keys, stamps, repeats, stamp, dense[text])
        listed, groups = collect(codes, count, hashes, words, tallies, found)
        weigh(tallies, found, listed, groups, values)
        for row in range(listed):
            bucket, value = found[row], values[row]
            for column in range(columns):
                sums[text, column] += weights[bucket, column] * value
    return dense, sums
