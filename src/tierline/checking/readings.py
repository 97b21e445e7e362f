"""Reads what a clause says of a thing that evidence knows: which property, which value, and how many words nothing explains."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from tierline.checking.cues import Cue, Spoken, cue_heads, cues_of
from tierline.checking.stated import Stated, said_in
from tierline.editing.english import FUNCTION_WORDS
from tierline.knowledge.keys import name_form
from tierline.knowledge.times import read_time
from tierline.knowledge.values import Value, agreement, read_value
from tierline.knowledge.vocabulary import Property, changes, fits, property_named

NAME_WORDS, VALUE_WORDS = 8, 6  # at most
CLAUSES_KEPT = 1 << 12
_TOKEN = re.compile(r"['’]s\b|\d(?:[\d.,]{0,30}\d)?|[^\W\d_][^\W_]{0,60}(?:[.'’&-][^\W_]{1,60}){0,4}²?|[^\w\s]")
_WHEN = re.compile(
    r"(?:\b(?:as of|as at|in|during|back in|by|since|at the end of)(?: the year| late| early| mid)? |\()"
    r"((?:\d{1,2} )?(?:[A-Z][a-z]{2,8} )?(?:\d{1,2}, )?(?:1[5-9]|20)\d\d)\b\)?,?",
    re.I,
)
_JOINING = frozenset("of the and de la le du des da do di del van von der den".split())
_THEIR = frozenset("its their his her whose".split())
_WAS, _IS = frozenset("was were had".split()), frozenset("is are has have".split())
_OTHER_CLAUSE = re.compile(r" (?:is|are|was|were|has|have|had) ")
# Words of a change: neither what was before it nor what is behind it is what evidence states.
_TURNS = frozenset(
    """became become becomes elected appointed replaced succeeded resigned moved left joined grew grown fell fallen rose increased decreased
    dropped lost gained doubled halved""".split()
)
TURN = 4  # as so many words that nothing explains
_ABOUT = frozenset("about around circa roughly approximately some ~ ≈".split())
# Words that say nothing which the property and the kind of its value do not say.
_PLAIN = frozenset(
    """total country nation state city town village place land territory island republic kingdom company organization university school
    person man woman value number figure amount entire overall whole official officially national present currently today now
    approximately around roughly estimated estimate about some located situated known as of by it there km m kilometers kilometres
    meters metres people inhabitants year years date named called serves served stands amounts equals come comes counts reaches
    according""".split()
)


class Token(NamedTuple):
    """A word, number or sign of a clause, at `text[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clause says: of `subject` (a `name_form`), that `predicate` is `value`, at `time` (EDTF) or now. `swapped`: that `value` has
    the subject as its own. `unexplained`: how many words play no part in it. `by` is `form` or `words`. `past`: it says what was."""

    subject: str
    predicate: str
    value: Value
    object: str
    time: str | None
    by: str
    unexplained: int = 0
    swapped: bool = False
    past: bool = False


def by_form(clause: str) -> list[Reading]:
    """What a clause says in a form that claims are read from."""
    words = frozenset(clause.casefold().split())
    past = bool(words & _WAS) and not words & _IS
    found = [one for one in said_in(clause, 1.0, {}) if not _OTHER_CLAUSE.search(one.object)]
    return [Reading(name_form(one.subject), one.predicate, one.value, one.object, one.since, "form", past=past) for one in found]


class Words:
    """A clause as tokens, in which things, properties and values are sought wherever they stand."""

    def __init__(self, clause: str) -> None:
        self._text = re.sub(r"(?<=\w)['’]s\b", " 's", clause)
        self.tokens = [Token(found[0], found.start(), found.end()) for found in _TOKEN.finditer(self._text)]
        self.lower = [token.text.casefold() for token in self.tokens]
        self._spoken = Spoken(self.lower)
        self._past = not _WAS.isdisjoint(self.lower) and _IS.isdisjoint(self.lower)
        found = _WHEN.search(self._text)
        self.time = read_time(found[1], "en") if found else None
        self._when = self._inside(found.start(), found.end()) if found and self.time else set[int]()

    def spans(self) -> Iterator[tuple[int, int, str]]:
        """(first, end, `name_form`) of every run of tokens that may be a name, longer ones first."""
        for size in range(min(NAME_WORDS, len(self.tokens)), 0, -1):
            for first in range(len(self.tokens) - size + 1):
                head, last = self.tokens[first], self.tokens[first + size - 1]
                starts = head.text[0].isupper() or head.text[0].isdigit() or head.text == "the"
                if starts and last.text[0].isalnum() and self._is_whole(first, first + size):
                    yield first, first + size, name_form(self._text[head.start : last.end])

    def _is_whole(self, first: int, end: int) -> bool:
        """Whether a run is no part of a longer name, as Guinea is of "Equatorial Guinea" and of "Gulf of Guinea"."""
        if end < len(self.tokens) and self.tokens[end].text[0].isupper():
            return False
        before = first - 1
        while before > 0 and self.lower[before] in _JOINING:
            before -= 1
        if before < 0 or not self.tokens[before].text[0].isupper():
            return True
        return before == 0 and (self.lower[0] in FUNCTION_WORDS | _PLAIN or self.lower[0] in cue_heads())

    def readings(self, first: int, end: int, form: str, stated: Sequence[Stated]) -> Iterator[Reading]:
        """What the clause says of the thing that its tokens `first` to `end` name, by each property that the evidence knows of it."""
        for predicate in dict.fromkeys(one.predicate for one in stated):
            own = [one for one in stated if one.predicate == predicate]
            if reading := self._reading(set(range(first, end)), form, predicate, own):
                yield reading

    def _reading(self, subject: set[int], form: str, predicate: str, stated: Sequence[Stated]) -> Reading | None:
        """The reading by the cue that leaves the fewest words unexplained."""
        known = property_named(predicate)
        timed = self._when if changes(predicate) else set[int]()
        stands = {cue: self._spoken.places(cue) for cue in cues_of(predicate)}
        own = {at + more for cue in stands for at in stands[cue] for more in range(len(cue.words))}
        best: Reading | None = None
        for cue in stands:
            for at in stands[cue]:
                told = set(range(at, at + len(cue.words)))
                if told & subject or (best and best.unexplained == 0):
                    continue
                for value, words, read in self._values(known, subject | timed, told, stated):
                    relation = self._relation(cue, told, subject, value, known)
                    if relation is None:
                        continue
                    played = subject | timed | own | value
                    left = self._unexplained(played) + self._of_a_part(subject, played)
                    if best is None or left < best.unexplained:
                        time = self.time if timed else None
                        best = Reading(form, predicate, read, words, time, "words", left, relation == "swapped", self._past)
        return best

    def _values(
        self, known: Property | None, taken: set[int], told: set[int], stated: Sequence[Stated]
    ) -> list[tuple[set[int], str, Value]]:
        """(tokens, words, value) of what may be the property's value: what agrees with the evidence, else the only other one."""
        typed = known is not None and known.type in ("number", "date")
        runs = list(self._typed_runs(known, taken) if typed and known else self._named_runs(known, taken | told, stated))
        agreeing = [run for run in runs if any(agreement(run[2], one.value) for one in stated)]
        if agreeing:
            return agreeing
        return runs if len(runs) == 1 else []

    def _typed_runs(self, known: Property, taken: set[int]) -> Iterator[tuple[set[int], str, Value]]:
        """Numbers with their units, or dates: from each token on the longest run that is one."""
        behind = 0
        for first, token in enumerate(self.tokens):
            starts = token.text[0].isdigit() or (known.type == "date" and token.text[:1].isupper()) or token.text in "$€£"
            if first < behind or first in taken or not starts:
                continue
            for end in range(min(first + VALUE_WORDS, len(self.tokens)), first, -1):
                if taken & set(range(first, end)):
                    continue
                words = self._words(first, end)
                value = read_value(words, known.name, "en")
                if value.type == known.type and fits(known, words, "en"):
                    about = first > 0 and self.lower[first - 1] in _ABOUT
                    value = read_value(f"about {words}", known.name, "en") if about else value
                    yield set(range(first - about, end)), words, value
                    behind = end
                    break

    def _named_runs(self, known: Property | None, taken: set[int], stated: Sequence[Stated]) -> Iterator[tuple[set[int], str, Value]]:
        """Runs that agree with what is stated, in any case; else runs of words with capitals, and currencies."""
        predicate = stated[0].predicate
        found: list[tuple[set[int], str, Value]] = []
        for size in range(VALUE_WORDS, 0, -1):
            for first in range(len(self.tokens) - size + 1):
                run = set(range(first, first + size))
                if run & taken or any(run & other for other, _, _ in found) or not self.tokens[first + size - 1].text[-1].isalnum():
                    continue
                words = self._words(first, first + size)
                value = read_value(words, predicate, "en")
                agrees = any(agreement(value, one.value) for one in stated)
                if agrees or (known and known.type == "currency" and value.type == "currency" and self.lower[first] not in FUNCTION_WORDS):
                    found.append((run, words, value))
        if found:
            yield from found
            return
        first = 0
        while first < len(self.tokens):
            end = self._capitals(first, taken)
            words = self._words(first, end) if end > first else ""
            if words and (known is None or fits(known, words, "en")):
                yield set(range(first, end)), words, read_value(words, predicate, "en")
            first = max(end, first + 1)

    def _capitals(self, first: int, taken: set[int]) -> int:
        """Behind the run of words with capitals that begins here; `first` where none does."""
        if not self._is_capital(first, taken) or (first == 0 and self.lower[0] in FUNCTION_WORDS | _PLAIN):
            return first
        end = at = first + 1
        while at < len(self.tokens) and at not in taken and (self._is_capital(at, taken) or self.lower[at] in _JOINING):
            at += 1
            end = at if self._is_capital(at - 1, taken) else end
        return end

    def _is_capital(self, at: int, taken: set[int]) -> bool:
        return at not in taken and self.tokens[at].text[0].isupper()

    def _relation(self, cue: Cue, told: set[int], subject: set[int], value: set[int], known: Property | None) -> str | None:
        """`holds` where the words between them say that the subject has the value, `swapped` where that the value has the subject, or
        None where they say neither. A number or date is the value of what is named beside it."""
        if known is not None and known.type in ("number", "date"):
            return "holds"
        s, v, p = min(subject), min(value), min(told)
        if cue.side:
            order = (s, p, v) if cue.side == ">" else (v, p, s)
            return "holds" if order == tuple(sorted(order)) else "swapped" if order[::-1] == tuple(sorted(order)) else None
        if owner := self._owner(told, subject, value):
            return "holds" if owner == "subject" else "swapped"
        return None

    def _owner(self, told: set[int], subject: set[int], value: set[int]) -> str | None:
        """Whose property a noun names: of what has 's before it, has it ("with X as its capital"), follows on "of", or comes first."""
        before = min(told) - 1
        while before >= 0 and self.lower[before] in _PLAIN:
            before -= 1
        if before >= 1 and self.lower[before] == "'s" and (before - 1 in subject or before - 1 in value):
            return "subject" if before - 1 in subject else "value"
        if before >= 0 and self.lower[before] in _THEIR:  # "With Oslo as its capital, Norway ..." names the owner behind it
            return "subject" if (min(subject) < min(value)) != (self.lower[0] == "with") else "value"
        at = max(told) + 1
        while at < len(self.tokens) and self.lower[at] in ("city", "town", "and", "the", "in", "of", "for", "unit"):
            at += 1
        is_named = at in subject or at in value
        if is_named and at > max(told) + 1 and self.lower[max(told) + 1] in ("of", "in", "for", "city", "and"):
            return "subject" if at in subject else "value"
        return "subject" if min(subject) < min(told) and min(subject) < min(value) else None

    def _of_a_part(self, subject: set[int], told: set[int]) -> int:
        """2 where the clause is about a part of what it names, as in "the forests of Norway" and "Norway's forests"."""
        before, behind = min(subject) - 1, max(subject) + 1
        while before >= 0 and self.lower[before] == "the":
            before -= 1
        heads = [before - 1] if before > 0 and self.lower[before] == "of" else []
        if behind < len(self.tokens) - 1 and self.lower[behind] == "'s":
            heads += [next((at for at in range(behind + 1, len(self.tokens)) if self.lower[at] not in _PLAIN), behind)]
        return 2 * any(at not in told and self.lower[at] not in _PLAIN and self.lower[at] not in FUNCTION_WORDS for at in heads)

    def _unexplained(self, told: Collection[int]) -> int:
        """How many words are neither told nor plain; a name or number counts twice, for it may be what the clause is about."""
        count = 0
        for at, token in enumerate(self.tokens):
            word = self.lower[at]
            if at in told or not token.text[0].isalnum() or word in FUNCTION_WORDS or word in _PLAIN:
                continue
            count += TURN if word in _TURNS else 2 if token.text[0].isdigit() or (token.text[0].isupper() and at) else 1
        return count

    def _inside(self, start: int, end: int) -> set[int]:
        return {at for at, token in enumerate(self.tokens) if start <= token.start < end}

    def _words(self, first: int, end: int) -> str:
        return self._text[self.tokens[first].start : self.tokens[end - 1].end]


class Parsed(NamedTuple):
    """A clause: its words, the runs of them that may be names, and what it says in a form that claims are read from."""

    words: Words
    spans: list[tuple[int, int, str]]
    by_form: list[Reading]

    @property
    def names(self) -> list[str]:
        """The `name_form` of each thing that it may be about, once."""
        return list(dict.fromkeys([form for _, _, form in self.spans] + [reading.subject for reading in self.by_form]))


@lru_cache(maxsize=CLAUSES_KEPT)
def parse(clause: str) -> Parsed:
    """What does not depend on evidence: first asked for its names, then read with what is known of them."""
    words = Words(clause)
    return Parsed(words, list(words.spans()), by_form(clause))


def read_clause(clause: Parsed, known: dict[str, list[Stated]]) -> list[Reading]:
    """Every reading of a clause about things in `known`, by `name_form`; those by form first, then those that explain most words."""
    words = clause.words
    found = [reading for reading in clause.by_form if reading.subject in known]
    found = [replace(one, time=one.time or (words.time if changes(one.predicate) else None)) for one in found]
    taken: set[int] = set()
    for first, end, form in clause.spans:
        if form in known and not taken & set(range(first, end)):
            taken |= set(range(first, end))
            found += words.readings(first, end, form, known[form])
    return sorted(found, key=lambda one: (one.by != "form", one.unexplained))
