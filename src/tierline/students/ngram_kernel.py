"""Compiled loops of n-gram perplexity: hashed character n-grams, and the probability of each character after the last two."""

# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
from __future__ import annotations

from numpy import empty, float64, int64, log, uint32, uint64

from tierline.text.kernels.compiled import compiled, helper

BITS = 22  # of a bucket's number; half a million n-grams leave most of four million buckets empty
ORDER = (
    3  # characters of the longest n-gram: with some 16,000 characters a language, four are no better (training_scripts/train_perplexity.py)
)
CONCENTRATION = 5.0  # weight of the shorter context, in characters
ALPHABET = 3_000.0  # an unseen character gets one part in so many of the remaining probability
_ODD = uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: multiplicative hashing (Knuth, TAOCP 3, section 6.4)


@compiled
def normalize(points, out):
    """Writes code points with runs of white space as one space and digits as 0; returns how many there are."""
    count, space = 0, True
    for point in points:
        if point <= 32 or point == 0xA0 or point == 0x3000:
            if not space:
                out[count] = uint32(32)
                count += 1
            space = True
        else:
            out[count] = uint32(48) if 48 <= point <= 57 else point
            count += 1
            space = False
    return count


@helper
def _step(key, point):
    key = (key ^ uint64(point)) * _ODD
    return key ^ (key >> uint64(29))


@helper
def _bucket(key):
    return int64(key >> uint64(64 - BITS))


@helper
def _seed(language):
    return _step(uint64(1469598103934665603), uint32(language))


@compiled
def count_ngrams(points, language, counts):
    """Adds the n-grams of one text, up to ORDER characters, and its length to the buckets."""
    seed = _seed(language)
    counts[_bucket(seed)] += len(points)
    for end in range(len(points)):
        key = seed
        for back in range(min(ORDER, end + 1)):
            key = _step(key, points[end - back])
            counts[_bucket(key)] += 1


@compiled
def mean_surprise(points, starts, ends, languages, counts):
    """Mean of -ln p over the characters of each text, (texts,); `counts` by bucket. A text without characters has 0."""
    found = empty(len(starts), float64)
    room = int64(1)
    for text in range(len(starts)):
        room = max(room, ends[text] - starts[text])
    own = empty(room, uint32)
    for text in range(len(starts)):
        size = normalize(points[starts[text] : ends[text]], own)
        seed, total = _seed(languages[text]), 0.0
        for end in range(size):
            probability = 1.0 / ALPHABET
            key, before, context = seed, seed, float64(counts[_bucket(seed)])
            for back in range(min(ORDER, end + 1)):
                key = _step(key, own[end - back])
                # A bucket may hold another n-gram's count too, which must not exceed the context's.
                probability = (min(float64(counts[_bucket(key)]), context) + CONCENTRATION * probability) / (context + CONCENTRATION)
                if back == end:
                    break
                before = _step(before, own[end - back - 1])
                context = float64(counts[_bucket(before)])
                if context == 0.0:
                    break
            total -= log(probability)
        found[text] = total / max(1, size)
    return found
