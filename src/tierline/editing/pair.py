"""A source and its edit as words in normal form, with what the source says of sentences and names."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.given_names import genders_of_names
from tierline.editing.inflection import is_known
from tierline.editing.number_words import is_number
from tierline.editing.word import Forms, Word

QUOTATION = re.compile(r"[\"“„«]([^\"“”„«»\n]{1,1000})[\"”“»]|''((?:[^'\"\n]|'(?!')){1,1000})''")


GENDERED = {"m": frozenset("he him his himself".split()), "f": frozenset("she her hers herself".split())}


@dataclass(frozen=True)
class Pair:
    """A source and its edit as words in normal form."""

    source_text: str
    edit_text: str
    source: Sequence[Word]
    edit: Sequence[Word]
    abbreviations: frozenset[Forms] = frozenset()

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Of the source."""
        return tuple(word.form for word in self.source)

    @cached_property
    def edit_forms(self) -> tuple[str, ...]:
        """Of the edit."""
        return tuple(word.form for word in self.edit)

    @cached_property
    def known_here(self) -> frozenset[str]:
        """The words of the source."""
        return frozenset(self.forms)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word stands in the source."""
        return Counter(self.forms)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Where the source's sentences begin and end."""
        starts = [index for index, word in enumerate(self.source) if word.opens or not index]
        return list(zip(starts, [*starts[1:], len(self.source)], strict=True))

    def sentence_of(self, index: int) -> tuple[int, int]:
        """The sentence of the source in which a word stands."""
        return next(
            ((start, end) for start, end in self.sentences if start <= index < end), self.sentences[-1] if self.sentences else (0, 0)
        )

    @cached_property
    def _quotations(self) -> list[tuple[int, int]]:
        return [found.span() for found in QUOTATION.finditer(self.source_text)]

    def is_quoted(self, index: int) -> bool:
        """The word of the source, or its last one, stands in a quotation."""
        place = self.source[min(index, len(self.source) - 1)].start if self.source else 0
        return any(start <= place < end for start, end in self._quotations)

    @cached_property
    def _edit_starts(self) -> list[int]:
        return [index for index, word in enumerate(self.edit) if word.opens or not index]

    @cached_property
    def _openings(self) -> frozenset[Forms]:
        return frozenset(self.forms[start : start + 2] for start, _ in self.sentences)

    def new_sentence_of(self, index: int) -> int | None:
        """Where the edit's sentence around a word of it begins, if no sentence of the source begins so and the edit has more of them."""
        start = self._edit_starts[bisect_right(self._edit_starts, index) - 1]
        more = len(self._edit_starts) > len(self.sentences)
        return start if start and more and self.edit_forms[start : start + 2] not in self._openings else None

    @cached_property
    def genders(self) -> frozenset[str]:
        """m and f: of whom the source speaks, by its pronouns, or else by given names."""
        said = frozenset(gender for gender, words in GENDERED.items() if words & self.known_here)
        named = (genders_of_names().get(self.source[index].written) for start, end in self.names for index in range(start, end))
        opening = (genders_of_names().get(self.source[start].written) for start, _ in self.sentences)
        return said or frozenset(filter(None, (*named, *opening)))

    @cached_property
    def names(self) -> list[tuple[int, int]]:
        """Runs of capitalized words in the source, without those that only begin a sentence."""
        runs: list[tuple[int, int]] = []
        for index, word in enumerate(self.source):
            if not is_name(self.source, index):
                continue
            if runs and runs[-1][1] == index and not word.apart:
                runs[-1] = (runs[-1][0], index + 1)
            else:
                runs.append((index, index + 1))
        return runs


def is_name(words: Sequence[Word], index: int) -> bool:
    """A word with a capital that does not just begin a sentence."""
    word = words[index]
    if not word.written[:1].isupper() or word.form in FUNCTION_WORDS or is_number(word.form):
        return False
    if not word.opens:
        return True
    follows = index + 1 < len(words) and not words[index + 1].apart and words[index + 1].written[:1].isupper()
    return follows or not is_known(word.form)
