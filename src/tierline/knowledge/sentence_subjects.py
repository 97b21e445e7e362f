"""Tells names that begin a sentence from what is named only there: pronouns, common nouns, first names, titles."""

from __future__ import annotations

import re

WORDS_MAX = 8  # of a name
_TITLE = re.compile(
    r"(?:\w{2,20}(?:log|nom|graph|soph)er|\w{2,20}(?:ist|yst|ician)|writer|poet|painter|president|king|queen|emperor|empress|pope|prince|"
    r"princess|general|judge|senator|governor|captain|professor|doctor|sir|lord|lady|bishop|minister|chancellor|actor|actress|singer|author|engineer)\Z",
    re.I,
)
# First words of a sentence that begin no name, and nouns that name nothing alone.
_BEGINS_NO_NAME = frozenset(
    """a an the it its he his she her they their we our you your i my this that these those there here who whom whose which what when where
    why how in on at by for from of to with without under over after before during between among until as since because although though
    while if whether and but or so yet nor both each every many most some several all another other such only even just like unlike one two
    three four five six seven eight nine ten first second third today now currently nowadays then also thus hence meanwhile later eventually
    finally recently nearby no yes any more less much dear however therefore additionally moreover furthermore together about into
    construction building work works production population membership section part article page name life mother father son daughter brother
    sister wife husband author founder owner president director""".split()
)
_NOUNS = frozenset(
    """church school company city town village museum university college hospital library station house castle bridge center centre club
    team society association organization organisation group firm business project site website park hotel restaurant temple monastery
    cathedral factory plant mill port airport railway road line street island river lake state country nation republic kingdom government
    department ministry institute foundation committee council board office bank store shop king queen prince princess professor doctor sir
    lord lady saint""".split()
)
_NO_NAME_ALONE = re.compile(r"(?:tion|ment|ness|ship|ing|ity|ism|hood)s?\Z")


def is_named(subject: str, is_person: bool) -> bool:
    """Whether the words name one thing by themselves: a person by more than a first or last name, and without a title before it."""
    words = subject.split(" ")
    first = words[0].casefold()
    if len(words) > WORDS_MAX or first in _BEGINS_NO_NAME or words[-1][0].islower():
        return False
    if is_person:
        return len(words) > 1 and "and" not in words and not _TITLE.match(words[0])
    return len(words) > 1 or (first not in _NOUNS and not _NO_NAME_ALONE.search(first))
