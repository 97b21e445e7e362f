"""Finds the rows that inherit a mark from their ancestors: contamination goes from parents to children over any number of steps."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake
from tierline.stages import STAGES, stage_of
from tierline.tables import TABLES

SAME_ID = tuple(stage.name for stage in STAGES if TABLES[stage.name].tier and TABLES[stage.name].key == "doc_id")  # a document keeps its id


def descendants(lake: Lake, documents: Iterable[str], tables: Iterable[str]) -> dict[str, set[str]]:
    """Table -> ids of its promoted rows that are one of the documents or have one among their ancestors, for the tables asked for."""
    marked = {table: set(documents) for table in SAME_ID}
    wanted = set(tables)
    needed = wanted | {ancestor for table in wanted for ancestor in _ancestors(table)}
    ids = set(documents)  # of every table so far: ids have the prefix of their kind, so none can be mistaken for another
    for stage in STAGES:
        for table in needed.intersection(stage.tables) - set(SAME_ID) if ids else ():
            marked[table] = _children(lake, table, ids)
            ids |= marked[table]
    return {table: marked.get(table, set()) for table in wanted}


def _ancestors(table: str) -> set[str]:
    """The tables that hold the parents of its rows, their parents and so on."""
    parents = set(stage_of(table).parents)
    return parents.union(*(_ancestors(parent) for parent in parents))


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
