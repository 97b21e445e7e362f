"""What an edit may change without saying anything else: each step here is one way of writing for another, and all else is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierline.editing.alignment import Hunk
from tierline.editing.boundaries import COPULAS, RELATIVES, Boundary, new_sentence_steps, tense_stays
from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.inflection import agrees, bases, is_derived, is_known, is_participle
from tierline.editing.number_words import is_number
from tierline.editing.pair import Pair, is_name
from tierline.editing.pieces import MONTHS
from tierline.editing.reasons import NEGATIONS
from tierline.editing.synonyms import are_synonyms
from tierline.editing.word import Forms, Word

_MISREAD = {("0", "o"), ("1", "l"), ("1", "i"), ("5", "s"), ("8", "b"), ("6", "b"), ("3", "e")}
STEPS_MAX = 40  # words of one hunk that are explained step by step; a longer one is another text
JOINED_MAX = 4  # words that may be written as one
REPEATED_MAX = 8  # words that stood twice in a row
ARTICLES = frozenset(("a", "the"))
_NO_ARTICLE_BEFORE = frozenset("few little lot great good number 1 bit couple while".split())  # "a few" is more than "few"
_PERSONS = {"he": "m", "him": "m", "his": "m", "she": "f", "her": "f", "hers": "f"}
_OBJECTS = {"him": "he", "his": "he", "her": "she", "them": "they", "their": "they", "its": "it"}
_LINKS = frozenset(tuple(link.split()) for link in "however|furthermore|moreover|additionally|in addition|in particular".split("|"))
_EITHER = (
    {"its", "it 's"}, {"your", "you are"}, {"their", "they are"}, {"their", "there"}, {"then", "than"}, {"loose", "lose"},
    {"which", "that"}, {"who", "that"}, {"whom", "who"}, {"toward", "towards"}, {"further", "farther"}, {"all_right", "ok"},
)  # fmt: skip
_ADDED = ({"while", "and"}, {"whereas", "and"}, {"while", "whereas"})  # behind a comma they add a clause
_AUXILIARIES = COPULAS | {"has", "have", "had"}
_POUNDS = {"unit:GBP", "unit:mass-pound"}
_OR = {"'s": frozenset(("is", "has")), "'d": frozenset(("would", "had"))}
NOISE = re.compile(
    r"(?:click (?:here|to)|read more|share (?:this|on)|subscribe|sign (?:up|in)|log ?in|advertisement|skip to|back to top|print this"
    r"|follow us|all rights reserved|leave a (?:comment|reply)|related (?:articles|posts)|cookies?|newsletter|loading|permalink|tweet"
    r"|scroll down|continue reading|view all|next page|previous page|home ?page|edit ?this)\b",
    re.I,
)
NOISE_WORDS = 12
SENTENCE_WORDS = 3  # a shorter one may stand twice by design


def is_allowed(pair: Pair, hunk: Hunk) -> bool:
    """Whether what became of these words can be put together from steps that keep what is said."""
    length, length_edit = hunk.end - hunk.start, hunk.end_edit - hunk.start_edit
    if _dropped(pair, hunk):
        return True
    if max(length, length_edit) > STEPS_MAX:
        return False
    boundary = Boundary.of(pair, hunk)
    reached = {(hunk.start, hunk.start_edit)}
    for i in range(hunk.start, hunk.end + 1):
        for j in range(hunk.start_edit, hunk.end_edit + 1):
            if (i, j) in reached:
                reached |= {(i + more, j + added) for more, added in _steps(pair, hunk, boundary, i, j)}
    return (hunk.end, hunk.end_edit) in reached


def _steps(pair: Pair, hunk: Hunk, boundary: Boundary, i: int, j: int) -> Iterator[tuple[int, int]]:
    """(words of the source, words of the edit) that the steps possible here consume."""
    source, edit = pair.forms[i : hunk.end], pair.edit_forms[j : hunk.end_edit]
    if source and edit:
        if source[0] == edit[0] or _is_one_word(pair, i, j) or _is_synonym(pair, i, j):
            yield 1, 1
        length = next((at for at in range(1, len(edit)) if pair.edit[j + at].start != pair.edit[j].start), len(edit))
        if _respelled(pair, i, pair.edit[j].written.lower()):  # one word may be two in normal form: "cannot"
            yield 1, length
        yield from _joined(pair.source[i : min(hunk.end, i + JOINED_MAX)], pair.edit[j : min(hunk.end_edit, j + JOINED_MAX)])
        for first in range(1, min(2, len(source)) + 1):
            for second in range(1, min(2, len(edit)) + 1):
                if {" ".join(source[:first]), " ".join(edit[:second])} in _EITHER:
                    yield first, second
    if source and _may_lack(pair.source, i, pair.edit_forms[hunk.start_edit : hunk.end_edit], _word_at(pair.edit, j)):
        yield 1, 0
    if source and edit and pair.source[i].apart and {source[0], edit[0]} in _ADDED:
        yield 1, 1
    if edit and _said_before(pair, i, pair.edit_forms, j):
        yield 0, 1
    if source and _said_before(pair, i, pair.forms, i):
        yield 1, 0
    if edit and _may_lack(pair.edit, j, pair.forms[hunk.start : hunk.end], _word_at(pair.source, i)):
        yield 0, 1
    for length in range(1, min(REPEATED_MAX, len(source)) + 1):
        if _repeated(pair.forms, i, length, (hunk.start, hunk.end)):
            yield length, 0
    for length in range(1, min(REPEATED_MAX, len(edit)) + 1):
        if tuple(edit[:length]) in pair.abbreviations and _repeated(pair.edit_forms, j, length, (hunk.start_edit, hunk.end_edit)):
            yield 0, length
    if source and _is_relative(source[:2]) and boundary.split < 0:  # a new sentence says its own time
        yield 2, 0
    if edit and _is_relative(edit[:2]) and tense_stays(pair, i, edit[1]):
        yield 0, 2
    for length in (1, 2):
        if source and pair.source[i].opens and pair.forms[i : i + length] in _LINKS:
            yield length, 0
    if source and (length := _resolved(pair, i, j, hunk.end_edit)):
        yield 1, length
    yield from boundary.steps(pair, hunk, i, j)
    yield from new_sentence_steps(pair, hunk, i, j)


def _is_relative(words: Sequence[str]) -> bool:
    """ "which was" in "the mill, which was built in 1894"."""
    return len(words) == 2 and words[0] in RELATIVES and words[1] in COPULAS


def _is_one_word(pair: Pair, i: int, j: int) -> bool:
    source, edit = pair.forms[i], pair.edit_forms[j]
    if edit in _OR.get(source, ()) or source in _OR.get(edit, ()):
        return True
    if {source, edit} == _POUNDS:  # the word is of a currency and of a weight, the sign of one of them
        return all(word.written.startswith("pound") for word in (pair.source[i], pair.edit[j]) if word.form == "unit:GBP")
    return agrees(pair.edit_forms[j - 1] if j else "", source, edit)


def _is_synonym(pair: Pair, i: int, j: int) -> bool:
    """Another word for the same, but in names and quotations, which stand word for word."""
    if is_name(pair.source, i) or is_name(pair.edit, j) or pair.is_quoted(i):
        return False
    return are_synonyms(pair.forms[i], pair.edit_forms[j])


def _respelled(pair: Pair, i: int, edit: str) -> bool:
    """A word that hardly anybody writes became one that people write, or that stands elsewhere in the source, by one slip of the hand."""
    source, edit = pair.source[i].written.lower().removesuffix("'s"), edit.removesuffix("'s")
    if not (source.isalnum() and edit.isalpha()) or len(edit) < 3 or source.isdigit():
        return False
    if is_known(source) or pair.counts[source] > 1:
        return False
    if any(map(str.isdigit, source)) or (is_known(edit) and ("rn" in source or "vv" in source) and "rn" not in edit):
        return _one_slip(source, edit)
    follows = i + 1 < len(pair.source) and pair.source[i + 1].written[:1].isupper() and not pair.source[i + 1].apart
    name = is_name(pair.source, i) and (follows or not pair.source[i].opens)
    elsewhere = len(edit) > 3 and bool(bases(edit) & pair.known_here or edit + "s" in pair.known_here)
    return (elsewhere or (not name and (is_known(edit) or is_derived(edit)))) and _one_slip(source, edit, elsewhere and len(edit) > 5)


def _one_slip(wrong: str, right: str, anywhere: bool = False) -> bool:
    """One letter more, less or another behind the first two (`anywhere`: in any place), or two neighbors exchanged (Damerau 1964)."""
    head = 0
    while head < min(len(wrong), len(right)) and wrong[head] == right[head]:
        head += 1
    tail = 0
    while tail < min(len(wrong), len(right)) - head and wrong[-1 - tail] == right[-1 - tail]:
        tail += 1
    left, middle = wrong[head : len(wrong) - tail], right[head : len(right) - tail]
    if len(left) == 2 and left == middle[::-1]:
        return True
    if any(map(str.isdigit, left)):  # read so by a machine: "th1s"
        return (left, middle) in _MISREAD
    if {left, middle} in ({"rn", "m"}, {"cl", "d"}, {"vv", "w"}, {"li", "h"}):
        return True
    if len(left) == len(middle) == 3 and left in (middle[1:] + middle[0], middle[2] + middle[:2]):
        return True  # a letter two places from its own
    if max(len(left), len(middle)) <= 1:
        return head >= 2 or len(left) != len(middle) or anywhere
    return max(len(left), len(middle)) == 2 and min(len(wrong), len(right)) >= 9 and head >= 3


def _joined(source: Sequence[Word], edit: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Words written as one on one side: "web site", "e-mail", "exam-\\nple"."""
    if source[0].form in ("not", "no") or edit[0].form in ("not", "no"):
        return
    fewest = 2 if source[0].form.startswith("unit:") else 3  # "light-year" and "light year" are one unit and two words
    for first in range(1, min(JOINED_MAX, len(source)) + 1):
        run, written = _run(source[:first]), _letters(source[:first])
        if any(map(str.isdigit, written)):
            break
        for second in range(max(1, fewest - first), min(JOINED_MAX, len(edit)) + 1):
            if run == _run(edit[:second]) or (written and written == _letters(edit[:second])):  # signs have no letters
                yield first, second


def _run(words: Sequence[Word]) -> str:
    return "".join(word.form for word in words)


def _letters(words: Sequence[Word]) -> str:
    return "".join(character for word in words for character in word.written if character.isalnum()).lower()


def _word_at(words: Sequence[Word], at: int) -> Word | None:
    return words[at] if at < len(words) else None


def _may_lack(words: Sequence[Word], at: int, others: Sequence[str], beside: Word | None) -> bool:
    """Whether one text may have this small word where the other has none: `others` are the other's forms in the hunk, `beside` is its next
    word."""
    form, following = words[at].form, words[at + 1].form if at + 1 < len(words) else ""
    if form in ARTICLES:
        return following not in _NO_ARTICLE_BEFORE
    if form == "also":
        return True
    if form == "both":
        return "and" in [word.form for word in words[at + 2 : at + 5]]
    if form == "in" and 0 < at < len(words) - 1:
        return beside is not None and beside.apart and is_name(words, at - 1) and is_name(words, at + 1)
    if form == "that":  # for "the" it points at something
        return not (ARTICLES & set(others) or words[at].opens or words[at].apart) and 0 < at < len(words) - 1
    return form == "and" and beside is not None and (beside.apart or beside.opens)


def _said_before(pair: Pair, i: int, forms: Sequence[str], at: int) -> bool:
    """An auxiliary that is said again or left out behind "and": "was built and (was) sold"."""
    if forms[at] not in _AUXILIARIES or not 0 < at < len(forms) - 1 or forms[at - 1] not in ("and", "or", "but"):
        return False
    start, _ = pair.sentence_of(min(i, len(pair.forms) - 1))
    said = next((form for form in reversed(pair.forms[start:i]) if form in _AUXILIARIES), "")
    return said == forms[at] and (forms[at + 1].endswith(("ed", "en")) or is_participle(forms[at + 1]))


def _repeated(forms: Sequence[str], at: int, length: int, hunk: tuple[int, int]) -> bool:
    """The same words stand right before or behind these, and not within the hunk: one of two copies stays."""
    run = tuple(forms[at : at + length])
    if any(is_number(word) or word in NEGATIONS for word in run):
        return False
    before, behind = run == tuple(forms[at - length : at]), run == tuple(forms[at + length : at + 2 * length])
    return (before and at - length < hunk[0]) or (behind and at + 2 * length > hunk[1])


def _dropped(pair: Pair, hunk: Hunk) -> bool:
    """Whole sentences or lines that stand elsewhere in the source too, or that a site puts around texts."""
    if hunk.end == hunk.start or hunk.end_edit > hunk.start_edit:
        return False
    for start, end in _shifted(pair, hunk):
        if pair.source[start].opens and (end == len(pair.source) or pair.source[end].opens):
            inside = [(first, last) for first, last in pair.sentences if start <= first and last <= end]
            return all(_stands_in(pair.forms[first:last], pair.forms[:first]) or _is_noise(pair, first, last) for first, last in inside)
    return False


def _stands_in(run: Forms, text: Forms) -> bool:
    return len(run) >= SENTENCE_WORDS and _joined_by_lines(run) in _joined_by_lines(text)


def _joined_by_lines(forms: Forms) -> str:
    return "\n".join(("", *forms, ""))


def _is_noise(pair: Pair, start: int, end: int) -> bool:
    return end - start <= NOISE_WORDS and bool(NOISE.match(pair.source_text, pair.source[start].start))


def _shifted(pair: Pair, hunk: Hunk) -> Iterator[tuple[int, int]]:
    """The spans whose removal leaves the same text."""
    start, end = hunk.start, hunk.end
    yield start, end
    while start and pair.forms[start - 1] == pair.forms[end - 1]:
        start, end = start - 1, end - 1
        yield start, end
    start, end = hunk.start, hunk.end
    while end < len(pair.forms) and pair.forms[start] == pair.forms[end]:
        start, end = start + 1, end + 1
        yield start, end


def _resolved(pair: Pair, i: int, j: int, end: int) -> int:
    """How many words of the edit name what the pronoun of the source stands for, if the source before it names nothing else."""
    pronoun = _OBJECTS.get(pair.forms[i], pair.forms[i])
    if pronoun not in ("he", "she", "it"):
        return 0
    opening = [(first, first + 1) for first, _ in pair.sentences if _may_be_named(pair.source[first]) and not is_name(pair.source, first)]
    runs = sorted((first, last) for first, last in [*pair.names, *opening] if last <= i and not _is_time(pair, first))
    candidates = {pair.forms[first:last] for first, last in runs}
    whole = {name for name in candidates if not any(name != other and set(name) <= set(other) for other in candidates)}
    start, _ = pair.sentence_of(i)
    before, _ = pair.sentence_of(max(0, start - 1))
    if len(whole) != 1 or runs[-1][1] <= before:
        return 0
    name = next(iter(whole))
    possessive = pair.forms[i] in ("his", "its", "their") or (pair.forms[i] == "her" and j < end)
    start = j + (pair.edit_forms[j : j + 1] == ("the",))
    for length in range(min(len(name), end - start), 0, -1):
        said = pair.edit_forms[start : start + length]
        if said == name or (said == name[-length:] and pronoun in ("he", "she")):
            behind = pair.edit_forms[start + length : start + length + 1]
            return start - j + length + (possessive and behind == ("'s",))
    return 0


def _may_be_named(word: Word) -> bool:
    """The first word of a sentence, whose capital says nothing."""
    return word.form not in FUNCTION_WORDS and not is_number(word.form)


def _is_time(pair: Pair, first: int) -> bool:
    return pair.forms[first].capitalize() in MONTHS or pair.forms[first].endswith("day")
