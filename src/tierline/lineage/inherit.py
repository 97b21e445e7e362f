"""Finds the rows that inherit a mark from their ancestors: contamination goes from parents to children over any number of steps."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake
from tierline.tables import TABLES

# Tables between a document and the rows that mixes draw, in the order in which rows are made from each other.
DESCENDANTS = ("l3_refined", "l4_claims", "l4_facts", "l4_manuals")
SAME_ID = ("l0_raw", "l1_filtered", "l2_selected")  # a document keeps its id in these


def descendants(lake: Lake, documents: Iterable[str], tables: Iterable[str]) -> dict[str, set[str]]:
    """Table -> ids of its promoted rows that are one of the documents or have one among their ancestors, for the tables asked for."""
    marked = {table: set(documents) for table in SAME_ID}
    wanted = set(tables)
    ids = set(marked["l2_selected"])  # of every table so far: ids have the prefix of their kind, so none can be mistaken for another
    needed = wanted | ({"l3_refined", "l4_claims"} if "l4_facts" in wanted else set())
    for table in DESCENDANTS:
        if ids and table in needed:
            marked[table] = _children(lake, table, ids)
            ids |= marked[table]
    return {table: marked.get(table, set()) for table in wanted}


def _children(lake: Lake, table: str, ids: set[str]) -> set[str]:
    key = TABLES[table].key
    found: set[str] = set()
    parents = pa.array(sorted(ids), pa.string())
    for manifest in lake.promoted(table):
        rows = lake.read_promoted(table, manifest.shard, [key, "parents"])[0].combine_chunks()
        links = rows["parents"]
        owners = pc.list_parent_indices(links)
        mine = pc.is_in(pc.list_flatten(links), value_set=parents)
        found |= set(rows[key].take(pc.filter(owners, mine)).to_pylist())
    return found
