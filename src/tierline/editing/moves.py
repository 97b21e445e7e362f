"""Says when words may stand elsewhere than in the source: sentences that rest on no other, and a phrase of time or place in front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tierline.editing.alignment import Hunk
from tierline.editing.inflection import one_word
from tierline.editing.pair import Pair
from tierline.editing.reasons import NEGATIONS
from tierline.editing.word import Word

_RESTING = frozenset(
    """he she it they him her them his hers its their this these those such then also however therefore thus hence later earlier next
    finally first second third 1th 2th 3th afterward subsequently meanwhile but and or so yet still instead moreover furthermore another
    other same former latter there here both neither either too otherwise consequently previously soon again ago for_example""".split()
)
_POINTING = frozenset("same former latter such respectively above below following previous next".split())
_PAST = frozenset("was were had did".split())
_PRESENT = frozenset("is are has have does do can may must".split())
_FRONTED = frozenset("in on at during since by until within throughout under near for according with without after before despite".split())
_CLAUSES = frozenset("and or but which who that whose where when while because if although so".split())
PHRASE_WORDS_MAX = 9


def is_allowed_move(pair: Pair, hunks: Sequence[Hunk]) -> bool:
    """Whether all these hunks together only moved words to a place where they say the same."""
    lost = [word for hunk in hunks for word in pair.forms[hunk.start : hunk.end]]
    added = [word for hunk in hunks for word in pair.edit_forms[hunk.start_edit : hunk.end_edit]]
    return (Counter(lost) == Counter(added) and (_sentences_moved(pair, hunks) or _phrase_moved(pair))) or _turned(pair)


def _sentences(words: Sequence[Word]) -> list[tuple[str, ...]]:
    found: list[list[str]] = []
    for word in words:
        if word.opens or not found:
            found.append([])
        found[-1].append(word.form)
    return [tuple(sentence) for sentence in found]


def _sentences_moved(pair: Pair, hunks: Sequence[Hunk]) -> bool:
    """The sentences are the same, and from the first that stands elsewhere to the last none rests on another or tells what came next."""
    there, here = _sentences(pair.source), _sentences(pair.edit)
    if Counter(there) != Counter(here):
        return False
    places = [index for index, (one, other) in enumerate(zip(there, here, strict=True)) if one != other]
    span = there[places[0] : places[-1] + 1]
    following = there[places[-1] + 1 : places[-1] + 2]
    if any(sentence[0] == "that" or _RESTING & set(sentence[:3]) or _POINTING & set(sentence) for sentence in [*span, *following]):
        return False
    return not any(map(_tells, span))


def _tells(sentence: Sequence[str]) -> bool:
    """What happened in the past: its place in the text says when."""
    if _PAST & set(sentence):
        return True
    return any(form.endswith("ed") and len(form) > 4 for form in sentence) and not _PRESENT & set(sentence[:PHRASE_WORDS_MAX])


def _phrase_moved(pair: Pair) -> bool:
    """In one sentence a phrase went from its front to its end or back: "In 1894 it burned." and "It burned in 1894.\""""
    there, here = _sentences(pair.source), _sentences(pair.edit)
    if len(there) != len(here):
        return False
    return all(one == other or _rotated(one, other) or _rotated(other, one) for one, other in zip(there, here, strict=True))


def _rotated(front: tuple[str, ...], back: tuple[str, ...]) -> bool:
    if len(front) != len(back) or front[0] not in _FRONTED or NEGATIONS & set(front):
        return False
    return any(
        front[length:] + front[:length] == back and not _CLAUSES & set(front[length:])
        for length in range(2, min(PHRASE_WORDS_MAX, len(front) - 2) + 1)
    )


def _turned(pair: Pair) -> bool:
    """One sentence turned from the passive to the active, or back: "It was built by Anna." and "Anna built it.\""""
    there, here = _sentences(pair.source), _sentences(pair.edit)
    if len(there) != len(here):
        return False
    return all(one == other or _is_passive_of(one, other) or _is_passive_of(other, one) for one, other in zip(there, here, strict=True))


def _is_passive_of(passive: tuple[str, ...], active: tuple[str, ...]) -> bool:
    """`passive` is X was V-ed [rest] by Y, `active` is Y V-ed X [rest], with one verb and no second clause."""
    if "by" not in passive or len(passive) != len(active) + 2 or (_CLAUSES | NEGATIONS) & set(passive):
        return False
    for be in (index for index, form in enumerate(passive) if form in ("was", "were", "is", "are")):
        subject, verb = passive[:be], passive[be + 1] if be + 1 < len(passive) else ""
        for by in (index for index, form in enumerate(passive) if form == "by" and index > be + 1):
            rest, agent = passive[be + 2 : by], passive[by + 1 :]
            for cut in range(1, len(agent) + 1):
                doer, tail = agent[:cut], agent[cut:]
                if (
                    active[:cut] == doer
                    and active[cut + 1 :] in (subject + rest + tail, subject + tail + rest)
                    and one_word(active[cut], verb)
                ):
                    return True
    return False
