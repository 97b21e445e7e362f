"""The numbers that each site states, and whether what was once found of two sites by them still holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tierline.knowledge.feeds import Feeds
from tierline.knowledge.hashed import Keys, key_of, mixed, sums
from tierline.knowledge.outcomes import ANSWERS
from tierline.knowledge.site_samples import SiteSamples


class SiteNumbers:
    """Of each site the numbers that it states, and a key of all of them."""

    def __init__(self, sites: Keys, numbers: Keys, properties: Keys) -> None:
        """From the keys of rows: site, number (0: none that counts), and thing and property."""
        rows = np.flatnonzero((numbers != 0) & (sites != 0))
        rows = rows[np.lexsort((properties[rows], sites[rows]))]
        self._properties, self._numbers = properties[rows], numbers[rows]
        self._sites, self._starts = np.unique(sites[rows], return_index=True)
        self._ends = np.append(self._starts, len(rows))[1:]
        place = np.repeat(np.arange(len(self._sites)), self._ends - self._starts)
        self._keys = sums(mixed(self._properties ^ mixed(self._numbers)), place, len(self._sites))

    def samples(self) -> SiteSamples:
        """By which feeds are told."""
        return SiteSamples.of_rows(np.repeat(self._sites, self._ends - self._starts), self._properties, self._numbers)

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

    def _place(self, site: str) -> int | None:
        key = key_of(site)
        place = int(np.searchsorted(self._sites, np.uint64(key)))
        return place if place < len(self._sites) and self._sites[place] == key else None
