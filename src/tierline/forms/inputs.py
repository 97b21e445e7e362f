"""Reads what training forms are made of: facts, their evidence, and the values that are not settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.forms.unsettled import STATES
from tierline.lake import Lake, Manifest
from tierline.stages import BY_NAME

FACT_COLUMNS = [
    *("fact_id", "subject", "entity", "predicate", "object", "value_type", "value_normal", "value_precision", "language"),
    "object_entity",
    *("state", "valid_from", "valid_until", "superseded_by", "tokens"),
]
SOURCE_COLUMNS = ["source_id", "fact_id", "quote", "url", "domain"]
VALUE_COLUMNS = [
    *("value_id", "subject", "entity", "predicate", "object", "value_type", "value_normal", "language"),
    *("state", "reason", "is_ambiguous", "sources_for", "valid_from", "valid_until"),
]
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

    def values(self) -> Iterator[Row]:
        """Rows of `l4_values` that are neither settled nor refuted nor gone."""
        return self._rows("l4_values", VALUE_COLUMNS, STATES)

    def _rows(self, table: str, columns: Sequence[str], states: Sequence[str] = ()) -> Iterator[Row]:
        wanted = pa.array(states, pa.string())
        for manifest in self.manifests:
            for batch in self.lake.stream(manifest, list(columns)) if manifest.table == table else ():
                yield from (batch.filter(pc.is_in(batch.column("state"), value_set=wanted)) if states else batch).to_pylist()


def read_inputs(lake: Lake) -> Inputs:
    """What the stage would be made of now."""
    return Inputs(lake, tuple(one for table in BY_NAME["l4_forms"].reads for one in lake.promoted(table)))
