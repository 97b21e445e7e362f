"""Tells sites that publish one data feed: their numbers are equal, digit by digit, in nearly all that they have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from tierline.text.domains import registrable_domain

# Two honest bases write the area of 135 of 217 countries alike (mledoze/countries, the World Factbook). Were that the chance of each
# number, they would write ten of ten alike once in 120 times.
EQUAL_MIN = 0.95
COMPARED_MIN = 10
DIGITS_MIN = 3  # significant ones; honest sites round to the same one or two
NUMBERS_KEPT = 1_000  # of one site: those whose properties have the smallest hashes
FEEDS_MAX = 32  # with more among the sources of one value, the others are compared with these alone
SITES_MAX = 8  # of one source
_NOT_A_DIGIT = re.compile(r"\D+")

Numbers = dict[int, set[int]]  # hashes of properties, and those of what a site states for each


class Feeds:
    """The numbers of sites as they write them, and which sites have one feed."""

    def __init__(self, claims: Iterable[Mapping[str, Any]]) -> None:
        """From rows of `l4_claims`, whatever their order. Of each site a sample is kept, by the hash of the property."""
        self._numbers: dict[str, Numbers] = {}
        self._equal: dict[tuple[str, str], str] = {}
        for row in claims:
            if row["domain"] and row["value_type"] == "number" and len(_significant(row["object"])) >= DIGITS_MIN:
                site = self._numbers.setdefault(registrable_domain(row["domain"]), {})
                site.setdefault(_hash(f"{row['subject_key']}\0{row['predicate']}"), set()).add(_hash(row["object"].strip()))
                if len(site) > 2 * NUMBERS_KEPT:
                    _keep_smallest(site)
        for site in self._numbers.values():
            _keep_smallest(site)

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
        return next(filter(None, (self._compared(one, other) for one, other in _pairs(sites, others))), "")

    def _compared(self, one: str, other: str) -> str:
        """Why two sites have one feed, or ""."""
        if (one, other) not in self._equal:
            ours, theirs = sorted((self._numbers.get(one, {}), self._numbers.get(other, {})), key=len)
            both = [place for place in ours if place in theirs]
            equal = sum(ours[place] == theirs[place] for place in both)
            is_one = len(both) >= COMPARED_MIN and equal >= EQUAL_MIN * len(both)
            self._equal[one, other] = f"data: {equal} of {len(both)} numbers are those of {other}" if is_one else ""
        return self._equal[one, other]


def _pairs(sites: frozenset[str], others: frozenset[str]) -> Iterator[tuple[str, str]]:
    for one in sorted(sites)[:SITES_MAX]:
        for other in sorted(others)[:SITES_MAX]:
            yield one, other


def _significant(text: str) -> str:
    return _NOT_A_DIGIT.sub("", text).strip("0")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _keep_smallest(site: Numbers) -> None:
    for place in sorted(site)[NUMBERS_KEPT:]:
        del site[place]
