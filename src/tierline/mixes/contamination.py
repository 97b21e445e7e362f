"""Keeps contaminated rows out of mixes: leaking documents, everything derived from them, and documents that were not checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake, Manifest
from tierline.lineage.inherit import SAME_ID, descendants
from tierline.tables.l1 import LEAK

CONTAMINATED, UNCHECKED = "mix:contaminated", "mix:not_checked_for_contamination"


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Row ids by table that have a leaking ancestor, the shards whose documents were checked, and the tables that record it."""

    contaminated: dict[str, set[str]]
    checked_shards: frozenset[str]
    manifests: tuple[Manifest, ...]

    def rules(self, table: str, row_ids: pa.ChunkedArray, shards: pa.ChunkedArray) -> pa.Array:
        """For each row of a table the rule that keeps it out, or null."""
        marked = pc.is_in(row_ids, value_set=pa.array(sorted(self.contaminated[table]), pa.string()))
        if table in SAME_ID:  # rows made from L2 were checked when L2 was selected
            unchecked = pc.invert(pc.is_in(shards, value_set=pa.array(sorted(self.checked_shards), pa.string())))
        else:
            unchecked = pa.array([False] * len(row_ids), pa.bool_())
        return pc.case_when(pc.make_struct(marked, unchecked), pa.scalar(CONTAMINATED), pa.scalar(UNCHECKED))


def read_exclusions(lake: Lake, tables: Sequence[str]) -> Exclusions:
    """From the promoted rows of `l1_contamination`. A shard counts as checked if exactly its present L1 rows were examined."""
    filtered = lake.promoted("l1_filtered")
    documents = {manifest.shard: manifest.digest for manifest in filtered}
    manifests = tuple(lake.promoted("l1_contamination"))
    leaking: set[str] = set()
    for manifest in manifests:
        rows = lake.read_promoted("l1_contamination", manifest.shard, ["doc_id", "verdict"])[0]
        leaking |= set(rows.filter(pc.equal(rows["verdict"], LEAK))["doc_id"].to_pylist())
    checked = frozenset(
        manifest.shard for manifest in manifests if manifest.inputs.get(f"l1_filtered/{manifest.shard}") == documents.get(manifest.shard)
    )
    return Exclusions(descendants(lake, leaking, tables), checked, (*filtered, *manifests))
