"""Words that show which property a sentence is about, beyond the labels of the vocabulary, and on which side of them its subject stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from tierline.editing.inflection import bases
from tierline.knowledge.vocabulary import VOCABULARY, property_named

FORMS_KEPT = 1 << 16  # words whose bases are remembered


class Cue(NamedTuple):
    """Words in lower case. `side` is ">" where the subject stands before them and the value behind, "<" where it is the other way round,
    "" for a noun, whose possessor is the subject."""

    words: tuple[str, ...]
    side: str


# property | words; numbers and dates need no side, for no thing is one of these.
_TABLE = """
population | people, inhabitant, lives, home to, populous, populated, citizens, souls, head count
area | covers, spans, extends over, extends across, stretches over, stretches across, occupies, size, surface, \
measures, takes up, square kilometers, square kilometres, square km, sq km, km², km2, square miles, sq mi, hectares, acres
elevation | above sea level, high, rises, peaks
height | tall, high, rises, stands
length | long, runs for, stretches, flows for
depth | deep
width | wide
weight | weighs, heavy
capital | seat of government, >has its government in, >is governed from, >is ruled from, <is home to the government of
largest city | biggest city, most populous city
currency | money, legal tender, >uses, >use, >pays in, >pay in, >pay with, >pays with, >adopted, >trades in, <is used in, <is spent in, \
<circulates in, <is accepted in, <is legal tender in
continent | >lies in, >is in, \
>is located in, >is situated in, >is part of, >belongs to, >is a country in, >is a nation in, >is a state in, \
>is found in, <is home to, <includes, <contains
country | >lies in, >is in, >is located in, >is situated in, >is part of, >is a city in, >is a town in, >is a village in, <is home to
location | >lies in, >is in, >stands in
headquarters | >is based in, >is headquartered in, >has its headquarters in, >has its head office in
official language | >speaks, >speak, <is spoken in
founding date | founded, established, set up, created, dates back to, dates from, began, started, foundation, formed, came into being
birth date | born, birthday, birth, came into the world
death date | died, death, passed away, dead
birth place | >born in, >was born in, >comes from, >came into the world in
death place | >died in, >passed away in
opening date | opened, opening, doors
date built | built, erected, completed, constructed, construction, finished
founder | <founded, <established, <set up, <started, >was founded by, >was established by, >was set up by
author | <wrote, >was written by, >is written by, <is the author of
director | <directed, >was directed by
composer | <composed, >was composed by
architect | <designed, >was designed by
inventor | <invented, >was invented by
head of state | <is head of state of, >is headed by, president, monarch, <reigns in, <presides over
head of government | <leads the government of, prime minister, premier
mayor | <is mayor of
ceo | <runs, <heads, >is run by, >is headed by
owner | <owns, >belongs to
employees | employs, staff, workers, people work
students | students, enrolled, study
gdp | economy, economic output
"""


@cache
def cues() -> dict[str, tuple[Cue, ...]]:
    """The cues of every property, the longest first."""
    found = {one.name: [*(Cue(tuple(word.casefold().split()), "") for word in (one.name, *one.labels))] for one in VOCABULARY.values()}
    for line in _TABLE.replace("\\\n", "").strip().split("\n"):
        name, words = (part.strip() for part in line.split("|"))
        found[name] += [Cue(tuple(word.lstrip("<>").split()), word[0] if word[0] in "<>" else "") for word in words.split(", ")]
    return {name: tuple(sorted(own, key=lambda cue: -len(cue.words))) for name, own in found.items()}


@cache
def cue_heads() -> frozenset[str]:
    """The words that cues consist of: at the start of a sentence they are part of no name."""
    return frozenset(word for own in cues().values() for cue in own for word in cue.words)


def cues_of(predicate: str) -> tuple[Cue, ...]:
    """Those of a predicate; of one outside of the vocabulary its own words."""
    known = property_named(predicate)
    return cues()[known.name] if known else (Cue(tuple(predicate.casefold().split()), ""),)


class Spoken:
    """Words in lower case, found by what they may be forms of."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._at: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            for base in bases_of(word):
                self._at.setdefault(base, []).append(at)

    def places(self, cue: Cue) -> list[int]:
        """Where a cue stands among them, in whatever forms of its words."""
        if not cue.words:
            return []
        head, *rest = cue.words
        heads = {at for base in bases_of(head) for at in self._at.get(base, ()) if at + len(rest) < len(self._words)}
        return sorted(at for at in heads if all(map(_is_form_of, rest, self._words[at + 1 : at + len(cue.words)])))


@lru_cache(maxsize=FORMS_KEPT)
def bases_of(word: str) -> frozenset[str]:
    """What a word may be a form of."""
    return bases(word)


def _is_form_of(word: str, said: str) -> bool:
    return not bases_of(word).isdisjoint(bases_of(said))
