"""All claims and statements of a lake as verification reads them: keys of all of them, and the words of few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from tierline.knowledge.claim_rows import ClaimRows, ClaimTable
from tierline.knowledge.hashed import Keys, Numbers
from tierline.knowledge.keyed_claims import KEYED, KEYS, keyed, keyed_statements

ROWS_PER_BATCH = 4096
ROWS_PER_READ = 8192  # of a part, some 2 KB each


class Stated:
    """Rows of KEYED in parts, and the sketches of their pages."""

    def __init__(self, parts: Sequence[ClaimRows]) -> None:
        self.parts = [part for part in parts if len(part)]
        self._starts = np.cumsum([0, *map(len, self.parts)])

    @classmethod
    def of(cls, claims: pa.Table, statements: pa.Table | None = None) -> Stated:
        """From rows of `l4_claims` and of `l4_statements`, whatever their order."""
        found = [keyed(batch) for batch in claims.to_batches(max_chunksize=ROWS_PER_BATCH)]
        if statements is not None:
            found += map(keyed_statements, statements.to_batches(max_chunksize=ROWS_PER_BATCH))
        return cls([ClaimTable(pa.concat_tables([KEYED.empty_table(), *found]).combine_chunks())])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def keys(self) -> pa.Table:
        """Columns of KEYS of all rows, read anew."""
        return pa.concat_tables([KEYS.empty_table(), *(part.keys for part in self.parts)])

    def column(self, name: str) -> Keys:
        """Of the keys of all rows."""
        return self.keys[name].to_numpy()

    def take(self, places: Numbers, columns: Sequence[str]) -> Iterator[tuple[slice, pa.Table]]:
        """(which of the places, these columns of STATED in the rows there) in parts of at most ROWS_PER_READ rows. The places ascend."""
        cuts = np.searchsorted(places, self._starts)
        for part, start, end, before in zip(self.parts, cuts[:-1].tolist(), cuts[1:].tolist(), self._starts.tolist(), strict=False):
            for first in range(start, end, ROWS_PER_READ):
                own = slice(first, min(first + ROWS_PER_READ, end))
                yield own, part.take(places[own] - before, columns)

    def ids(self, places: Numbers) -> list[str]:
        """Of these rows, whose places ascend."""
        return [one for _, rows in self.take(places, ["claim_id"]) for one in rows["claim_id"].to_pylist()]
