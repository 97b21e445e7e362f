"""All claims and statements of a lake as verification reads them: keys of all of them, and the words of few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tierline.knowledge.claim_rows import ClaimRows, ClaimTable
from tierline.knowledge.hashed import Keys, Numbers
from tierline.knowledge.keyed_claims import KEYED, KEYS, STATED, keyed, keyed_statements

ROWS_PER_BATCH = 4096


class Stated:
    """Rows of KEYED in parts, and the sketches of their pages."""

    def __init__(self, parts: Sequence[ClaimRows]) -> None:
        self.parts = [part for part in parts if len(part)]
        self._starts = np.cumsum([0, *map(len, self.parts)])

    @classmethod
    def of(cls, claims: pa.Table, statements: pa.Table | None = None) -> Stated:
        """From rows of `l4_claims` and of `l4_statements`, whatever their order."""
        found = [*keyed(claims.to_batches(max_chunksize=ROWS_PER_BATCH))]
        if statements is not None:
            found += keyed_statements(statements.to_batches(max_chunksize=ROWS_PER_BATCH))
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

    def rows(self, places: Numbers) -> list[dict[str, Any]]:
        """Rows of STATED, in order of their ids, each with its `place`."""
        found: list[dict[str, Any]] = []
        for part, own, first in self._by_part(places):
            rows = part.take(own - first, STATED.names).to_pylist()
            found += [row | {"place": place} for row, place in zip(rows, own.tolist(), strict=True)]
        return sorted(found, key=lambda row: row["claim_id"])

    def ids(self, places: Numbers) -> list[str]:
        """Of these rows, in no order."""
        return [one for part, own, first in self._by_part(places) for one in part.take(own - first, ["claim_id"])["claim_id"].to_pylist()]

    def texts(self, places: Numbers) -> tuple[list[bytes], Numbers]:
        """(the text sketches of the pages of these rows, each once; for each row the place of its own)."""
        order = np.argsort(places, kind="stable")
        found = [part.take(own - first, ["text_sketch"])["text_sketch"] for part, own, first in self._by_part(places)]
        whole = pa.chunked_array([chunk for own in found for chunk in own.chunks], pa.binary()).fill_null(b"").combine_chunks()
        known, number = whole.dictionary_encode(), np.empty(len(places), np.int64)
        number[order] = known.indices.to_numpy()
        return known.dictionary.to_pylist(), number

    def _by_part(self, places: Numbers) -> Iterator[tuple[ClaimRows, Numbers, int]]:
        """(part, places in it, its first place)."""
        places = np.sort(places)
        of_part = np.searchsorted(self._starts, places, side="right") - 1
        for number in np.unique(of_part).tolist():
            yield self.parts[number], places[of_part == number], int(self._starts[number])
