"""Compiled loops of the toxicity classifier: hashed words, pairs of words and letter groups, and their weights."""

# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
from __future__ import annotations

from numpy import empty, float64, int64, sqrt, uint8, uint32, zeros

from tierline.text.kernels.compiled import compiled, helper

FEATURES = 1 << 18
SHORTEST, LONGEST = 3, 5  # bytes of a letter group; its word is padded by a space on each side
LONGEST_WORD = 100  # bytes; the rest of a longer word is skipped
PRIME = uint32(16777619)
WORDS, PAIRS, GROUPS = uint32(2166136261), uint32(2166136279), uint32(2166136289)  # where the hash of each kind starts


@helper
def passage_features(buffer, start, end, out):
    """Writes the hash buckets of one passage's features; returns how many there are, at most five a byte."""
    word = empty(LONGEST_WORD + 8, uint8)
    at, count, before = start, 0, WORDS
    while at < end:
        if not _is_word(buffer[at]):
            at += 1
            continue
        word[0] = 32
        size, whole, pair = 1, WORDS, uint32(PAIRS ^ before)
        while at < end and _is_word(buffer[at]):
            if size < LONGEST_WORD:
                whole = uint32((whole ^ uint32(buffer[at])) * PRIME)
                pair = uint32((pair ^ uint32(buffer[at])) * PRIME)
                word[size] = buffer[at]
                size += 1
            at += 1
        word[size] = 32
        size += 1
        out[count], out[count + 1] = _bucket(whole), _bucket(pair)
        count, before = count + 2, whole
        for first in range(size - SHORTEST + 1):
            group = GROUPS
            for length in range(1, min(LONGEST, size - first) + 1):
                group = uint32((group ^ uint32(word[first + length - 1])) * PRIME)
                if length >= SHORTEST:
                    out[count] = _bucket(group)
                    count += 1
    return count


@helper
def _is_word(byte):
    return byte >= 128 or 97 <= byte <= 122 or 48 <= byte <= 57 or byte in (35, 36, 38, 39, 42, 64)


@helper
def _bucket(value):
    return (value ^ (value >> uint32(15))) & uint32(FEATURES - 1)


@compiled
def passage_scores(buffer, starts, ends, weights):
    """Sum of the weights of each passage's features over the root of their number, (passages,)."""
    scores = zeros(len(starts), float64)
    longest = int64(0)
    for passage in range(len(starts)):
        longest = max(longest, ends[passage] - starts[passage])
    out = empty(5 * (longest + 8), uint32)
    for passage in range(len(starts)):
        count = passage_features(buffer, starts[passage], ends[passage], out)
        total = 0.0
        for feature in range(count):
            total += weights[out[feature]]
        scores[passage] = total / sqrt(float64(max(1, count)))
    return scores


@compiled
def list_features(buffer, starts, ends):
    """(features of all passages, where those of each passage end): what training counts."""
    room = int64(0)
    for passage in range(len(starts)):
        room += 5 * (ends[passage] - starts[passage] + 8)
    out, stops = empty(room, uint32), empty(len(starts), int64)
    at = int64(0)
    for passage in range(len(starts)):
        at += passage_features(buffer, starts[passage], ends[passage], out[at:])
        stops[passage] = at
    return out[:at].copy(), stops
