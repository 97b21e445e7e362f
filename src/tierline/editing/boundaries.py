"""Says what may change where one sentence becomes two or two become one: connectives, the new sentence's subject, the form of its verb."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tierline.editing.alignment import Hunk
from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.inflection import is_base, is_verb_form, one_word
from tierline.editing.pair import GENDERED, Pair

NEAR = 8  # words between a name and the clause about it
_PRONOUNS = frozenset("he she it they this these those".split())
_PRESENT, _PAST = frozenset("is are has have do does".split()), frozenset("was were had did".split())
COPULAS = frozenset("is are was were".split())
_LET_GO = frozenset("and but which who that although while whereas then however though".split())  # "because" and "so" say more
RELATIVES = frozenset("which that who".split())
_MODALS = frozenset("can could may might must shall should will would".split())
_CONTRASTS = frozenset("but although though however yet while whereas".split())
_DETERMINERS = frozenset("the this that these those".split())
_BEHIND_NOUNS = frozenset("of in at for from with near on by to under".split())
_BEHIND = 4  # words of a phrase between a noun and the clause about it


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where two sentences of the edit are one of the source, or the other way round; the first word behind the cut."""

    split: int = -1  # in the edit
    join: int = -1  # in the source

    @classmethod
    def of(cls, pair: Pair, hunk: Hunk) -> Boundary:
        cut = next((at for at in range(hunk.start, min(hunk.end + 1, len(pair.source))) if at and pair.source[at].opens), -1)
        cut_edit = next((at for at in range(hunk.start_edit, min(hunk.end_edit + 1, len(pair.edit))) if at and pair.edit[at].opens), -1)
        if cut_edit >= 0 and cut < 0:
            return cls(split=cut_edit)
        if cut >= 0 and cut_edit < 0:
            return cls(join=cut)
        return cls()

    def steps(self, pair: Pair, hunk: Hunk, i: int, j: int) -> Iterator[tuple[int, int]]:
        """What may go and come where a sentence is split or two are joined."""
        if self.split >= 0:
            yield from self._split_steps(pair, hunk, i, j)
        if self.join >= 0:
            yield from self._join_steps(pair, hunk, i, j)

    def _split_steps(self, pair: Pair, hunk: Hunk, i: int, j: int) -> Iterator[tuple[int, int]]:
        form = pair.forms[i] if i < hunk.end else ""
        if form in _LET_GO:
            yield 1, 0
        if form == "so" and "therefore" in pair.edit_forms[self.split : self.split + NEAR]:
            yield 1, 0
        if j < self.split or j >= hunk.end_edit:
            return
        said = pair.edit_forms[j]
        if form in _CONTRASTS and said in _CONTRASTS:
            yield 1, 1
        if said == "therefore" and pair.forms[hunk.start : hunk.start + 1] == ("so",):
            yield 0, 1
        if said in _MODALS and said in pair.forms[pair.sentence_of(hunk.start)[0] : hunk.start]:
            yield 0, 1
        verb = pair.edit_forms[j + 1] if j + 1 < hunk.end_edit else ""
        if form == "with" and said == "there" and verb in COPULAS and tense_stays(pair, i, verb):
            yield 1, 2
        for subject in {_subject(pair, hunk, j), _described(pair, hunk, j)} - {0}:
            yield 0, subject
            if form in RELATIVES:
                yield 1, subject
        if form == "where" and said in ("in", "at", "there"):
            yield 1, 1 + (_described(pair, hunk, j + 1) if said != "there" and j + 1 < hunk.end_edit else 0)
        if form in ("the", "a") and said in _DETERMINERS and _described(pair, hunk, j):
            yield 1, 1
        if form == "whose" and said in ("his", "her", "their", "its"):
            yield 1, 1
        if said in COPULAS | {"has", "have", "had", "also"} and tense_stays(pair, i, said):
            yield 0, 1
        if form and j > self.split and form.endswith("ing") and one_word(form, said) and form != said:
            yield 1, 1

    def _join_steps(self, pair: Pair, hunk: Hunk, i: int, j: int) -> Iterator[tuple[int, int]]:
        if j < hunk.end_edit and pair.edit_forms[j] == "and":
            yield 0, 1
        if (
            self.join <= i < hunk.end
            and pair.forms[i] in ("he", "she", "it", "they")
            and "and" in pair.edit_forms[hunk.start_edit : hunk.end_edit]
        ):
            yield 1, 0


def new_sentence_steps(pair: Pair, hunk: Hunk, i: int, j: int) -> Iterator[tuple[int, int]]:
    """What may change within a sentence of the edit that was a part of one of the source: "and playing" becomes "and plays"."""
    if j >= hunk.end_edit or i >= len(pair.forms):
        return
    start = pair.new_sentence_of(j)
    if start is None:
        return
    said, form = pair.edit_forms[j], pair.forms[i]
    behind = pair.edit_forms[j + 1] if j + 1 < len(pair.edit_forms) else ""
    if i < hunk.end and form != said and form.endswith("ing") and one_word(form, said) and _is_in_tense(pair, i, said):
        yield 1, 1
    if said in ("he", "she", "it", "they") and start < j <= start + NEAR and fits(pair, said) and form == behind and is_verb_form(behind):
        yield 0, 1
    if said == "therefore" and form == behind and "so" in pair.forms[max(0, i - NEAR) : i]:
        yield 0, 1
    if said in COPULAS and form == behind and behind.endswith(("ed", "en", "ing")) and tense_stays(pair, i, said):
        yield 0, 1


def _is_in_tense(pair: Pair, i: int, verb: str) -> bool:
    return tense_stays(pair, i, "is" if verb.endswith("s") or is_base(verb) else "was")


def fits(pair: Pair, word: str) -> bool:
    """The source speaks of somebody of the word's gender, or of nobody of the other."""
    own = next((gender for gender, words in GENDERED.items() if word in words), "")
    return not own or own in pair.genders or not pair.genders


def _described(pair: Pair, hunk: Hunk, j: int) -> int:
    """How many words from here on point at the noun that stands last before the hunk, by its own words: "the tungsten lamp"."""
    if pair.edit_forms[j] not in _DETERMINERS:
        return 0
    start, _ = pair.sentence_of(max(0, hunk.start - 1))
    best = 0
    for first in range(max(start, hunk.start - NEAR), hunk.start):
        length = 0
        while first + length < hunk.start and pair.edit_forms[j + 1 + length : j + 2 + length] == (pair.forms[first + length],):
            length += 1
        end = first + length
        if length <= best or pair.forms[end - 1] in FUNCTION_WORDS:
            continue
        if end == hunk.start or (pair.forms[end] in _BEHIND_NOUNS and hunk.start - end <= _BEHIND):
            best = length
    return best + 1 if best else 0


def _subject(pair: Pair, hunk: Hunk, j: int) -> int:
    """How many words from here on name the subject of a new sentence: a pronoun that fits, or a copy of the old sentence's subject."""
    said = pair.edit_forms[j]
    if said in _PRONOUNS:
        return int(fits(pair, said))
    at = min(hunk.start, len(pair.forms) - 1)
    start, _ = pair.sentence_of(at)
    head = pair.forms[start : min(start + 6, hunk.start)]
    best = 0
    for offset in range(len(head)):
        length = 0
        while length < len(head) - offset and j + length < hunk.end_edit and pair.edit_forms[j + length] == head[offset + length]:
            length += 1
        best = max(best, length)
    copied = pair.edit_forms[j : j + best]
    if not best and (hunk.start == hunk.end or pair.forms[hunk.start] in RELATIVES):
        return _last_named(pair, hunk, j)
    return best if any(word not in FUNCTION_WORDS for word in copied) else 0


def _last_named(pair: Pair, hunk: Hunk, j: int) -> int:
    """How many words from here on are of the name that stands last before the hunk, its last word among them."""
    before = [run for run in pair.names if hunk.start - NEAR <= run[1] <= hunk.start]
    if not before:
        return 0
    name, length = pair.forms[before[-1][0] : before[-1][1]], 0
    while j + length < hunk.end_edit and pair.edit_forms[j + length] in name:
        length += 1
    whole = before[-1][1] == hunk.start or pair.edit_forms[j + length - 1 : j + length] == name[-1:]
    return length if length and whole else 0


def tense_stays(pair: Pair, i: int, verb: str) -> bool:
    """The source's sentence has no finite verb of the other tense alone."""
    start, end = pair.sentence_of(min(i, len(pair.forms) - 1))
    said = set(pair.forms[start:end])
    present, past = bool(said & _PRESENT), bool(said & _PAST) or any(form.endswith("ed") for form in said)
    if verb in _PRESENT:
        return present or not past
    return past or not present if verb in _PAST else True
