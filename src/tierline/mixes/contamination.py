"""Keeps contaminated rows out of mixes: leaking documents, everything derived from them, and documents that were not checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake, Manifest
from tierline.lineage.inherit import SAME_ID, descendants
from tierline.sql import readable, view_rows
from tierline.tables.l1 import LEAK
from tierline.tables.records import DECISIONS

STAGE = "l1_contamination"
CONTAMINATED, UNCHECKED = "mix:contaminated", "mix:not_checked_for_contamination"


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Row ids by table that have a leaking ancestor, or one that could not be checked, the shards whose documents were checked, and the
    tables that record it."""

    contaminated: dict[str, set[str]]
    unexamined: dict[str, set[str]]
    checked_shards: frozenset[str]
    manifests: tuple[Manifest, ...]

    def rules(self, table: str, row_ids: pa.ChunkedArray, shards: pa.ChunkedArray) -> pa.Array:
        """For each row of a table the rule that keeps it out, or null."""
        marked, unchecked = (
            pc.is_in(row_ids, value_set=pa.array(sorted(ids[table]), pa.string())) for ids in (self.contaminated, self.unexamined)
        )
        if table in SAME_ID:  # rows made from L2 were checked when L2 was selected
            unchecked = pc.or_(unchecked, pc.invert(pc.is_in(shards, value_set=pa.array(sorted(self.checked_shards), pa.string()))))
        return pc.case_when(pc.make_struct(marked, unchecked), pa.scalar(CONTAMINATED), pa.scalar(UNCHECKED))


def read_exclusions(lake: Lake, tables: Sequence[str]) -> Exclusions:
    """From the promoted rows of `l1_contamination`. A shard counts as checked if exactly its present L1 rows were examined."""
    filtered = lake.promoted("l1_filtered")
    documents = {manifest.shard: manifest.digest for manifest in filtered}
    manifests = tuple(lake.promoted(STAGE))
    leaking: set[str] = set()
    for manifest in manifests:
        rows = lake.read_promoted(STAGE, manifest.shard, ["doc_id", "verdict"])[0]
        leaking |= set(rows.filter(pc.equal(rows["verdict"], LEAK))["doc_id"].to_pylist())
    checked = frozenset(
        manifest.shard for manifest in manifests if manifest.inputs.get(f"l1_filtered/{manifest.shard}") == documents.get(manifest.shard)
    )
    unexamined = _unexamined(lake, [manifest.shard for manifest in manifests])
    return Exclusions(descendants(lake, leaking, tables), descendants(lake, unexamined, tables), checked, (*filtered, *manifests))


def _unexamined(lake: Lake, shards: Sequence[str]) -> set[str]:
    """The documents that no code could check."""
    with duckdb.connect() as database, readable(lake.root):
        files = [file for shard in shards for file in lake.ledger_files(STAGE, shard)]
        view_rows(database, "decisions", lake, "decisions", files, DECISIONS)
        return {row_id for (row_id,) in database.execute("select row_id from decisions where outcome = 'error'").fetchall()}
