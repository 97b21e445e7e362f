"""What other engines read: the current version of each Delta table is what is promoted, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierline.lake.catalog import Row
from tierline.lake.catalog_rows import partition
from tierline.lake.records import follow_back
from tierline.stages import STAGES
from tierline.tables import TABLES, stage_tables
from tierline.tables.records import DECISIONS

if TYPE_CHECKING:
    from tierline.lake.store import Lake


def publish(lake: Lake, stage: str, shard: str) -> None:
    """Bring the Delta tables of a stage's shard to what is promoted of it: the rows that were judged, or none while they are refused.

    Its decisions are published with every verdict. Rows that are not judged yet leave what was published before.
    """
    row = lake.activity(stage, shard)
    if row is None:  # what a crash left in a lake from before tables held promoted rows alone
        for table in stage_tables(stage):
            lake.delta.publish(table, TABLES[table].schema, [], {"shard": shard})
    while row is not None:
        promoted = lake.is_promoted(stage, shard)
        for output in row["outputs"]:
            table, _, ledger = output["table"].partition("/")
            if ledger:
                lake.delta.publish("decisions", DECISIONS, output["files"], {"stage": ledger, "shard": shard})
            else:
                lake.delta.publish(table, TABLES[table].schema, output["files"] if promoted else [], {"shard": shard})
        judged, row = row, lake.activity(stage, shard)
        unchanged = row is not None and row["ended_at"] == judged["ended_at"]  # else another run has written the shard meanwhile
        if row is None or (unchanged and lake.is_promoted(stage, shard) == promoted):  # or has judged it otherwise
            return


def publish_all(lake: Lake) -> list[tuple[str, str]]:
    """The same for everything that differs: after a crash between a verdict and its publication, after a waiver's last day, and in
    a lake from before tables held promoted rows alone. Returns the stages and shards that were published."""
    changed: list[tuple[str, str]] = []
    for stage in STAGES:
        differing: set[str] = set()
        for table in stage.tables:
            promoted = {file for manifest in lake.promoted(table) for file in manifest.files}
            differing |= {partition(file)[1] for file in promoted ^ set(lake.delta.files(table))}
        for shard in sorted(differing):
            if not _waits_for_its_gate(lake, stage.name, shard):
                publish(lake, stage.name, shard)
                changed.append((stage.name, shard))
    return changed


def _waits_for_its_gate(lake: Lake, stage: str, shard: str) -> bool:
    """Whether what is published was promoted, and what has been written since is not judged yet."""
    row, verdict = lake.activity(stage, shard), lake.verdict(stage, shard)
    if row is None or verdict is None or verdict["digest"] == row["digest"]:
        return False
    published = lake.delta.files(stage, {"shard": shard})
    states = follow_back(lake.delta, row, [verdict])
    return any(files_of(before, stage) == published for before, verdicts in states if any(verdict["passed"] for verdict in verdicts))


def files_of(row: Row, table: str) -> list[str]:
    """The files that an activity wrote of a table."""
    return sorted(file for output in row["outputs"] if output["table"] == table for file in output["files"])
