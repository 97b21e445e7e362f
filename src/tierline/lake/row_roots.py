"""Gives activities from before there was a tree over their rows its root, so that their rows can be shown one by one."""

from __future__ import annotations

import json

import pyarrow as pa

from tierline.errors import Damaged
from tierline.lake.digest import ContentDigest
from tierline.lake.locks import only_run
from tierline.lake.manifest import Manifest, manifest_of
from tierline.lake.row_tree import RowTree
from tierline.lake.store import TICK, Lake
from tierline.tables import TABLES
from tierline.tables.records import ACTIVITIES


def without_roots(lake: Lake) -> list[tuple[str, str]]:
    """(stage, shard) of the present activities without roots."""
    return [(row["stage"], row["shard"]) for row in lake.activity_rows() if not row["row_roots"]]


def add_row_roots(lake: Lake, stage: str, shard: str) -> bool:
    """Record the activity of a stage's shard once more, with the roots of its rows; False if it has them. Rows, digests and verdicts stay.
    Raises Damaged, and records nothing, where its rows are not those whose digest it has recorded."""
    where = {"stage": stage, "shard": shard}
    with only_run(lake, stage, shard, lambda _: None):
        replaced, judged = lake.delta.files("activities", where), lake.delta.files("verdicts", where)
        row = lake.activity(stage, shard)
        if row is None or row["row_roots"]:
            return False
        written = [manifest_of(row, output["table"]) for output in row["outputs"] if output["table"] in TABLES]
        roots = {one.table: _root(lake, one) for one in written}
        changes = {"row_roots": json.dumps(roots, sort_keys=True), "ended_at": row["ended_at"] + TICK}
        changes["before"] = {"activity": replaced, "verdict": judged}
        table = pa.Table.from_pylist([row | changes], schema=ACTIVITIES)
        return lake.delta.replace_if("activities", table, where, replaced)


def _root(lake: Lake, manifest: Manifest) -> str:
    content = TABLES[manifest.table].content
    digest, tree = ContentDigest(content), RowTree(content)
    for batch in lake.stream(manifest, content.names):
        digest.update(batch)
        tree.update(batch)
    if digest.hexdigest() != manifest.digest:
        raise Damaged("its rows are not those that were recorded", f"{manifest.table}/{manifest.shard}", "run `tierline verify`")
    return tree.hexdigest()
