"""The numbers that each site states, and whether what was once found of two sites by them still holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from tierline.knowledge.feeds import COMPARED_MIN, NUMBERS_KEPT, Feeds, Numbers
from tierline.knowledge.hashed import Flags, Keys, find, key_of, mixed, sums
from tierline.knowledge.outcomes import ANSWERS


class SiteNumbers:
    """Of each site a sample of numbers, and a key of all of them."""

    def __init__(self, sites: Keys, numbers: Keys, properties: Keys) -> None:
        """From the keys of rows: site, number (0: none that counts), and thing and property."""
        rows = np.flatnonzero((numbers != 0) & (sites != 0))
        rows = rows[np.lexsort((properties[rows], sites[rows]))]
        self._properties, self._numbers = properties[rows], numbers[rows]
        self._sites, self._starts = np.unique(sites[rows], return_index=True)
        self._ends = np.append(self._starts, len(rows))[1:]
        place = np.repeat(np.arange(len(self._sites)), self._ends - self._starts)
        self._keys = sums(mixed(self._properties ^ mixed(self._numbers)), place, len(self._sites))

    @classmethod
    def joined(cls, parts: Sequence[SiteNumbers]) -> SiteNumbers:
        """Of the sites of all parts."""
        empty = np.empty(0, np.uint64)
        return cls(*(np.concatenate(columns) for columns in zip((empty,) * 3, *(part._columns() for part in parts), strict=True)))

    def compared(self) -> SiteNumbers:
        """The numbers by which `of` tells feeds: of the sites that have enough to be compared, those that it gives."""
        sites, numbers, properties = self._columns()
        is_new = np.ones(len(sites), bool)
        is_new[1:] = (sites[1:] != sites[:-1]) | (properties[1:] != properties[:-1])
        number = np.cumsum(is_new)  # of the property, over all sites
        place = np.repeat(np.arange(len(self._sites)), self._ends - self._starts)
        before = number[self._starts] - 1
        kept = number - before[place] <= NUMBERS_KEPT
        kept &= (number[self._ends - 1] - before >= COMPARED_MIN)[place]
        return SiteNumbers(sites[kept], numbers[kept], properties[kept])

    def has(self, sites: Keys) -> Flags:
        """Which of these are among its sites."""
        return find(sites, self._sites)[1]

    def parts(self, rows: int) -> Iterator[SiteNumbers]:
        """The same in parts of whole sites with about so many numbers."""
        of_site = self._starts // rows
        for number in np.unique(of_site).tolist():
            yield self.only(self._sites[of_site == number])

    def only(self, sites: Keys) -> SiteNumbers:
        """Of these sites alone."""
        places, found = find(np.unique(sites), self._sites)
        places = places[found]
        lengths = self._ends[places] - self._starts[places]
        rows = np.repeat(self._starts[places] - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        return SiteNumbers(np.repeat(self._sites[places], lengths), self._numbers[rows], self._properties[rows])

    def of(self, site: str) -> Numbers:
        """Those of NUMBERS_KEPT properties with the smallest keys."""
        place = self._place(site)
        part = slice(self._starts[place], self._ends[place]) if place is not None else slice(0, 0)
        properties, property_of = np.unique(self._properties[part], return_inverse=True)
        pairs = np.unique(np.stack([property_of.astype(np.uint64), self._numbers[part]]), axis=1)
        values = sums(mixed(pairs[1]), pairs[0].astype(np.int64), len(properties))
        return Numbers(properties[:NUMBERS_KEPT], values[:NUMBERS_KEPT])

    def basis(self, site: str, other: str) -> int:
        """A key of all numbers of two sites."""
        places = self._place(site), self._place(other)
        keys = np.array([0 if place is None else self._keys[place] for place in places], np.uint64)
        return int(mixed(mixed(keys[:1]) + keys[1:])[0])

    def stale(self, answers: pa.Table, feeds: Feeds) -> Keys:
        """The properties, in order, that rest on an answer that is not given now."""
        given = answers.group_by(["site", "other", "answer", "basis"]).aggregate([])
        wrong = [
            row
            for row in given.to_pylist()
            if self.basis(row["site"], row["other"]) != row["basis"] and feeds.compared(row["site"], row["other"]) != row["answer"]
        ]
        if not wrong:
            return np.empty(0, np.uint64)
        found = answers.join(pa.Table.from_pylist(wrong, given.schema), given.schema.names, join_type="left semi")
        return np.unique(found["judged"].to_numpy())

    def based(self, answers: pa.Table) -> pa.Table:
        """The same answers, on the numbers of now."""
        pairs = answers.group_by(["site", "other"]).aggregate([]).to_pylist()
        bases = {(row["site"], row["other"]): self.basis(row["site"], row["other"]) for row in pairs}
        known = zip(answers["site"].to_pylist(), answers["other"].to_pylist(), strict=True)
        column = pa.array([bases[pair] for pair in known], pa.uint64())
        return answers.set_column(answers.schema.get_field_index("basis"), ANSWERS.field("basis"), column)

    def _columns(self) -> tuple[Keys, Keys, Keys]:
        """Site, number and property of each row."""
        return np.repeat(self._sites, self._ends - self._starts), self._numbers, self._properties

    def _place(self, site: str) -> int | None:
        key = key_of(site)
        place = int(np.searchsorted(self._sites, np.uint64(key)))
        return place if place < len(self._sites) and self._sites[place] == key else None
