"""Computes what the student sees of a text: hashed letter groups and words, numbers about its surface, and its language."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from tierline.students import gram_kernel as grams
from tierline.students import surface_kernel as surface
from tierline.text.kernels.characters import TABLE_SIZE, TERMINAL, character_table
from tierline.text.kernels.characters import UNSPACED as WRITTEN_UNSPACED

Floats = npt.NDArray[np.float64]
SIGNS = ".,!?:;-|/()\"'…•»«>#@&*=+%$[]"  # counted one by one
NAMES = (
    *("length", "letters", "digits", "upper", "spaces", "signs", "latin", "unspaced", "mixed_scripts", "entropy"),
    *(f"sign {sign}" for sign in SIGNS[: surface.MARK_SLOTS]),
    *("sentences", "sentence_mean", "sentence_deviation", "sentence_longest", "sentence_shortest", "commas_a_sentence"),
    *("commas", "gap_longest", "exclamations", "ends_sentence", "begins_capital"),
    *("lines", "line_mean", "lines_closed", "lines_short", "lines_capital"),
    *("word_mean", "words_long", "words_short", "words_capital", "words_shouted", "words_number", "capital_runs", "capital_run_longest"),
    *("distinct", "distinct_early", "top", "once", "top_long", "word_entropy"),
    *(f"{kind}_{size}" for size in (2, 3, 4) for kind in ("repeated_words", "top_words")),
    *(f"repeated_{size}_characters" for size in surface.SPAN_SIZES),
    *("lone_dashes", "addresses", "ellipses", "joined_numbers", "joined_case", "joined_signs", "joined_digits", "spaced_signs"),
)  # fmt: skip
FEATURES_ID = "surface-v3+grams-v1"


def student_features(texts: Sequence[str]) -> tuple[Floats, csr_matrix]:
    """(numbers of the surface, (n, len(NAMES)); hashed letter groups and words, (n, 2**17) sparse, two unit vectors per text)."""
    dense, found, values, stops = grams.features(*_joined(texts), *_tables())
    shape = len(texts), 2 * grams.BUCKETS
    return dense, csr_matrix((values, found, np.concatenate([[0], stops])), shape=shape)


def weighed_features(texts: Sequence[str], weights: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
    """(numbers of the surface, (n, len(NAMES)); hashed features times weights of shape (2**17, k), (n, k)), without the matrix between."""
    return grams.linear_scores(*_joined(texts), *_tables(), weights)


def language_columns(languages: Sequence[str], known: Sequence[str]) -> Floats:
    """One column for each known language, 1 if it is the text's: shape (n, len(known))."""
    return (np.array(list(languages), dtype=object)[:, None] == np.array(list(known), dtype=object)[None, :]).astype(np.float64)


def _joined(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    encoded = [text[: 2 * surface.MAX_CHARS].encode("utf-8", "replace") for text in texts]  # twice, because runs of white space count once
    return np.frombuffer(b"".join(encoded), np.uint8), np.concatenate([[0], np.cumsum([len(one) for one in encoded], dtype=np.int64)])


@cache
def _tables() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """(kinds, lower case, places among SIGNS from 1) of every code point below TABLE_SIZE."""
    kinds, lower, slots = (np.zeros(TABLE_SIZE, np.int32) for _ in range(3))
    shared = character_table()
    for code, character in enumerate(map(chr, range(TABLE_SIZE))):
        category, small = unicodedata.category(character), character.lower()
        lower[code] = ord(small[0])
        kinds[code] = surface.SPACE * character.isspace() | surface.DIGIT * (category == "Nd") | surface.MARK * (category[0] == "M")
        if category[0] == "L":
            upper, cased = category in ("Lu", "Lt"), category in ("Lu", "Lt", "Ll")
            latin = surface.LATIN * (code < 0x250 or 0x1E00 <= code < 0x1F00)
            kinds[code] |= surface.LETTER | surface.UPPER * upper | surface.CASED * cased | latin
            kinds[code] |= surface.UNSPACED * bool(shared[code] & WRITTEN_UNSPACED)
        kinds[code] |= surface.TERMINAL * bool(shared[code] & TERMINAL)
    for place, sign in enumerate(SIGNS[: surface.MARK_SLOTS], 1):
        slots[ord(sign)] = place
    return kinds, lower, slots
