"""Of each site a sample of the numbers that it states, by which sites of one data feed are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tierline.knowledge.feeds import COMPARED_MIN, NUMBERS_KEPT, Numbers
from tierline.knowledge.hashed import Flags, Keys, find, key_of, mixed, sums


class SiteSamples:
    """Properties and values of sites, in the order of sites and properties."""

    def __init__(self, sites: Keys, properties: Keys, values: Keys) -> None:
        """Columns of one length; a property of a site is there once."""
        self._properties, self._values = properties, values
        self._sites, self._starts = np.unique(sites, return_index=True)
        self._ends = np.append(self._starts, len(sites))[1:]

    @classmethod
    def of_rows(cls, sites: Keys, properties: Keys, numbers: Keys) -> SiteSamples:
        """From the keys of rows in the order of sites and properties: of the NUMBERS_KEPT properties with the smallest keys all numbers as
        one value. A site with fewer than a comparison needs is left out."""
        order = np.lexsort((numbers, properties, sites))
        sites, properties, numbers = sites[order], properties[order], numbers[order]
        is_property = _changes(sites, properties)
        is_number = _changes(sites, properties, numbers)
        group = np.cumsum(is_property) - 1
        values = sums(mixed(numbers[is_number]), group[is_number], int(is_property.sum()))
        sites, properties = sites[is_property], properties[is_property]
        _, starts, of_site, counts = np.unique(sites, return_index=True, return_inverse=True, return_counts=True)
        kept = (np.arange(len(sites)) - starts[of_site] < NUMBERS_KEPT) & (counts[of_site] >= COMPARED_MIN)
        return cls(sites[kept], properties[kept], values[kept])

    @classmethod
    def joined(cls, parts: Sequence[SiteSamples]) -> SiteSamples:
        """Of parts with other sites each."""
        columns = [(part._site_of_rows(), part._properties, part._values) for part in parts]
        sites, properties, values = (np.concatenate(own) for own in zip((np.empty(0, np.uint64),) * 3, *columns, strict=True))
        order = np.argsort(sites, kind="stable")
        return cls(sites[order], properties[order], values[order])

    def has(self, sites: Keys) -> Flags:
        """Which of these are among its sites."""
        return find(sites, self._sites)[1]

    def parts(self, rows: int) -> Iterator[SiteSamples]:
        """The same in parts of whole sites with about so many rows."""
        part = self._starts // rows
        for number in np.unique(part).tolist():
            yield self.only(self._sites[part == number])

    def only(self, sites: Keys) -> SiteSamples:
        """Of these sites alone, which are in order."""
        places, found = find(sites, self._sites)
        starts, lengths = self._starts[places[found]], (self._ends - self._starts)[places[found]]
        rows = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        return SiteSamples(self._site_of_rows()[rows], self._properties[rows], self._values[rows])

    def of(self, site: str) -> Numbers:
        """Those of one site; empty where it is left out."""
        (place,), (found,) = find(np.array([key_of(site)], np.uint64), self._sites)
        own = slice(self._starts[place], self._ends[place]) if found else slice(0, 0)
        return Numbers(self._properties[own], self._values[own])

    def _site_of_rows(self) -> Keys:
        return np.repeat(self._sites, self._ends - self._starts)


def _changes(*columns: Keys) -> Flags:
    """Which rows differ from the one before."""
    found = np.ones(len(columns[0]), bool)
    found[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return found
