"""Repairs misspelled English words: the dictionary says that one is, its neighbors say what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.editing.english import FUNCTION_WORDS
from tierline.operations.dictionary import frequency, is_word, pair_frequency, spelling
from tierline.operations.document import STEM, Document
from tierline.operations.operation import Kind, Operation, Rule

_WORD = re.compile(r"(?<![\w'’./@#$\\<&~^+=*-])[a-z]{5,24}(?![\w'’/@\\>=(*+_-]|\.\w|:\w|\[)")
_BEFORE = re.compile(r"([a-z]{1,40}) \Z", re.I)
_BEHIND = re.compile(r" ([a-z]{1,40})", re.I)
TIMES_MIN = 1_000_000  # of a right word in Google Books, in 10^12 words
TIMES_AHEAD = 100  # that the best word is more frequent than the next, where neighbors do not decide
LONG = 7  # letters
_ENDINGS = "r rs er ers or ors ness able ish less like ful ism ist ists ize ized izes y".split()
PAIR_AHEAD = 20  # the same for pairs of neighbors


def find_spelling(document: Document, proposer: str) -> Iterator[Operation]:
    """Small words that stand once, that no dictionary has, and that one slip of the hand makes of a frequent one."""
    for match in _WORD.finditer(document.text):
        if document.lowered[match[0]] == 1 and not is_word(match[0]) and (meant := meant_by(document, *match.span())):
            yield Operation(Kind.SPELLING, *match.span(), meant, "a misspelled word", proposer)


def verify_spelling(document: Document, operation: Operation) -> str:
    """The word is none of English nor of this document, one slip made it, and it is the one word that its neighbors ask for."""
    text, start, end = document.text, operation.start, operation.end
    was, meant = text[start:end], operation.replacement
    if not _WORD.fullmatch(was) or not meant.isalpha() or meant != meant.lower():
        return "spelling:no_word"
    if is_word(was):
        return "spelling:right_word"
    if document.is_verbatim(start, end):
        return "spelling:verbatim"
    if document.lowered[was] > 1 or document.words[was.capitalize()]:
        return "spelling:term"
    if _is_of_a_family(document, was, meant) or _is_derived(was):
        return "spelling:term"
    if _among_foreign(document, start, end):
        return "spelling:foreign"
    return "" if meant_by(document, start, end) == meant else "spelling:other_word"


def meant_by(document: Document, start: int, end: int) -> str:
    """The word that a misspelled one stands for, "" where that is open."""
    was = document.text[start:end]
    found = [(entry.term, entry.count) for entry in _close(was) if entry.count >= TIMES_MIN and is_word(entry.term) and entry.term != was]
    if not found:
        return ""
    before, behind = _beside(document, start, end)
    pairs = {term: pair_frequency(before, term) + pair_frequency(term, behind) for term, _ in found}
    ranked = sorted(found, key=lambda one: (-pairs[one[0]], -one[1]))
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else ("", 0)
    stands = document.lowered[best[0]] > 0
    if not pairs[best[0]] or _may_be_other(was, best[0]):
        return ""
    if (
        not (stands and len(was) >= LONG)
        and not _strongly(before, behind, best[0])
        and (document.is_technical or not _usual_slip(was, best[0]))
    ):
        return ""
    if second[0] and not (pairs[best[0]] > PAIR_AHEAD * pairs[second[0]] or (stands and best[1] > TIMES_AHEAD * second[1])):
        return ""
    return best[0]


def _close(was: str):  # symspellpy's own type  # pyright: ignore[reportUnknownParameterType]
    from symspellpy import Verbosity

    return [entry for entry in spelling().lookup(was, Verbosity.ALL, max_edit_distance=1) if _is_slip(was, entry.term)]


def _is_slip(was: str, meant: str) -> bool:
    """A slip within the word: its first and last letters are right, for an ending that came or went makes another form, or slang."""
    return was[0] == meant[0] and was[-1] == meant[-1] and frequency(meant) > 0


def _is_of_a_family(document: Document, was: str, meant: str) -> bool:
    """Other words that no dictionary has begin like this one and not like what it would become: "muxed" beside "muxer"."""
    stem = was[:STEM]
    return not meant.startswith(stem) and any(word != was and not is_word(word) for word in document.families.get(stem, ()))


def _is_derived(was: str) -> bool:
    """A word that English forms of another one, though no dictionary has it: "imagers" of "image"."""
    stems = (was.removesuffix(ending) for ending in _ENDINGS if was.endswith(ending))
    return any(len(stem) >= LONG - 3 and is_word(stem) for stem in stems)


def _strongly(before: str, behind: str, meant: str) -> bool:
    """It stands so with a neighbor that says more than a function word."""
    return any(
        beside not in FUNCTION_WORDS and pair_frequency(*pair)
        for beside, pair in ((before, (before, meant)), (behind, (meant, behind)))
        if beside
    )


def _usual_slip(was: str, meant: str) -> bool:
    """Neighbors exchanged, a letter doubled or single, one vowel for another, or one letter of a long word: what is left looks like no word
    of its own."""
    if len(was) >= LONG or sorted(was) == sorted(meant):
        return True
    if len(was) == len(meant):
        return all(set(pair) <= set("aeiou") for pair in zip(was, meant, strict=True) if pair[0] != pair[1])
    return re.sub(r"(.)\1", r"\1", was) == re.sub(r"(.)\1", r"\1", meant)


def _may_be_other(was: str, meant: str) -> bool:
    """Two letters are missing rather than one, two words stand without a space, or both are as good."""
    if any(pair_frequency(was[:cut], was[cut:]) for cut in range(2, len(was) - 1)):
        return True
    least = frequency(meant) / TIMES_AHEAD
    letters = "abcdefghijklmnopqrstuvwxyz"
    longer = (f"{was[:at]}{one}{other}{was[at:]}" for at in range(2, len(was)) for one in letters for other in letters)
    return any(frequency(word) > least for word in longer)


def _beside(document: Document, start: int, end: int) -> tuple[str, str]:
    before = _BEFORE.search(document.text[max(0, start - 40) : start])
    behind = _BEHIND.match(document.text[end : end + 40])
    return before[1].lower() if before else "", behind[1].lower() if behind else ""


def _among_foreign(document: Document, start: int, end: int) -> bool:
    """A neighbor is no English word either, or a name: quotations in other languages, lists of names, code."""
    before, behind = _beside(document, start, end)
    return any(word and not is_word(word) for word in (before, behind))


SPELLING = Rule("spelling-1", find_spelling, ("en",))
