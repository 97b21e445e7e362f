"""Computes what the extractor's model sees of all blocks at once: text, markup, neighbors and place in the page."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from tierline.crawl.blocks import KINDS, Blocks
from tierline.crawl.feature_counts import count_classes, spread_levels, sum_elements
from tierline.crawl.markup import BITS
from tierline.crawl.network_kernel import write_context

Matrix = np.ndarray[Any, np.dtype[np.float32]]
Vector = np.ndarray[Any, Any]
LEVELS = 5  # elements around a block that are looked at, the innermost first
LONG = 80  # characters from which a text with few links is prose (jusText's LENGTH_LOW is 70, boilerpipe's density bound one line)
_LOWER, _UPPER, _DIGIT, _SPACE, _COMMA, _STOP, _COLON, _QUOTE, _RULE, _WIDE = range(10)
_CLASSES = 10
_MARKS = {_COMMA: ",;،、，；", _STOP: ".!?…。！？؟।", _COLON: ":：", _QUOTE: "\"'“”„«»‘’()[]（）「」", _RULE: "|›·•/\\→©®™#@*_=<>{}+‹▶►"}
_SHARES = [_UPPER, _DIGIT, _QUOTE, _RULE, _WIDE]
_NEAR_WIDTH = 9  # the first features of a block that its neighbors see too


def _columns() -> Iterator[slice]:
    start = 0
    for width in (15, len(KINDS), LEVELS * 6, 6, 4 * (_NEAR_WIDTH + 1), 8, 2 * len(BITS), 15):
        yield slice(start, start + width)
        start += width


_SURFACE, _KIND, _LEVEL, _CONTAINER, _NEAR, _PLACE, _HINT, _CONTEXT = _columns()
_scratch = threading.local()
_KEPT_ROWS = 8_192  # 8 MB; larger pages are rare
FIRST_FEATURES, FEATURES = _CONTEXT.start, _CONTEXT.stop


@cache
def _class_table() -> Vector:
    """Code point -> class; code points beyond the Basic Multilingual Plane share the last entry."""
    table = np.zeros(1 << 16, dtype=np.uint8)
    for code in range(1 << 16):
        category = unicodedata.category(chr(code))
        if category in ("Lu", "Lt"):
            table[code] = _UPPER
        elif category == "Nd":
            table[code] = _DIGIT
        elif category[0] == "Z" or category == "Cc":
            table[code] = _SPACE
        elif category[0] in "PS":
            table[code] = _QUOTE
    for kind, characters in _MARKS.items():
        table[[ord(character) for character in characters]] = kind
    for first, last in ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF)):
        table[first : last + 1] = _WIDE  # Thai, Lao, Burmese, Khmer, Japanese, Chinese, Korean: long words or none, short texts
    table[-1] = _WIDE
    return table


def block_features(blocks: Blocks, title: str) -> tuple[Matrix, Context]:
    """(n x FEATURES matrix for n > 0 blocks, what `context_features` needs); the last columns are left for the context.

    Every value is finite and of the order of one. The thread's next call overwrites the matrix: copy it to keep it.
    """
    rows, elements = blocks.rows, blocks.elements
    owner, count = rows[:, 1], len(rows)
    out = _cleared(count)
    lengths, density, words = _surface(out[:, _SURFACE], blocks.utf8, rows)
    chain = _levels(out[:, _LEVEL], out[:, _CONTAINER], owner, elements, lengths, density, out[:, _SURFACE.start + 4])
    _neighbors(out[:, _NEAR], out[:, _SURFACE.start : _SURFACE.start + _NEAR_WIDTH], owner)
    _place(out[:, _PLACE], blocks.texts, rows[:, 0], lengths, title)
    out[np.arange(count), _KIND.start + rows[:, 0]] = 1
    masks = np.stack((elements[owner, 4], elements[owner, 3] | elements[chain[1], 3]), 1)
    bits = np.unpackbits(masks.view(np.uint8).reshape(count, 2, 8), axis=2, count=len(BITS), bitorder="little")
    out[:, _HINT] = bits.reshape(count, -1)
    return out, Context(chain, elements[:, 1], elements[:, 2], np.sqrt(words))


def _cleared(count: int) -> Matrix:
    """A zeroed matrix in memory that this thread reuses: fresh pages from the system cost more than the features."""
    stored: Any = getattr(_scratch, "matrix", None)
    if stored is None or len(stored) < count:
        stored = np.empty((max(count, 512), FEATURES), dtype=np.float32)
        if count <= _KEPT_ROWS:
            _scratch.matrix = stored
    stored = stored[:count]
    stored.fill(0)
    return stored


class Context:
    """The page's structure, as smoothing of a first guess needs it: elements around each block, their spans, weights of blocks."""

    __slots__ = ("chain", "ends", "starts", "weights")

    def __init__(self, chain: Vector, starts: Vector, ends: Vector, weights: Vector) -> None:
        self.chain, self.starts, self.ends, self.weights = chain, starts, ends, weights


def context_features(out: Matrix, first: Vector, context: Context) -> None:
    """Write features from a first guess (n probabilities) about the context of each block: neighbors, the elements around, the page."""
    write_context(out, first, context.weights, context.starts, context.ends, context.chain, _CONTEXT.start)


def _surface(out: Matrix, utf8: bytes, rows: Vector) -> tuple[Vector, Vector, Vector]:
    """Write 15 features of the texts alone; (lengths, link densities, words)."""
    count = len(rows)
    counts, lengths, last = np.zeros((count, _CLASSES), dtype=np.float32), np.empty(count), np.empty(count, dtype=np.uint8)
    count_classes(np.frombuffer(utf8, dtype=np.uint8), _class_table(), counts, lengths, last)
    density = np.minimum(rows[:, 2] / lengths, 1.0)
    words = counts[:, _SPACE] + counts[:, _WIDE] / 3 + 1
    out[:, 0], out[:, 1], out[:, 2], out[:, 3], out[:, 4] = lengths, counts[:, _STOP], words, rows[:, 3], counts[:, _COMMA]
    np.log1p(out[:, :5], out=out[:, :5])
    out[:, 0] /= 3
    out[:, 5] = density
    out[:, 6] = last == _STOP
    out[:, 7] = (lengths >= LONG) & (density < 0.3)
    out[:, 8] = (rows[:, 0] > 0) & (rows[:, 0] < 5)
    out[:, 9] = last == _COLON
    out[:, 10:15] = counts[:, _SHARES]
    out[:, 10:15] /= lengths[:, None]
    return lengths, density, words


def _levels(out: Matrix, container: Matrix, owner: Vector, elements: Vector, lengths: Vector, density: Vector, commas: Vector) -> Vector:
    """Write LEVELS*6 sums over the elements around each block, and 6 relations to the page's best container.

    Returns (LEVELS x n) the elements around each block, the innermost first; the page repeats above itself. The container is found
    as Arc90's readability does: paragraphs score by commas and length for their parents, and half for their grandparents, less the
    share of links.
    """
    count = len(lengths)
    prose = lengths * ((lengths >= LONG) & (density < 0.3))
    sums, table = np.zeros((count + 1, 3)), np.empty((len(elements), 6), dtype=np.float32)
    sum_elements(elements, lengths, density, prose, sums, table)
    score: Vector = (lengths >= 25) * (1 + commas + np.minimum(lengths / 100, 3)) * (1 - density)
    chain, scores = np.empty((LEVELS, count), dtype=np.int64), np.zeros(len(elements))
    spread_levels(owner, elements, table, score, out, chain, scores)
    best = int((scores * (1 - table[:, 0])).argmax())
    around, start, end = elements[best, :3].tolist()
    whole = sums[-1, 0]
    container[start:end, 0] = 1
    container[:start, 1] = np.log1p(np.arange(start, 0, -1))
    container[end:, 2] = np.log1p(np.arange(1, count - end + 1))
    container[elements[around, 1] : elements[around, 2], 3] = 1
    container[:, 4] = (sums[end, 0] - sums[start, 0]) / whole
    container[:, 5] = sums[-1, 2] / whole
    return chain


def _neighbors(out: Matrix, surface: Matrix, owner: Vector) -> None:
    """Write the first features of the two blocks before and after, and whether they stand in the same element."""
    width = surface.shape[1]
    for number, shift in enumerate((1, 2)):
        if shift >= len(owner):
            break
        before, after = out[:, 2 * number * (width + 1) :], out[:, (2 * number + 1) * (width + 1) :]
        before[shift:, :width] = surface[:-shift]
        after[:-shift, :width] = surface[shift:]
        same = owner[shift:] == owner[:-shift]
        before[shift:, width] = same
        after[:-shift, width] = same


def _place(out: Matrix, texts: list[str], kind: Vector, lengths: Vector, title: str) -> None:
    """Write 8 features: place in the page, and relative to the heading that repeats the page's title (else the first h1)."""
    count = len(lengths)
    head, certain = _title_block(texts, kind, title)
    behind = np.cumsum(lengths)
    out[:, 0] = np.arange(count) / count
    out[:, 1] = behind / behind[-1]
    out[:, 2] = np.log1p(count) / 5
    out[:, 3] = np.log1p(behind[-1]) / 8
    if head >= 0:
        out[:head, 4] = np.log1p(np.arange(head, 0, -1))
        out[head:, 5] = np.log1p(np.arange(count - head))
        out[head, 6] = 1
    out[:, 7] = certain


def _title_block(texts: list[str], kind: Vector, title: str) -> tuple[int, bool]:
    first = -1
    for number in np.flatnonzero((kind >= 1) & (kind <= 3)).tolist():
        text = texts[number]
        if len(text) > 9 and text in title:
            return number, True
        if first < 0 and kind[number] == 1:
            first = number
    return first, False
