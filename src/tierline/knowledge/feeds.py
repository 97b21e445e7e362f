"""Tells sites that publish one data feed: their numbers are equal, digit by digit, in nearly all that they have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tierline.knowledge.hashed import Keys, find
from tierline.knowledge.sites import site_of

# Two honest bases write the area of 135 of 217 countries alike (mledoze/countries, the World Factbook). Were that the chance of each
# number, they would write ten of ten alike once in 120 times.
EQUAL_MIN = 0.95
COMPARED_MIN = 10
DIGITS_MIN = 3  # significant ones; honest sites round to the same one or two
NUMBERS_KEPT = 1_000  # of one site: those whose properties have the smallest hashes
FEEDS_MAX = 32  # with more among the sources of one value, the others are compared with these alone
SITES_MAX = 8  # of one source
_NOT_A_DIGIT = re.compile(r"\D+")

Answers = dict[tuple[str, str], str]  # by two sites, why they have one feed, or ""


class Numbers(NamedTuple):
    """What a site states: keys of its properties, each once and in order, and of its numbers for each."""

    properties: Keys
    values: Keys


class Feeds:
    """The numbers of sites as they write them, and which sites have one feed."""

    def __init__(self, numbers: Callable[[str], Numbers]) -> None:
        """`numbers` gives those of a site, at most NUMBERS_KEPT of them: those of the properties with the smallest keys."""
        self._numbers = numbers
        self._known: dict[str, Numbers] = {}
        self._equal: Answers = {}
        self.answered: Answers = {}  # since somebody cleared it

    def joined(self, sources: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, str]]:
        """For each source, given with its sites, (the source that stands for its feed, why); why is "" where that is itself.

        A source joins the first one in alphabetical order whose feed it has.
        """
        found: dict[str, tuple[str, str]] = {}
        first: list[str] = []
        for source in sorted(sources):
            reasons = ((other, why) for other in first if (why := self._one_feed(sources[source], sources[other])))
            found[source] = next(reasons, (source, ""))
            if not found[source][1] and len(first) < FEEDS_MAX:
                first.append(source)
        return found

    def _one_feed(self, sites: frozenset[str], others: frozenset[str]) -> str:
        return next(filter(None, (self.compared(one, other) for one, other in _pairs(sites, others))), "")

    def compared(self, one: str, other: str) -> str:
        """Why two sites have one feed, or ""."""
        if (one, other) not in self._equal:
            ours, theirs = self._of(one), self._of(other)
            places, found = find(ours.properties, theirs.properties)
            both, equal = int(found.sum()), int((found & (ours.values == theirs.values[places])).sum()) if found.any() else 0
            is_one = both >= COMPARED_MIN and equal >= EQUAL_MIN * both
            # The share alone, rounded: that one more number is equal is no news about everything that these sites state.
            self._equal[one, other] = f"data: {equal / both:.2f} of {other}" if is_one else ""
        self.answered[one, other] = self._equal[one, other]
        return self._equal[one, other]

    def _of(self, site: str) -> Numbers:
        if site not in self._known:
            self._known[site] = self._numbers(site)
        return self._known[site]


def is_compared(claim: Mapping[str, Any]) -> bool:
    """Whether a claim states a number of a site by which feeds are known."""
    return bool(site_of(claim)) and claim["value_type"] == "number" and len(_significant(claim["object"])) >= DIGITS_MIN


def _pairs(sites: frozenset[str], others: frozenset[str]) -> Iterator[tuple[str, str]]:
    for one in sorted(sites)[:SITES_MAX]:
        for other in sorted(others)[:SITES_MAX]:
            yield one, other


def _significant(text: str) -> str:
    return _NOT_A_DIGIT.sub("", text).strip("0")
