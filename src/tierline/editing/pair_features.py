"""Describes changes that no rule explains by numbers: which sorts of words went and came, where, and how near in meaning they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tierline.editing.alignment import Hunk
from tierline.editing.boundaries import Boundary
from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.inflection import bases, one_word
from tierline.editing.number_words import is_number
from tierline.editing.pair import Pair, is_name
from tierline.editing.reasons import KINDS
from tierline.editing.word import Word
from tierline.text.embedding import Embedder

Floats = npt.NDArray[np.float64]
COUNT_MAX = 6  # words of one sort that are told apart
WORDS_CACHED = 20_000
AROUND = 30  # words of the sentence before and behind a change that it is compared with
PREFIX = 5  # letters that words of one family begin with
_SMALL_WORDS = {
    "pronoun": frozenset("he she it they this these those who which that".split()),
    "possessive": frozenset("his her their its".split()),
    "be": frozenset("is are was were be been being has have had".split()),
    "link": frozenset("and but so as with where when while although however therefore then also".split()),
}
_SORTS = (*KINDS, *_SMALL_WORDS, "number", "name", "other_function")
NAMES = (
    *(f"lost_{sort}" for sort in _SORTS),
    *(f"added_{sort}" for sort in _SORTS),
    *"lost_content added_content lost_only added_only split join new_sentence quoted opens determiner".split(),
    *"lost_elsewhere added_elsewhere family_lost family_added nearest_lost nearest_added nearest_here alike".split(),
)


def features_of(pair: Pair, refused: Sequence[Hunk]) -> Floats:
    """One row for each hunk, (len(refused), len(NAMES))."""
    said, written = _relatives(pair.forms), _relatives(pair.edit_forms)
    return np.array([_row(pair, hunk, said, written) for hunk in refused], np.float64).reshape(len(refused), len(NAMES))


def _row(pair: Pair, hunk: Hunk, source_relatives: frozenset[str], edit_relatives: frozenset[str]) -> list[float]:
    lost, added = pair.source[hunk.start : hunk.end], pair.edit[hunk.start_edit : hunk.end_edit]
    boundary = Boundary.of(pair, hunk)
    said, written = [word.form for word in lost], [word.form for word in added]
    content, content_edit = [word for word in said if _has_content(word)], [word for word in written if _has_content(word)]
    first, last = pair.sentence_of(min(hunk.start, len(pair.forms) - 1)) if pair.forms else (0, 0)
    first, last = max(first, hunk.start - AROUND), min(last, hunk.end + AROUND)
    here = [word for word in (*pair.forms[first : hunk.start], *pair.forms[hunk.end : last]) if _has_content(word)]
    at = min(hunk.start_edit, len(pair.edit) - 1)
    return [
        *_sorts(pair.source, hunk.start, hunk.end, written),
        *_sorts(pair.edit, hunk.start_edit, hunk.end_edit, said),
        min(len(content), COUNT_MAX),
        min(len(content_edit), COUNT_MAX),
        float(not written),
        float(not said),
        float(boundary.split >= 0),
        float(boundary.join >= 0),
        float(pair.new_sentence_of(at) is not None) if pair.edit else 0.0,
        float(pair.is_quoted(hunk.start)),
        float(bool(added) and added[0].opens),
        float(any(word in ("the", "this", "these") for word in written) and len(content_edit) == 1),
        _share(content, set(pair.edit_forms)),
        _share(content_edit, pair.known_here),
        _share_of_relatives(content, edit_relatives),
        _share_of_relatives(content_edit, source_relatives),
        _nearest(content, content_edit),
        _nearest(content_edit, content),
        _nearest(content_edit, [*content, *here]),
        float(bool(content) and len(content) == len(content_edit) and all(map(one_word, content, content_edit))),
    ]


def _has_content(form: str) -> bool:
    return form not in FUNCTION_WORDS and not is_number(form)


def _sorts(words: Sequence[Word], start: int, end: int, others: Sequence[str]) -> list[float]:
    """How many words of each sort are in the span that the other side lacks."""
    found = dict.fromkeys(_SORTS, 0.0)
    for at in range(start, end):
        form = words[at].form
        if form in others:
            continue
        kinds = [kind for kind, members in KINDS.items() if form in members]
        sort = "name" if is_name(words, at) else "number" if is_number(form) or form.startswith("unit:") else None
        sort = sort or next((name for name, members in _SMALL_WORDS.items() if form in members), None)
        sort = sort or ("other_function" if form in FUNCTION_WORDS and not kinds else None)
        for name in {*kinds, *([sort] if sort else [])}:
            found[name] = min(found[name] + 1, COUNT_MAX)
    return list(found.values())


def _share(words: Sequence[str], others: set[str] | frozenset[str]) -> float:
    return sum(word in others for word in words) / len(words) if words else 1.0


def _relatives(words: Sequence[str]) -> frozenset[str]:
    """What the forms and relatives of these words have in common with them: their bases, and the letters they begin with."""
    return frozenset(mark for word in words for mark in _marks(word))


def _marks(word: str) -> frozenset[str]:
    return bases(word) | ({word[:PREFIX] + "-"} if len(word) >= PREFIX else frozenset())


def _share_of_relatives(words: Sequence[str], relatives: frozenset[str]) -> float:
    """Share of words with a relative: a form of the same word, or one that begins alike."""
    return sum(not relatives.isdisjoint(_marks(word)) for word in words) / len(words) if words else 1.0


def _nearest(words: Sequence[str], others: Sequence[str]) -> float:
    """The least similar word's cosine with what is nearest to it; 1 without words, 0 where there is nothing to compare with."""
    if not words or not others:
        return float(not words)
    vectors, other_vectors = (np.array([vector_of(word) for word in some]) for some in (words, others))
    return float((vectors @ other_vectors.T).max(axis=1).min())


@lru_cache(WORDS_CACHED)
def vector_of(word: str) -> npt.NDArray[np.float32]:
    """The static vector of a word, length 1."""
    return Embedder().embed([word])[0]
