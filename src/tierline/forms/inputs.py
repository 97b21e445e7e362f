"""Reads what training forms are made of: facts, their evidence, and the claims that were refused because others contradict them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import WHOLE_LAKE, Lake, Manifest
from tierline.stages import BY_NAME

FACT_COLUMNS = [
    *("fact_id", "subject", "entity", "predicate", "object", "value_type", "value_normal", "value_precision", "language"),
    *("state", "valid_from", "valid_until", "tokens"),
]
SOURCE_COLUMNS = ["source_id", "fact_id", "quote", "url", "domain"]
CLAIM_COLUMNS = ["claim_id", "subject", "predicate", "object", "value_type", "value_normal", "language", "domain"]
CONTRADICTED = "facts:contradicted"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The promoted shards of the tables that the stage reads; rows come a batch at a time."""

    lake: Lake
    manifests: tuple[Manifest, ...]

    @property
    def digests(self) -> dict[str, str]:
        """table/shard -> digest."""
        return {f"{one.table}/{one.shard}": one.digest for one in self.manifests}

    def facts(self) -> Iterator[Row]:
        """Rows of `l4_facts`."""
        return self._rows("l4_facts", FACT_COLUMNS)

    def sources(self) -> Iterator[Row]:
        """Rows of `l4_sources`."""
        return self._rows("l4_sources", SOURCE_COLUMNS)

    def contradictions(self) -> Iterator[Row]:
        """Rows of `l4_claims` that are no part of a fact because others contradict them; the ledger of the facts says so."""
        facts = [one for one in self.manifests if one.table == "l4_facts"]
        decided = self.lake.decisions("l4_facts", WHOLE_LAKE) if facts else None
        ids = decided.filter(pc.equal(decided["rule"], CONTRADICTED))["row_id"].combine_chunks() if decided else pa.array([], pa.string())
        return self._rows("l4_claims", CLAIM_COLUMNS, ids) if len(ids) else iter(())

    def _rows(self, table: str, columns: Sequence[str], ids: pa.Array | None = None) -> Iterator[Row]:
        for manifest in self.manifests:
            for batch in self.lake.stream(manifest, list(columns)) if manifest.table == table else ():
                yield from (batch if ids is None else batch.filter(pc.is_in(batch.column(columns[0]), value_set=ids))).to_pylist()


def read_inputs(lake: Lake) -> Inputs:
    """What the stage would be made of now."""
    return Inputs(lake, tuple(one for table in BY_NAME["l4_forms"].reads for one in lake.promoted(table)))
